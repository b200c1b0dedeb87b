"""The cell of an attempt, with the line numbers that the learner sees."""

from __future__ import annotations

import ast
from functools import cached_property
from pathlib import Path

from workshop.course import parts

CELL = "cell.txt"


def line_in_cell(attempt: str, number: int, folder: Path = Path()) -> int | None:
    """Return the line of the cell for a line of its module; None if the cell does not hold it."""
    whole, cell = ((folder / name).read_text("utf-8") for name in (f"{attempt}.py", CELL))
    line = parts.line_in_part(whole, cell, number)
    return line and line + 1  # the first line of the cell is its magic


class Cell:
    """The text of an attempt. The cell has one more line at its start, the magic."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def line(self, text: str, *, after: str = "") -> str:
        """Return `line 12 of the cell` for the first line that holds a text; empty if none does.

        Start after the first line that holds the text `after`.
        """
        passed = not after
        for number, line in enumerate(self._lines, 2):
            code = line.partition("#")[0]
            if passed and text in code:
                return f"line {number} of the cell"
            passed = passed or after in code
        return ""

    def line_of_operation(self, name: str) -> str:
        """Return the line that names an operation, in single or double quotes."""
        return self.line(f'"{name}"') or self.line(f"'{name}'")

    def condition_around(self, name: str) -> str:
        """Return the line of the innermost `if` or loop around what names an operation."""
        for node in reversed([*ast.walk(self._tree)]):
            if isinstance(node, ast.If | ast.While):
                inside = (part for line in (*node.body, *node.orelse) for part in ast.walk(line))
                if any(isinstance(part, ast.Constant) and part.value == name for part in inside):
                    return f"line {node.lineno + 1} of the cell"
        return ""

    def nested_blocks(self, word: str) -> tuple[int, int] | None:
        """Return the lines of two nested `with` blocks whose contexts hold this word."""
        for outer in self._blocks(self._tree, word):
            for inner in self._blocks(outer, word):
                if inner is not outer:
                    return outer.lineno + 1, inner.lineno + 1
        return None

    def _blocks(self, tree: ast.AST, word: str) -> list[ast.With]:
        return [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.With)
            and any(word in ast.unparse(item.context_expr) for item in node.items)
        ]

    @cached_property
    def _text(self) -> str:
        return self._path.read_text("utf-8")

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.splitlines()

    @cached_property
    def _tree(self) -> ast.AST:
        return ast.parse(self._text)
