"""Folders and files that only their owner can read, with any umask and any earlier owner.

On Windows none of this has an effect or is needed: the permissions of the user's profile folder
apply to everything in it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO, Any

from workshop.errors import WorkshopError
from workshop.paths import ROOT

UMASK = 0o077


def folder(path: Path) -> Path:
    """Make a folder that only its owner can enter, or close one that exists; return its path.

    The same goes for the folders above it that are missing or inside the repository. Raises
    `WorkshopError` if the folder belongs to another user, who could open it again.
    """
    if not path.parent.exists() or ROOT in path.parent.parents:
        folder(path.parent)
    try:
        path.mkdir(0o700)
    except FileExistsError:
        if not path.is_dir():
            raise
        if os.name != "nt":
            _close(path)
    return path


def _close(path: Path) -> None:
    facts = path.stat()
    if facts.st_uid != os.geteuid() or facts.st_mode & stat.S_ISVTX:
        raise WorkshopError(
            f"The folder {path} belongs to another user or to everybody.",
            "Set WORKSHOP_HOME (and WORKSHOP_CLOUD, if you use it) to a folder of your own.",
        )
    if facts.st_mode & UMASK:
        path.chmod(0o700)


def opened(path: Path, mode: str) -> IO[Any]:
    """Open a file and close it to others, even if they could read it before; text is UTF-8."""
    encoding = None if "b" in mode else "utf-8"
    return open(path, mode, encoding=encoding, opener=_open)


def _open(path: str, flags: int) -> int:
    handle = os.open(path, flags, 0o600)
    if os.name != "nt":
        os.fchmod(handle, 0o600)
    return handle


def read(path: Path) -> str | None:
    """Return what a file of the learner's holds, readable or not; None if it does not exist."""
    return path.read_text("utf-8", errors="replace") if path.exists() else None


def write(path: Path, content: str | bytes) -> None:
    """Replace a private file atomically, so that a crash leaves the old content or the new."""
    folder(path.parent)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with opened(draft, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
