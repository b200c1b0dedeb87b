"""All exercises: one file for each notebook, in `workshop/exercises/checks/`."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from workshop.errors import WorkshopError
from workshop.exercises.exercise import Exercise

ID = re.compile(r"(\d{1,2})[a-z]")


def find(exercise_id: str) -> Exercise:
    """Return the exercise `1a`, `1b`, …; raise `WorkshopError` if it does not exist."""
    match = ID.fullmatch(str(exercise_id).strip().lower())
    found = of(int(match[1])) if match else ()
    for exercise in found:
        if exercise.id == str(exercise_id):
            return exercise
    names = ", ".join(exercise.id for exercise in found or everything())
    raise WorkshopError(f"Exercise '{exercise_id}' does not exist.", f"Use one of: {names}.")


def of(notebook: int) -> tuple[Exercise, ...]:
    """Return the exercises of one notebook, in order."""
    try:
        module = importlib.import_module(f"workshop.exercises.checks.notebook_{notebook:02}")
    except ModuleNotFoundError:
        return ()
    exercises: tuple[Exercise, ...] = module.EXERCISES
    return exercises


def everything() -> tuple[Exercise, ...]:
    """Return the exercises of all notebooks."""
    checks = sorted(Path(__file__).with_name("checks").glob("notebook_*.py"))
    return tuple(exercise for path in checks for exercise in of(int(path.stem[-2:])))
