"""The modules as they are at each stage of the workshop, read from the solved notebooks.

A code cell of a notebook that writes `modules/<name>.py` says so in its metadata. So the modules
after notebook 03 are the given ones and what the last such cells of notebooks 01 to 03 hold.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from workshop.course import application, parts
from workshop.course.application import FINISHED
from workshop.errors import WorkshopError
from workshop.paths import ROOT

SOLUTIONS = ROOT / "solutions"


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
    """Return all of them, in the order of the notebooks."""
    return tuple(code for path in solved() for code in _codes(path))


def solved() -> list[Path]:
    """Return the solved notebooks, in order."""
    return sorted(SOLUTIONS.glob("[0-9][0-9]_*.ipynb"))


def exercise(exercise_id: str) -> Code:
    """Return the cell of an exercise; raise `WorkshopError` if it does not exist."""
    for code in codes():
        if code.exercise and code.exercise == exercise_id:
            return code
    known = ", ".join(code.exercise for code in codes() if code.exercise)
    raise WorkshopError(f"Exercise '{exercise_id}' does not exist.", f"Use one of: {known}.")


def changed_by(module: str, cell: str, notebook: str) -> Code | None:
    """The cell of a notebook, without an exercise, that changes a module most like this one."""
    found = [c for c in codes() if c.is_part and not c.exercise and c.module == module]
    here = [code for code in found if code.notebook == notebook or not notebook]
    # An edited cell is still the one that it resembles most.
    return max(here, key=lambda c: SequenceMatcher(None, c.cell, cell).ratio(), default=None)


def complete() -> dict[str, str]:
    """Return the finished application: the text of every module by its name."""
    return {path.stem: read(path) for path in sorted(FINISHED.modules.glob("*.py"))}


def finished(module: str) -> str:
    """Return the finished text of a module, which may be one of the service."""
    return read(FINISHED.file_of(module))


def given() -> dict[str, str]:
    """Return the modules that no notebook writes."""
    written = {code.module for code in codes() if code.module}
    return {name: text for name, text in complete().items() if name not in written}


def number(notebook: int | str) -> str:
    """Return the number of a notebook as in its file name: 3 gives "03"."""
    last = int(solved()[-1].name[:2])
    if str(notebook).isdecimal() and int(notebook) <= last:
        return f"{int(notebook):02}"
    raise WorkshopError(f"Notebook '{notebook}' does not exist.", f"Use a number from 0 to {last}.")


def before(notebook: str) -> dict[str, str]:
    """Return the modules with which a notebook begins. 00 has the finished application.

    Tests and the service are none of them: they stay, whichever notebook begins.
    """
    if notebook == "00":
        return complete()
    ours = [c for c in codes() if c.module and not application.stays(c.module)]
    written = {c.module: c.text for c in ours if c.notebook < notebook}
    return given() | written


def known_versions(module: str) -> set[str]:
    """Return every text of a module that is ours, which a copy need not keep."""
    texts = {code.text for code in codes() if code.module == module}
    path = FINISHED.file_of(module)
    return texts | ({read(path)} if path.exists() else set())


@cache
def names_made_by_cells(notebook: str) -> frozenset[str]:
    """Return the names that the code cells of a notebook assign, define or import."""
    path = next(path for path in solved() if path.name.startswith(notebook))
    cells = (cell for cell in json.loads(read(path))["cells"] if cell["cell_type"] == "code")
    sources = ("".join(cell["source"]) for cell in cells)
    nodes = (node for text in sources if "%%" not in text for node in ast.walk(ast.parse(text)))
    return frozenset(filter(None, map(_name_made_by, nodes)))


def _name_made_by(node: ast.AST) -> str:
    match node:
        case (
            ast.Name(id=name, ctx=ast.Store())
            | ast.FunctionDef(name=name)
            | ast.AsyncFunctionDef(name=name)
            | ast.ClassDef(name=name)
        ):
            return name
        case ast.alias():
            return (node.asname or node.name).partition(".")[0]
    return ""


def read(path: Path) -> str:
    """Return the text of a file, with any line ends."""
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
    """Return a cell's code as a file: without its magic line, with one line end at the end."""
    first, _, rest = source.partition("\n")
    return (rest if first.startswith("%%") else source).strip("\n") + "\n"
