"""Answers to exercise 1a, and what a learner finds in `my-work/`."""

from pathlib import Path

from workshop.course import stages

SOLVED = stages.exercise("1a").text
STARTER = stages.exercise("1a").starter
WRONG = SOLVED.replace('"validate-order"', '"validate"')


def written(folder: Path, module: str) -> str:
    return (folder / "my-work" / "app" / "modules" / f"{module}.py").read_text()


def copies(folder: Path) -> list[str]:
    return [path.read_text() for path in sorted((folder / "my-work" / "copies").glob("*"))]
