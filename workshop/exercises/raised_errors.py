"""Finds the line of an error in an attempt: the SDK catches the error and keeps only its text."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

from workshop.exercises.cell import line_in_cell


def line_of(error: BaseException, attempt: str) -> str:
    """Return the line of the attempt's cell in which an error arose; empty if it was not there.

    If the line calls another module of the stage that raised the error, name that function.
    """
    frames = traceback.extract_tb(error.__traceback__)
    lines = {
        n: line_in_cell(attempt, frame.lineno or 0)
        for n, frame in enumerate(frames)
        if Path(frame.filename).stem == attempt.rpartition(".")[2]
    }
    own = [n for n, line in lines.items() if line]
    if not own:
        return ""
    last, inner = frames[own[-1]], frames[own[-1] + 1 :]
    called = inner[0] if inner and _is_beside(inner[0], last) else None
    within = f", in its call of {Path(called.filename).stem}.{called.name}" if called else ""
    return f" (line {lines[own[-1]]} of the cell{within})"


def _is_beside(frame: traceback.FrameSummary, other: traceback.FrameSummary) -> bool:
    return Path(frame.filename).parent == Path(other.filename).parent


def told(error: BaseException, attempt: str) -> str:
    """Return an error as a line: `KeyError: 'rejected' (line 34 of the cell)`."""
    return f"{type(error).__name__}: {error}{line_of(error, attempt)}"


class Raised(logging.Handler):
    """Takes every log record, prints none, and keeps the places of their errors.

    The SDK logs each exception of a handler or a step with its traceback.
    """

    def __init__(self, attempt: str) -> None:
        super().__init__()
        self._attempt = attempt
        self._places: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the place of this record's error."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            place = line_of(error, self._attempt)
            self._places[str(error)] = place or self._places.get(str(error), "")
            self._kinds.setdefault(str(error), type(error).__name__)

    def place(self, message: str) -> str:
        """Return the place of the error with this message, as `line_of` does."""
        return self._places.get(message, "")

    def described(self, kind: str, message: str) -> str:
        """Return the error as a line: `StepError: KeyError: 'a' (line 3 of the cell)`."""
        cause = self._kinds.get(message, kind)
        kinds = kind if kind.endswith(cause) else f"{kind}: {cause}"
        return f"{kinds}: {message}{self.place(message)}"
