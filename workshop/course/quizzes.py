"""The quiz questions of the notebooks, and which of them a learner should see again.

They are read from the solved notebooks, where the metadata of each quiz cell has them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from workshop.course import stages
from workshop.course.journal import Line

MOST_AGAIN = 2


@dataclass(frozen=True)
class Answer:
    """One answer to choose, and why it is right or wrong."""

    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class Question:
    """A question; its id `01.2` says that it is the second one of notebook 01."""

    id: str
    text: str
    answers: tuple[Answer, ...]

    @property
    def notebook(self) -> str:
        """The number of the notebook that asks it first."""
        return self.id[:2]


@cache
def of(notebook: str) -> tuple[Question, ...]:
    """Return the questions of a notebook, in order."""
    (path,) = (path for path in stages.solved() if path.name[:2] == notebook)
    cells = json.loads(stages.read(path))["cells"]
    asked = [each for c in cells for each in c["metadata"].get("workshop", {}).get("quiz", ())]
    return tuple(
        Question(f"{notebook}.{number}", one["text"], tuple(Answer(**a) for a in one["answers"]))
        for number, one in enumerate(asked, 1)
    )


def everything() -> dict[str, Question]:
    """Return the questions of all notebooks, by id."""
    return {each.id: each for path in stages.solved() for each in of(path.name[:2])}


def last_answers(lines: Iterable[Line]) -> dict[str, Line]:
    """Return the last line about each question that was answered, by its id."""
    known = everything()
    return {x.exercise: x for x in lines if x.kind == "quiz" and x.exercise in known}


def again(lines: Iterable[Line], notebook: str) -> list[Question]:
    """Return which questions of other notebooks come back when this one begins.

    Those that were answered wrong the last time are first, and then those answered longest ago.
    """
    others = [x for x in last_answers(lines).values() if not x.exercise.startswith(notebook)]
    due = sorted(others, key=lambda line: (line.outcome != "wrong", line.at))
    known = everything()
    return [known[line.exercise] for line in due[:MOST_AGAIN]]
