"""Where in an attempt an error arose, though the SDK has caught it and kept its words alone."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path


def line_of(error: BaseException, attempt: str) -> str:
    """The line of the attempt's cell in which an error arose; empty if it was not there."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).stem == attempt]
    # The first line of the cell is its magic.
    return f" (line {lines[-1] + 1} of the cell)" if lines and lines[-1] else ""


class Raised(logging.Handler):
    """Takes every log record, prints none, and keeps the places of the errors in them.

    The SDK logs each exception of a handler or a step with its traceback.
    """

    def __init__(self, attempt: str) -> None:
        super().__init__()
        self._attempt = attempt
        self._places: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep where the error of this record arose."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            place = line_of(error, self._attempt)
            self._places[str(error)] = place or self._places.get(str(error), "")
            self._kinds.setdefault(str(error), type(error).__name__)

    def place(self, message: str) -> str:
        """Where the error with this message arose, as `line_of` says it."""
        return self._places.get(message, "")

    def described(self, kind: str, message: str) -> str:
        """The error in a line: `StepError: KeyError: 'a' (line 3 of the cell)`."""
        cause = self._kinds.get(message, kind)
        kinds = kind if kind.endswith(cause) else f"{kind}: {cause}"
        return f"{kinds}: {message}{self.place(message)}"
