"""One source, `curriculum/NN_name.py`, becomes `notebooks/` and `solutions/` of that name.

The source is a py:percent file. A cell's metadata says what it is:
`module="payment"` writes that module, `exercise="2a"` is an exercise (both: an exercise that is
part of a module), `differs="handler"` names what is not yet as in the finished module.
With `part="true"` the cell holds only the statements of the module that change; the tag `given`
marks a cell that no notebook shows, and whose module the next part changes.
`# BEGIN SOLUTION … # STUB … # END SOLUTION` holds what the learner writes and, in comments, what
the cell has before. Tags: `given`, `solution-only`, `quiz`, `deploy`, nbval's, and with
`nbval-ignore-output` a `reason`. After a `quiz`, a cell with code asks its questions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from workshop.authoring.quiz_cells import Question, split
from workshop.authoring.regions import solution, starter
from workshop.authoring.wholes import cells, is_given, is_part, wholes
from workshop.course import stages
from workshop.course.application import FINISHED
from workshop.errors import WorkshopError
from workshop.paths import NOTEBOOKS, ROOT

SOURCES = ROOT / "curriculum"
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT_TAGS = ("deploy", "nbval-ignore-output", "nbval-skip")


@dataclass(frozen=True)
class Built:
    """A notebook as its source says it should be, without outputs, and where it belongs."""

    path: Path
    notebook: NotebookNode


def sources() -> list[Path]:
    """Return the sources, in order."""
    return sorted(SOURCES.glob("[0-9][0-9]_*.py"))


def build(source: Path) -> tuple[Built, Built]:
    """Return the learner's notebook and the solved one."""
    name = f"{source.stem}.ipynb"
    return (
        Built(NOTEBOOKS / name, _notebook(source, solved=False)),
        Built(stages.SOLUTIONS / name, _notebook(source, solved=True)),
    )


def _notebook(source: Path, *, solved: bool) -> NotebookNode:
    built: list[NotebookNode] = []
    ids: set[str] = set()
    modules = wholes(source)
    for number, cell in enumerate(cells(source)):
        tags = cell.metadata.get("tags", [])
        if is_given(cell) or ("solution-only" in tags and not solved):
            continue
        questions: list[Question] = []
        if cell.cell_type == "markdown":
            text, questions = split(cell.source) if "quiz" in tags else (cell.source, [])
            if solved and number == 0:
                text += f"\n\n*The solutions of [{source.stem}](../notebooks/{source.stem}.ipynb).*"
            new = nbformat.v4.new_markdown_cell(text)
        else:
            text = _code(source, cell, solved=solved)
            new = nbformat.v4.new_code_cell(text)
        whole = modules[number] if is_part(cell) and solved else ""
        new.metadata = nbformat.from_dict(_metadata(cell, whole, solved=solved))
        new["id"] = _id(text, ids)
        built.append(new)
        if questions:
            built.append(_quiz(source.stem[:2], questions, solved=solved))
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=built, metadata=KERNEL)
    return notebook


def _quiz(number: str, questions: list[Question], *, solved: bool) -> NotebookNode:
    """Return the cell that asks; the solved notebook holds the questions, as it holds modules."""
    new: NotebookNode = nbformat.v4.new_code_cell(
        f'from workshop.notebook import quiz\n\nquiz("{number}")', id=f"quiz-{number}"
    )
    about = {"workshop": {"quiz": questions}} if solved else {}
    new.metadata = nbformat.from_dict({**about, "tags": ["quiz"]})
    return new


def _metadata(cell: NotebookNode, whole: str, *, solved: bool) -> dict[str, Any]:
    """Return the metadata to keep.

    The solved notebook also holds the exercise's start, and the whole module of a part.
    """
    given = cell.metadata
    about = {name: given[name] for name in ("module", "exercise", "differs") if name in given}
    if solved and "exercise" in about:
        about["starter"] = starter(cell.source)
    if whole:
        about["whole"] = whole
    metadata: dict[str, Any] = {"workshop": about} if about else {}
    tags = [tag for tag in given.get("tags", []) if tag in KEPT_TAGS]
    if tags:
        metadata["tags"] = tags
    if "reason" in given:
        metadata["reason"] = given["reason"]
    return metadata


def _code(source: Path, cell: NotebookNode, *, solved: bool) -> str:
    body = solution(cell.source) if solved else starter(cell.source)
    if re.search(r"# (BEGIN|END) SOLUTION|# STUB\b", body):
        raise WorkshopError(f"{source.name}: BEGIN SOLUTION, STUB and END SOLUTION do not match.")
    module, exercise = cell.metadata.get("module", ""), cell.metadata.get("exercise", "")
    if exercise and solution(cell.source) == starter(cell.source):
        raise WorkshopError(f"{source.name}: exercise {exercise} has nothing to solve.")
    if module:
        magic = "change" if is_part(cell) else "module"
        return f"%%{magic} {module} {exercise}".strip() + "\n" + body.strip("\n")
    if exercise:
        return f"%%exercise {exercise}\n" + body.strip("\n")
    return body.strip("\n")


def _id(text: str, taken: set[str]) -> str:
    """Return an id that depends only on the cell, so that a change of one cell changes one id."""
    digest, number = sha256(text.encode()).hexdigest()[:12], 0
    unique = digest
    while unique in taken:
        number += 1
        unique = f"{digest}-{number}"
    taken.add(unique)
    return unique


def unlike_modules(notebooks: list[NotebookNode]) -> Iterator[str]:
    """Yield every function in a solved cell that differs from the finished module.

    A cell names in `differs` what is not finished at its stage.
    """
    for notebook in notebooks:
        for cell in notebook.cells:
            about = cell.metadata.get("workshop", {})
            if "module" not in about:
                continue
            path = FINISHED.file_of(about["module"])
            if not path.exists():
                continue
            finished = parts(stages.read(path))
            differs = {name.strip() for name in about.get("differs", "").split(",")}
            for name, text in parts(stages.code_of(cell.source)).items():
                if name in finished and name not in differs and finished[name] != text:
                    yield f"{name} in %%module {about['module']} is not as in {path.name}"


def parts(text: str) -> dict[str, str]:
    """Return the functions and classes of a module, with their decorators, by name."""
    lines, found = text.splitlines(), {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found
