"""The modules as they are at each stage of the workshop, read from the solved notebooks.

A code cell of a notebook that writes `modules/<name>.py` says so in its metadata. So the modules
after notebook 03 are the given ones and what the last such cells of notebooks 01 to 03 hold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from workshop.course import parts
from workshop.errors import WorkshopError
from workshop.paths import ROOT

MODULES = ROOT / "modules"
SOLUTIONS = ROOT / "solutions"
COMPLETE = SOLUTIONS / "modules"


@dataclass(frozen=True)
class Code:
    """A solved code cell that is kept: a module, an exercise, or both.

    `text` is the whole module as of this cell, or the answer. `cell` is what the cell holds: the
    same, or if it `is_part`, only the statements that change. `starter` is what an exercise's cell
    holds before the learner has touched it.
    """

    notebook: str
    module: str
    exercise: str
    text: str
    cell: str
    starter: str
    is_part: bool

    @property
    def magic(self) -> str:
        """The first line of the cell."""
        kind = "exercise" if not self.module else "change" if self.is_part else "module"
        return " ".join(filter(None, (f"%%{kind}", self.module, self.exercise)))

    def whole(self, cell: str) -> str:
        """The whole text if the cell held this."""
        return parts.merge(self.text, cell) if self.is_part else cell


@cache
def codes() -> tuple[Code, ...]:
    """All of them, in the order of the notebooks."""
    return tuple(code for path in solved() for code in _codes(path))


def solved() -> list[Path]:
    """The solved notebooks, in order."""
    return sorted(SOLUTIONS.glob("[0-9][0-9]_*.ipynb"))


def exercise(exercise_id: str) -> Code:
    """The cell of an exercise; `WorkshopError` if there is none of that name."""
    for code in codes():
        if code.exercise and code.exercise == exercise_id:
            return code
    known = ", ".join(code.exercise for code in codes() if code.exercise)
    raise WorkshopError(f"There is no exercise '{exercise_id}'.", f"There are: {known}.")


def changed_by(module: str, cell: str, notebook: str) -> Code | None:
    """The cell of a notebook, without an exercise, that changes a module most like this one."""
    found = [c for c in codes() if c.is_part and not c.exercise and c.module == module]
    here = [code for code in found if code.notebook == notebook or not notebook]
    # An edited cell is still the one that it resembles most.
    return max(here, key=lambda c: SequenceMatcher(None, c.cell, cell).ratio(), default=None)


def complete() -> dict[str, str]:
    """The finished application: the text of every module by its name."""
    return {path.stem: read(path) for path in sorted(COMPLETE.glob("*.py"))}


def given() -> dict[str, str]:
    """The modules that no notebook writes."""
    written = {code.module for code in codes() if code.module}
    return {name: text for name, text in complete().items() if name not in written}


def number(notebook: int | str) -> str:
    """The number of a notebook as its file has it: 3 gives "03"."""
    last = int(solved()[-1].name[:2])
    if str(notebook).isdecimal() and int(notebook) <= last:
        return f"{int(notebook):02}"
    raise WorkshopError(f"There is no notebook '{notebook}'.", f"Give a number from 0 to {last}.")


def before(notebook: str) -> dict[str, str]:
    """The modules as a notebook finds them. 00 looks at the finished application."""
    if notebook == "00":
        return complete()
    written = {c.module: c.text for c in codes() if c.module and c.notebook < notebook}
    return given() | written


def known_versions(module: str) -> set[str]:
    """Every text of a module that is ours, so that nothing is lost when it is replaced."""
    texts = {code.text for code in codes() if code.module == module}
    return texts | {text for name, text in complete().items() if name == module}


def read(path: Path) -> str:
    """The text of a file, whatever the line ends of the machine."""
    return path.read_text(encoding="utf-8")


def _codes(path: Path) -> list[Code]:
    cells = json.loads(read(path))["cells"]
    found = []
    for cell in cells:
        about = cell["metadata"].get("workshop", {})
        if "module" in about or "exercise" in about:
            code = code_of("".join(cell["source"]))
            found.append(
                Code(
                    notebook=path.name[:2],
                    module=about.get("module", ""),
                    exercise=about.get("exercise", ""),
                    text=about.get("whole", code),
                    cell=code,
                    starter=about.get("starter", ""),
                    is_part="whole" in about,
                )
            )
    return found


def code_of(source: str) -> str:
    """A cell's code as a file: without its magic line, with one line end at the end."""
    first, _, rest = source.partition("\n")
    return (rest if first.startswith("%%") else source).strip("\n") + "\n"
