"""Writing `modules/`: from a cell, and to catch up with a notebook."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from workshop.course import my_work, stages
from workshop.errors import WorkshopError
from workshop.paths import ROOT


def write(module: str, text: str) -> str:
    """Write one module; answers in a few words what changed. What it replaces is copied."""
    path = stages.MODULES / f"{module}.py"
    old = path.read_text("utf-8", errors="replace") if path.exists() else None
    if old == text:
        return "is as it was"
    copy = my_work.keep_copy(module)
    put(module, text)
    count = len(text.splitlines())
    lines = f"{count} line" if count == 1 else f"{count} lines"
    words = f"has {lines}" if old is None else f"has {lines}: {changes(old, text)}"
    return words + (f"; the version it replaces is in {copy.relative_to(ROOT)}" if copy else "")


def changes(old: str, new: str) -> str:
    """How one text differs from another: "12 added, 3 removed"."""
    marks = [line[0] for line in difflib.ndiff(old.splitlines(), new.splitlines())]
    return f"{marks.count('+')} added, {marks.count('-')} removed"


def put(module: str, text: str) -> None:
    """Write one module, whatever is there."""
    stages.MODULES.mkdir(exist_ok=True)
    path = stages.MODULES / f"{module}.py"
    path.write_text(text, encoding="utf-8", newline="\n")


class Brought(NamedTuple):
    """Whether `modules/` was changed, and the copies of what was the learner's there."""

    changed: bool
    copies: list[Path]

    def __str__(self) -> str:
        names = ", ".join(str(copy.relative_to(ROOT)) for copy in self.copies)
        return f"What you had there is kept: {names}." if names else ""


def bring(wanted: Mapping[str, str]) -> Brought:
    """Make `modules/` hold these modules and no others.

    An exercise's module may also be the learner's own, if it passed its check.
    """
    found = stages.MODULES.glob("*.py")
    there = {path.stem: path.read_text("utf-8", errors="replace") for path in found}
    wanted = {module: own_version(module, text) for module, text in wanted.items()}
    copies = []
    for module in sorted(there.keys() - wanted.keys()):
        copies.append(my_work.keep_copy(module))
        (stages.MODULES / f"{module}.py").unlink()
    for module in (module for module in wanted if there.get(module) != wanted[module]):
        copies.append(my_work.keep_copy(module))
        put(module, wanted[module])
    return Brought(there != wanted, [copy for copy in copies if copy])


def own_version(module: str, text: str) -> str:
    """The learner's version of the cell that has this solution, if it passed; else the solution."""
    for code in stages.codes():
        ours = code.module == module and code.text == text
        if ours and code.exercise and my_work.passed(code.exercise):
            return my_work.whole_attempt(code) or text
    return text


def check_syntax(text: str, what: str) -> None:
    """Raise `WorkshopError` with the line, unless the text is Python."""
    try:
        compile(text, what, "exec")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        # The first line of the cell is its magic.
        at = f" in line {line + 1} of the cell" if line else ""
        text = (getattr(error, "text", None) or "").strip()
        raise WorkshopError(
            f"This is not Python yet: {error.args[0]}{at}{f': {text}' if text else ''}",
            "Nothing was written. Correct it and run the cell again.",
        ) from None
