"""One setup at a time, from any process; a process that dies releases the lock."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workshop import private

if sys.platform == "win32":
    import msvcrt

    def _try_to_take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_to_take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file PATH, waiting while another process does."""
    if not path.parent.exists():  # an existing folder may be shared with others
        private.folder(path.parent)
    handle = os.open(str(path), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle)
        yield
    finally:
        os.close(handle)


def _take(handle: int) -> None:
    told = False
    while True:
        try:
            return _try_to_take(handle)
        except (BlockingIOError, PermissionError):
            if not told:
                print("Another setup is running here; waiting for it to finish.", file=sys.stderr)
                told = True
            time.sleep(0.2)
