"""Find a notebook's cells again in another version of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any

Cell = dict[str, Any]
SIMILAR = 0.5  # the share of words that two versions of one cell have in common, at least


def bare(cell: Cell) -> str:
    """The text of a cell, blind to blanks at the ends of lines and of the cell."""
    return "\n".join(line.rstrip() for line in "".join(cell["source"]).strip().splitlines())


def about(cell: Cell) -> dict[str, Any]:
    """What the workshop notes about a cell in its metadata."""
    found = cell["metadata"].get("workshop")
    return found if isinstance(found, dict) else {}


def pairs(before: list[Cell], after: list[Cell], taken: Collection[int] = ()) -> dict[int, int]:
    """Map the number of each cell in BEFORE to its number in AFTER, where it is still there.

    Cells are the same if they have the same id (JupyterLab keeps it; in the repository it depends
    on the text), the same exercise, or similar text behind the same cell. A cell marked as the
    learner's own is never taken for a given one because of its text. The cells of AFTER with the
    numbers TAKEN have no partner.
    """
    found: dict[int, int] = {}
    free = set(range(len(after))).difference(taken)
    for key in (_id, _exercise):
        _pair_equal(before, after, key, found, free)
    for _, first, second in sorted(_similar(before, after, found, free), reverse=True):
        n, m = -first, -second
        if n not in found and m in free:
            found[n] = m
            free.remove(m)
    return found


def _id(cell: Cell) -> str | None:
    return cell.get("id")


def _exercise(cell: Cell) -> str | None:
    return about(cell).get("exercise")


def _pair_equal(
    before: list[Cell],
    after: list[Cell],
    key: Callable[[Cell], str | None],
    found: dict[int, int],
    free: set[int],
) -> None:
    places: dict[str, int] = {}
    for m in sorted(free):
        name = key(after[m])
        if name:
            places.setdefault(name, m)
    for n, cell in enumerate(before):
        name = key(cell)
        if n not in found and name in places:
            found[n] = places.pop(name)
            free.remove(found[n])


def _similar(
    before: list[Cell], after: list[Cell], found: dict[int, int], free: set[int]
) -> Iterator[tuple[float, int, int]]:
    """Each pair of similar cells that follow the same cell: (how similar, -number, -number)."""
    gaps: dict[int, list[int]] = {}
    last = -1
    for m, cell in enumerate(after):
        if m not in free:
            last = m
        elif not about(cell).get("own"):
            gaps.setdefault(last, []).append(m)
    last = -1
    for n, cell in enumerate(before):
        last = found.get(n, last)
        for m in [] if n in found else gaps.get(last, []):
            similarity = _similarity(cell, after[m])
            if similarity >= SIMILAR:
                yield similarity, -n, -m


def _similarity(one: Cell, other: Cell) -> float:
    """From 0 to 1, and 1 more if both write the same module."""
    if one["cell_type"] != other["cell_type"]:
        return 0
    module = about(one).get("module")
    same_module = module is not None and about(other).get("module") == module
    words, others = (Counter(re.findall(r"\w+", bare(cell))) for cell in (one, other))
    total = words.total() + others.total()
    return same_module + (2 * (words & others).total() / total if total else 1)
