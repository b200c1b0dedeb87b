"""The cells of a source, and the whole module that a cell leaves behind which holds only parts."""

from __future__ import annotations

from pathlib import Path

import jupytext
from nbformat import NotebookNode

from workshop.authoring.regions import solution
from workshop.course import parts, stages


def cells(source: Path) -> list[NotebookNode]:
    """The cells of a source, also those that no notebook shows."""
    found: list[NotebookNode] = jupytext.read(source).cells
    return found


def is_given(cell: NotebookNode) -> bool:
    """Whether a cell only gives the text that the next one changes, and no notebook shows it.

    An empty one gives the finished module.
    """
    return "given" in cell.metadata.get("tags", [])


def is_part(cell: NotebookNode) -> bool:
    """Whether a cell holds only the statements of its module that change."""
    return bool(cell.metadata.get("part") == "true")


def wholes(source: Path) -> dict[int, str]:
    """The whole module, solved, as of each cell of a source that writes one, by the cell's number.

    What a part changes is the module as the cell before left it, in this notebook or an earlier
    one; without one, the finished module.
    """
    modules: dict[str, str] = {}
    found: dict[int, str] = {}
    for earlier in sorted(source.parent.glob("[0-9][0-9]_*.py")):
        if earlier.name <= source.name:
            found = {}
            for number, cell in enumerate(cells(earlier)):
                name = cell.metadata.get("module", "")
                if name:
                    text = solution(cell.source).strip("\n") + "\n"
                    if is_given(cell) and not text.strip():
                        text = stages.finished(name)
                    if is_part(cell):
                        text = parts.merge(modules.get(name) or stages.finished(name), text)
                    modules[name] = found[number] = text
    return found
