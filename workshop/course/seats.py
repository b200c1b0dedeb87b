"""A folder of journals, one for each seat of a room. A look at it reads only what was appended."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from workshop.course import journal

STUCK_CHECKS = 3  # failed checks of one exercise
STUCK_SECONDS = 10 * 60  # or so long at it
AWAY_SECONDS = 60 * 60  # whose last line is older has left
MOST_BYTES = 1_000_000  # of one file in one look
MOST_WRONG = 200  # different wrong answers of one seat


@dataclass
class Work:
    """What one learner did about one exercise; `since` is the time of the first line."""

    since: float
    passed: bool = False
    failed: int = 0
    hints: int = 0
    solution: bool = False


@dataclass
class Seat:
    """What one journal says. `wrong` has pairs of an exercise and what was wrong."""

    name: str
    works: dict[str, Work] = field(default_factory=dict)
    wrong: set[tuple[str, str]] = field(default_factory=set)
    current: str = ""
    last: float = 0

    def take(self, line: journal.Line) -> None:
        """Add a line."""
        self.last = line.at
        if line.outcome in ("not yet", "wrong") and line.about and len(self.wrong) < MOST_WRONG:
            self.wrong.add((line.exercise, line.about))
        if line.kind == "quiz":
            return
        work = self.works.setdefault(line.exercise, Work(line.at))
        self.current = line.exercise
        work.passed |= line.kind == "check" and line.outcome == "passed"
        work.failed += line.kind == "check" and line.outcome == "not yet"
        work.hints += line.kind == "hint"
        work.solution |= line.kind == "solution" and line.outcome == "shown"

    def stuck_seconds(self, now: float) -> float | None:
        """Return for how long the learner is stuck at the current exercise; None if not."""
        work = self.works.get(self.current)
        if work is None or work.passed or now - self.last > AWAY_SECONDS:
            return None
        seconds = max(0.0, now - work.since)
        return seconds if work.failed >= STUCK_CHECKS or seconds >= STUCK_SECONDS else None


@dataclass
class _File:
    seat: Seat
    inode: int
    offset: int = 0


class Folder:
    """The journals `NAME.jsonl` in a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[str, _File] = {}

    def look(self) -> list[Seat]:
        """Return the seats as they are now, by name."""
        with os.scandir(self._path) as entries:
            found = [each for each in entries if each.name.endswith(".jsonl") and each.is_file()]
        self._files = {each.name: self._file(each) for each in found}
        return [self._files[name].seat for name in sorted(self._files)]

    def _file(self, entry: os.DirEntry[str]) -> _File:
        file = self._files.get(entry.name)
        try:
            facts = entry.stat()
            if file is None or facts.st_ino != file.inode or facts.st_size < file.offset:
                file = _File(Seat(Path(entry.name).stem), facts.st_ino)
            if facts.st_size > file.offset:
                _read(file, Path(entry.path))
        except OSError:  # gone, or not ours to read: what is known of it stays
            return file or _File(Seat(Path(entry.name).stem), 0)
        return file


def _read(file: _File, path: Path) -> None:
    """Read whole lines; the half of one waits for its other half."""
    with path.open("rb") as opened:
        opened.seek(file.offset)
        text = opened.read(MOST_BYTES)
    end = text.rfind(b"\n") + 1
    if not end and len(text) == MOST_BYTES:
        end = MOST_BYTES  # no line is so long
    file.offset += end
    for each in text[:end].splitlines():
        if line := journal.parse(each):
            file.seat.take(line)


def common_wrong(seats: Iterable[Seat], most: int = 10) -> list[tuple[tuple[str, str], int]]:
    """Return the wrong answers of most seats: ((exercise, what was wrong), number of seats)."""
    counted = Counter(answer for seat in seats for answer in seat.wrong)
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:most]
