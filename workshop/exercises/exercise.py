"""An exercise: its texts, its check, and the cell that the learner completes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workshop.course import stages

if TYPE_CHECKING:
    from workshop.exercises.check_runner import CheckRunner


@dataclass(frozen=True)
class Exercise:
    """One exercise. `check` runs the attempt with its own check runner and raises `NotYet`.

    `hints` are two or three, each with more detail than the one before. `well_done` is the sentence
    for an attempt that passes, and `explanation` are lines after it.
    """

    id: str
    title: str
    check: Callable[[CheckRunner], None]
    hints: tuple[str, ...]
    well_done: str = ""
    explanation: tuple[str, ...] = ()

    @property
    def code(self) -> stages.Code:
        """Its cell in the notebook: the module it writes, what it starts from, and the solution."""
        return stages.exercise(self.id)
