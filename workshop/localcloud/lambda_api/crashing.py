"""Crash a function at will: kill the process that serves a durable execution right now.

AWS has no such call. It shows on your machine what the loss of a machine does on AWS.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

from workshop.localcloud.processes import BOOTSTRAP, SERVING


def crash(arn: str, folder: Path = SERVING) -> bool:
    """Kill the process that serves this execution; return False if none does."""
    notes = [note for note in folder.glob("[0-9]*") if _execution_of(note) == arn]
    return sum(map(_kill, notes)) > 0


def _execution_of(note: Path) -> str:
    """Return what a worker serves; "" if its note has gone meanwhile."""
    try:
        return note.read_text()
    except OSError:
        return ""


def _kill(note: Path) -> bool:
    """Kill the worker that wrote this note, and remove the note, which may outlive its worker."""
    try:
        worker = psutil.Process(int(note.name))
        mine = str(BOOTSTRAP) in worker.cmdline()
        if mine:
            worker.kill()
    except psutil.Error:
        mine = False
    with suppress(OSError):  # Windows does not delete an open file
        note.unlink()
    return mine
