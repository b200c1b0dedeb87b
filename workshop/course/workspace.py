"""The modules of the learner's application: written by a cell, brought for a notebook."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from workshop import private
from workshop.course import active_notebook, application, my_work, own_application, stages
from workshop.errors import WorkshopError
from workshop.paths import MY_WORK, ROOT

LEFT = MY_WORK / "left"  # the modules of each notebook as the learner left them


def write(module: str, text: str) -> str:
    """Write one module; return in a few words what changed. Copy what it replaces."""
    path = application.YOURS.file_of(module)
    old = private.read(path)
    if old == text:
        return "is as it was"
    copy = my_work.keep_copy(module)
    put(module, text)
    count = len(text.splitlines())
    lines = f"{count} line" if count == 1 else f"{count} lines"
    words = f"has {lines}" if old is None else f"has {lines}: {changes(old, text)}"
    return words + (f"; the version it replaces is in {copy.relative_to(ROOT)}" if copy else "")


def changes(old: str, new: str) -> str:
    """Return how one text differs from another: "12 added, 3 removed"."""
    marks = [line[0] for line in difflib.ndiff(old.splitlines(), new.splitlines())]
    return f"{marks.count('+')} added, {marks.count('-')} removed"


def put(module: str, text: str) -> None:
    """Write one module, and replace any earlier text."""
    path = application.YOURS.file_of(module)
    private.folder(path.parent)
    private.write(path, text)


class Brought(NamedTuple):
    """Whether modules were changed, and the copies of what was the learner's there."""

    changed: bool
    copies: list[Path]

    def __str__(self) -> str:
        names = ", ".join(str(copy.relative_to(ROOT)) for copy in self.copies)
        return f"What you had there is kept: {names}." if names else ""


def has_been_in(notebook: str) -> bool:
    """Return whether the learner has begun this notebook before, in any kernel."""
    active = active_notebook.last() == notebook and any(application.YOURS.modules.glob("*.py"))
    return active or (LEFT / notebook).is_dir()


def enter(notebook: str) -> Brought:
    """Bring the application to where the learner left this notebook, or else to where it begins."""
    active, there = active_notebook.last(), list(application.YOURS.modules.glob("*.py"))
    own_application.bring()
    brought = Brought(False, [])
    if active != notebook or not there:
        if active and there:
            _park(active)
        left = {path.stem: stages.read(path) for path in (LEFT / notebook).glob("*.py")}
        brought = _bring(left) if left else bring(stages.before(notebook))
    active_notebook.take(notebook)
    return brought


def start_over(notebook: str) -> Brought:
    """Bring the application to where a notebook begins, even if it was done before."""
    own_application.bring()
    brought = bring(stages.before(notebook))
    active_notebook.take(notebook)
    return brought


def _park(notebook: str) -> None:
    """Keep the modules as the learner leaves them for another notebook."""
    shutil.rmtree(LEFT / notebook, ignore_errors=True)
    shutil.copytree(application.YOURS.modules, LEFT / notebook)


def bring(wanted: Mapping[str, str]) -> Brought:
    """Make the application hold these modules and no others.

    An exercise's module may also be the learner's own, if it passed its check.
    """
    return _bring({module: own_version(module, text) for module, text in wanted.items()})


def _bring(wanted: Mapping[str, str]) -> Brought:
    found = application.YOURS.modules.glob("*.py")
    there = {path.stem: private.read(path) for path in found}
    copies = []
    for module in sorted(there.keys() - wanted.keys()):
        copies.append(my_work.keep_copy(module))
        (application.YOURS.modules / f"{module}.py").unlink()
    for module in (module for module in wanted if there.get(module) != wanted[module]):
        copies.append(my_work.keep_copy(module))
        put(module, wanted[module])
    return Brought(there != wanted, [copy for copy in copies if copy])


def own_version(module: str, text: str) -> str:
    """Return the learner's version of this solution's cell if it passed, else the solution."""
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
        # The first line of the cell is a magic, which `text` leaves out.
        at = f" in line {line + 1} of the cell" if line else ""
        text = (getattr(error, "text", None) or "").strip()
        raise WorkshopError(
            f"This is not Python yet: {error.args[0]}{at}{f': {text}' if text else ''}",
            "Nothing was written. Correct it and run the cell again.",
        ) from None
