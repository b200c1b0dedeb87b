"""`room`: a folder of learners' journals as one page, which follows them without a server."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from workshop import private
from workshop.commands import room_page
from workshop.commands.console import console
from workshop.course.seats import Folder
from workshop.errors import WorkshopError
from workshop.paths import MY_WORK

LOOK_SECONDS = 0.25


class Writer:
    """Writes the page of a folder when it differs from the page before."""

    def __init__(self, folder: Path, path: Path) -> None:
        self._folder, self._path, self._former = Folder(folder), path, ""

    def write(self, *, live: bool = True) -> bool:
        """Return whether the page was written."""
        page = room_page.page(self._folder.look(), time.time(), live=live)
        if page == self._former:
            return False
        try:
            private.write(self._path, page)
        except PermissionError:  # on Windows, while a browser reads it
            return False
        self._former = page
        return True


def run(arguments: list[str]) -> int:
    """Follow a folder of journals in `my-work/room.html` until Ctrl-C."""
    parser = argparse.ArgumentParser("python -m workshop room", description=run.__doc__)
    parser.add_argument("folder", type=Path, help="with one journal NAME.jsonl for each learner")
    parser.add_argument("--once", action="store_true", help="write the page once, and end")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        raise WorkshopError(f"{options.folder} is not a folder.", "Name the folder of journals.")
    path = MY_WORK / "room.html"
    writer = Writer(options.folder, path)
    writer.write(live=not options.once)
    console.print(f"Open {path} in a browser.", soft_wrap=True)
    if not options.once:
        _follow(writer)
    return 0


def _follow(writer: Writer) -> None:
    try:
        while True:
            time.sleep(LOOK_SECONDS)
            writer.write()
    except KeyboardInterrupt:
        writer.write(live=False)
