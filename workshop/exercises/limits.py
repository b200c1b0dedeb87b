"""The limits of an attempt, which do not depend on how fast or how busy the machine is.

A loop that never ends reaches a limit of CPU time. A wait that never ends reaches a limit of
elapsed time, so long that no machine needs it for work. Both start again with every order.
"""

from __future__ import annotations

import faulthandler
import os
import re
import threading
import time
from pathlib import Path

from workshop import private
from workshop.exercises.cell import line_in_cell

CPU_SECONDS = 10.0
WAIT_SECONDS = 60.0
CPU_EXIT = 113
STACKS = "stacks.txt"
_FRAME = re.compile(r'File "(.+)", line (\d+)')
_LOOK_SECONDS = 0.1


class Limits:
    """Ends this process at a limit, and leaves the stacks of its threads in a file."""

    def __init__(self, folder: Path, cpu_seconds: float, wait_seconds: float) -> None:
        self._stacks = (folder / STACKS).open("w", encoding="utf-8")
        self._cpu_seconds, self._wait_seconds = cpu_seconds, wait_seconds
        self.begin_again()
        threading.Thread(target=self._look, daemon=True).start()

    def begin_again(self) -> None:
        """Count from here."""
        self._began = time.process_time()
        # This timer is not a Python thread: it also ends code that never lets another thread run.
        faulthandler.dump_traceback_later(self._wait_seconds, exit=True, file=self._stacks)

    def _look(self) -> None:
        while time.process_time() - self._began < self._cpu_seconds:
            time.sleep(_LOOK_SECONDS)
        faulthandler.dump_traceback(self._stacks)
        self._stacks.flush()
        os._exit(CPU_EXIT)


def told(folder: Path, attempt: str, exit_code: int) -> str:
    """Return which limit an attempt's process reached, and on which line; empty if none."""
    path = folder / STACKS
    stacks = private.read(path) or ""
    if not stacks:
        return ""
    frames = [int(line) for file, line in _FRAME.findall(stacks) if Path(file).stem == attempt]
    lines = filter(None, (line_in_cell(attempt, line, folder) for line in frames))
    at = next((f", at line {line} of the cell" for line in lines), "")
    if exit_code == CPU_EXIT:
        return f"no end after {CPU_SECONDS:g} s of CPU time{at}. Is there a loop that never ends?"
    return (
        f"no end after {WAIT_SECONDS:g} s{at}. Does it wait for something that never comes? "
        "(A wait of the context takes no time in a check.)"
    )
