"""The learner's journal: one line for each check, hint, solution and quiz answer.

It stays on the learner's machine, and holds neither a name nor code. `WORKSHOP_JOURNAL=off` turns
it off.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workshop import private
from workshop.course import my_work
from workshop.errors import WorkshopError

NAME = "journal.jsonl"
KINDS = ("check", "hint", "solution", "quiz")
EXERCISE = re.compile(r"\d{1,2}[a-z]|\d\d\.[1-9]")
LONGEST_LINE = 1000  # bytes; what is longer was not written here
LONGEST_TEXT = 100
LONGEST_SECONDS = 30 * 60  # between two lines; what is longer was a break
_monotonic = time.monotonic
_former = [time.monotonic()]

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        """Let others wait, because an append is a seek and a write here."""
        os.lseek(handle, 0x7FFF0000, os.SEEK_SET)  # far behind what readers read
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
else:

    def _lock(handle: int) -> None:
        """Do nothing: a write to a file that is open to append is atomic here."""


@dataclass(frozen=True)
class Line:
    """One line: when (seconds since 1970), what about which exercise, and the seconds before it."""

    at: float
    kind: str
    exercise: str
    outcome: str
    about: str = ""
    seconds: float = 0


def note(kind: str, exercise: str, outcome: str, about: str = "") -> None:
    """Append a line, with the seconds since this kernel's line before.

    A journal that cannot be written must not stop a check, so an error is passed over.
    """
    if os.environ.get("WORKSHOP_JOURNAL") == "off":
        return
    now = _monotonic()
    seconds, _former[0] = round(now - _former[0], 1), now
    line = {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "kind": kind,
        "exercise": exercise,
        "outcome": outcome,
        "about": " ".join(about.split())[:LONGEST_TEXT],
        "seconds": seconds,
    }
    try:
        _append(private.folder(my_work.HOME) / NAME, json.dumps(line).encode() + b"\n")
    except (OSError, WorkshopError):
        return


def _append(path: Path, line: bytes) -> None:
    with private.opened(path, "ab") as file:
        _lock(file.fileno())  # until the file is closed
        file.write(line)


def read(path: Path) -> list[Line]:
    """Return the lines of a journal; none if it cannot be read."""
    try:
        return [line for each in path.read_bytes().splitlines() if (line := parse(each))]
    except OSError:
        return []


def working_seconds(lines: Iterable[Line]) -> float:
    """Return the time that these lines took, without breaks."""
    return sum(line.seconds for line in lines if line.seconds <= LONGEST_SECONDS)


def parse(text: bytes) -> Line | None:
    """Return a line, or None for what is no line of a journal, as in a file from elsewhere."""
    if len(text) > LONGEST_LINE:
        return None
    try:
        return _line(json.loads(text))
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _line(given: dict[str, Any]) -> Line:
    at = datetime.fromisoformat(given["at"])
    line = Line(
        at.timestamp(),
        given["kind"],
        given["exercise"],
        given["outcome"],
        given.get("about", ""),
        given.get("seconds", 0) + 0.0,
    )
    if line.kind not in KINDS or not EXERCISE.fullmatch(line.exercise) or at.tzinfo is None:
        raise ValueError(line)
    if not isinstance(line.outcome, str) or not isinstance(line.about, str):
        raise TypeError(line)
    if not math.isfinite(line.seconds):
        raise ValueError(line)
    return line
