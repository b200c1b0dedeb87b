"""The first place where code no longer fits a recorded execution, in words."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

from aws_durable_execution_sdk_python.lambda_service import Operation

KINDS = {
    "Step": "step",
    "Wait": "wait",
    "Callback": "callback",
    "ChainedInvoke": "invoke",
    "Map": "map",
    "MapIteration": "map item",
    "Parallel": "parallel",
    "ParallelBranch": "parallel branch",
    "RunInChildContext": "child context",
    "WaitForCallback": "wait for callback",
    "WaitForCondition": "wait for condition",
}


@dataclass(frozen=True)
class Line:
    """A line of code. `path` is absolute."""

    path: str
    number: int

    def __str__(self) -> str:
        path = Path(self.path)
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        return f"{shown.as_posix()} line {self.number}"


@dataclass(frozen=True)
class Misfit:
    """Where the code and the history part: `place` is the operation, `said` what is there in each.

    `line` is where the code asks for it. `rank` says which of two misfits is the first.
    """

    rank: int
    place: str
    said: str
    line: Line | None

    def __str__(self) -> str:
        return f"{self.place}: {self.said}{f'; {self.line}' if self.line else ''}"


def told(name: str | None, sub_type: str | None) -> str:
    """Return an operation in words: `process-payment (step)`."""
    kind = KINDS.get(sub_type or "", sub_type or "operation")
    return f"{name or 'an unnamed operation'} ({kind})"


def told_operation(operation: Operation) -> str:
    """Return a recorded operation in words."""
    return told(operation.name, operation.sub_type)


def line_of_code(folder: Path) -> Line | None:
    """Return the line of the code under test that is at work in this thread, if one is."""
    return next(_lines_of_code(traceback.walk_stack(sys._getframe()), folder), None)


def line_of_error(error: BaseException, folder: Path) -> Line | None:
    """Return the line of the code under test that raised an error."""
    lines = [*_lines_of_code(traceback.walk_tb(error.__traceback__), folder)]
    return lines[-1] if lines else None


def _lines_of_code(frames: Iterable[tuple[FrameType, int]], folder: Path) -> Iterator[Line]:
    for frame, number in frames:
        if _is_code(frame.f_code.co_filename, folder):
            yield Line(frame.f_code.co_filename, number)


@cache  # each operation has some twenty frames, of a few files
def _is_code(filename: str, folder: Path) -> bool:
    path = Path(filename)
    return path.is_relative_to(folder) and "site-packages" not in path.parts
