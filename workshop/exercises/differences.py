"""Says how the operations of an order differ from the expected ones, and on which line."""

from __future__ import annotations

from collections.abc import Sequence

from workshop.exercises.cell import Cell
from workshop.exercises.expect import listed
from workshop.exercises.outcome import NO_NAME, Tried


def first(names: Sequence[str], expected: Sequence[str]) -> int:
    """Return the first position at which two different lists of operations differ."""
    both = enumerate(zip(names, expected, strict=False))
    return next((n for n, (one, other) in both if one != other), min(len(names), len(expected)))


def around(names: Sequence[str], at: int) -> str:
    """Return the operation at a position, with its neighbors: `…, b, c, d, …`."""
    before, shown, after = names[: max(at - 1, 0)], names[max(at - 1, 0) : at + 2], names[at + 2 :]
    return listed([*["…"][: len(before)], *shown, *["…"][: len(after)]])


def told(order: Tried, expected: Sequence[str], at: int, cell: Cell) -> str:
    """Return what is wrong at the first difference."""
    names = order.names
    if at and names[at - 1] == order.refused and at < len(names):
        line = cell.line_of_operation(order.refused)
        return (
            f"{order.refused} refused the order, and the order went on with {names[at]}: "
            f"wrap that operation in agreed(…){f', on {line}' if line else ''}"
        )
    if at == len(expected):
        return f"{names[at]} is one operation too many{_on_line(cell, names[at])}"
    if at == len(names):
        return _missing(expected[at], cell)
    return _instead(names, at, expected, cell)


def _instead(names: Sequence[str], at: int, expected: Sequence[str], cell: Cell) -> str:
    """Return why one operation is at the position of another."""
    there, missing = names[at], expected[at]
    if missing in names:
        if there not in expected or there in names[:at]:
            return f"{there} is one operation too many{_on_line(cell, there)}"
        return f"{missing} comes too late{_on_line(cell, missing)}"
    if there in (NO_NAME, missing.replace("-", "_")):  # a step is named like its function
        return f'the operation there has no name of its own. Give it name="{missing}"'
    if there in names[:at]:
        return f"{there} is there a second time, and {missing} is missing{_on_line(cell, missing)}"
    if there in expected:
        return _missing(missing, cell)
    return f"{there} is there, and {missing} is missing{_on_line(cell, there)}"


def _missing(operation: str, cell: Cell) -> str:
    """Return why an operation may be missing: it is skipped, or it never runs."""
    undo = cell.line(f'undo("{operation}"') or cell.line(f"undo('{operation}'")
    if undo:
        return f"{operation} is missing: the block on {undo} must hold the operation it undoes"
    line = cell.line_of_operation(operation)
    condition = cell.condition_around(operation)
    if condition:
        return f"{operation} is missing, though {line} names it. See the condition on {condition}"
    where = f"though {line} names it" if line else "and no line of the cell names it"
    return f"{operation} is missing, {where}. Run it through ctx, under this name"


def _on_line(cell: Cell, operation: str) -> str:
    line = cell.line_of_operation(operation)
    return f" ({line})" if line else ""
