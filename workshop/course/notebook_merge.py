"""Merge a new version of a notebook into the learner's copy of it.

A three-way merge of cells: `base` is what the copy was made from, `theirs` is the new version,
`mine` is the copy as the learner left it. The given cells have the order of `theirs`.

| the learner | the repository | the copy then has |
|---|---|---|
| left a cell alone | changed it | the new version |
| left a cell alone | removed it | nothing |
| edited a cell | left it alone, or removed it | the learner's version |
| answered an exercise | changed its starter | the answer |
| edited code | changed it | the learner's version; a Markdown note below shows the new one |
| edited text | changed it | the new version; the learner's below it |
| deleted a cell | left it alone | nothing |
| deleted a cell | changed it | the new version |
| added a cell | | that cell, behind the given cell that it followed |

Code that both changed is shown as a note because a second cell with code would run too: it would
overwrite the learner's module, or process another order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from workshop.course.notebook_pairs import Cell, about, bare, pairs

Notebook = dict[str, Any]
NOTE = """\
**The workshop has changed the cell above.** You edited that cell, so your version stays. \
This is the new version:

{fence}python
{code}
{fence}

To use it, copy it into the cell above. You can delete this note."""
MISSING = object()


@dataclass
class Merged:
    """A merged notebook, and what of the learner's is in it.

    `restarted` lists the answered exercises whose starter has changed.
    """

    notebook: Notebook
    answers: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    edited: int = 0
    added: int = 0


@dataclass(frozen=True)
class Given:
    """A given cell: as it was, as it is now, and as the learner has it."""

    before: Cell
    now: Cell
    mine: Cell

    @property
    def edited(self) -> bool:
        """Whether the learner has edited it, otherwise than the repository has."""
        return differ(self.mine, self.before) and differ(self.mine, self.now)

    @property
    def changed(self) -> bool:
        """Whether the repository has changed it."""
        return differ(self.now, self.before)

    @property
    def is_text_in_two_versions(self) -> bool:
        """Whether both have changed it, and both versions are to be read."""
        return self.edited and self.changed and self.now["cell_type"] != "code"


@dataclass(frozen=True)
class Alignment:
    """Which cells of the new version and of the copy belong together, by their numbers."""

    givens: dict[int, Given]  # by the number in the new version
    numbers: dict[int, int]  # from the copy to the new version
    deleted: set[int]  # in the new version: the learner deleted it, and it has not changed
    removed: set[int]  # in the copy: the repository removed it, and the learner did not edit it


def merge(base: Notebook, theirs: Notebook, mine: Notebook) -> Merged:
    """Return the copy with the new text and with what the learner made."""
    notes = [about(cell) for cell in mine["cells"] if _is_note(cell)]
    kept = [cell for cell in mine["cells"] if not _is_note(cell)]
    aligned = align(base["cells"], theirs["cells"], kept)
    merged = Merged(
        {
            **theirs,
            "metadata": _merge_keys(base["metadata"], theirs["metadata"], mine["metadata"]),
            "nbformat_minor": max(theirs["nbformat_minor"], mine["nbformat_minor"]),
        }
    )
    own = _own_cells(kept, aligned)
    cells = [*own.get(-1, [])]
    for number, cell in enumerate(theirs["cells"]):
        if number in aligned.givens:
            cells += _given_cells(aligned.givens[number], notes)
        elif number not in aligned.deleted:
            cells.append(cell)
        cells += own.get(number, [])
    merged.notebook["cells"] = _with_distinct_ids(cells, theirs["cells"])
    _count(merged, aligned, sum(map(len, own.values())))
    return merged


def align(base: list[Cell], theirs: list[Cell], mine: list[Cell]) -> Alignment:
    """Find each cell of the new version, and each given cell of the copy, in the other."""
    known, new = ({cell["id"] for cell in cells} for cells in (base, theirs))
    # A merge that was cut short has left new cells in the copy, and the old base beside it.
    arrived = {c["id"]: m for m, c in enumerate(mine) if c.get("id") in new - known}
    now, kept = pairs(base, theirs), pairs(base, mine, taken=set(arrived.values()))
    before = {number: b for b, number in now.items()}
    found = Alignment({}, {}, set(), set())
    for number, cell in enumerate(theirs):
        b = before.get(number, -1)
        old = cell if b < 0 else base[b]
        m = kept.get(b, arrived.get(cell["id"]))
        if m is not None:
            found.givens[number] = Given(old, cell, mine[m])
            found.numbers[m] = number
        elif b >= 0 and not differ(cell, old):
            found.deleted.add(number)
    found.removed.update(
        m for b, m in kept.items() if b not in now and not differ(base[b], mine[m])
    )
    return found


def dump(notebook: Notebook) -> str:
    """Return the text of a notebook's file, as nbformat and JupyterLab write it."""
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def differ(one: Cell, other: Cell) -> bool:
    """Return whether two versions of a cell differ in what a person reads."""
    return one["cell_type"] != other["cell_type"] or bare(one) != bare(other)


def _own_cells(mine: list[Cell], aligned: Alignment) -> dict[int, list[Cell]]:
    """The learner's own cells, by the number of the given cell before them; -1 for the top."""
    found: dict[int, list[Cell]] = {}
    anchor = -1
    for m, cell in enumerate(mine):
        number = aligned.numbers.get(m)
        anchor = anchor if number is None else number
        if m in aligned.removed:
            continue
        if number is None or aligned.givens[number].is_text_in_two_versions:
            metadata = {**cell["metadata"], "workshop": {**about(cell), "own": True}}
            found.setdefault(anchor, []).append({**cell, "metadata": metadata})
    return found


def _given_cells(given: Given, notes: list[Cell]) -> Iterator[Cell]:
    """A given cell as the copy has it from now on, and perhaps a note about its new version."""
    metadata = _merge_keys(*(c["metadata"] for c in (given.before, given.now, given.mine)))
    metadata.pop("workshop", None)
    if about(given.now):
        metadata["workshop"] = about(given.now)
    identity = {"id": given.now["id"], "metadata": metadata}
    if given.edited and not given.is_text_in_two_versions:
        yield {**given.mine, **identity}
        note = _note(given.now)
        is_plain_code = given.now["cell_type"] == "code" and "exercise" not in about(given.now)
        if is_plain_code and (given.changed or about(note) in notes):
            yield note
    else:
        yield {**given.now, **identity, **_results(given)}


def _results(given: Given) -> Cell:
    """The outputs of the learner's own run, if it was of this code."""
    if differ(given.mine, given.now):
        return {}
    return {
        name: given.mine[name]
        for name in ("outputs", "execution_count")
        if name in given.mine and given.mine[name] != given.before.get(name)
    }


def _note(new: Cell) -> Cell:
    code = "".join(new["source"])
    ticks = max([2, *map(len, re.findall("`+", code))]) + 1
    source = NOTE.format(fence="`" * ticks, code=code)
    return {
        "cell_type": "markdown",
        "id": _digest(source),
        "metadata": {"workshop": {"note": _digest(source), "of": new["id"]}},
        "source": source.splitlines(keepends=True),
    }


def _is_note(cell: Cell) -> bool:
    """Whether a cell is a note of ours that the learner has not written in."""
    return about(cell).get("note") == _digest("".join(cell["source"]))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _merge_keys(before: Cell, now: Cell, mine: Cell) -> Cell:
    """Merge two dictionaries: what the learner's side has changed is kept, key by key."""
    keys = [*now, *(key for key in mine if key not in now)]
    merged = {
        key: now.get(key, MISSING)
        if mine.get(key, MISSING) == before.get(key, MISSING)
        else mine.get(key, MISSING)
        for key in keys
    }
    return {key: value for key, value in merged.items() if value is not MISSING}


def _with_distinct_ids(cells: list[Cell], theirs: list[Cell]) -> list[Cell]:
    """Give another id to each cell of the learner's whose id is taken, or that has none."""
    taken = {cell["id"] for cell in theirs}
    distinct = []
    for cell in cells:
        name = unique = cell.get("id") or "cell"
        if about(cell).keys() & {"own", "note"}:
            number = 1
            while unique in taken:
                number += 1
                unique = f"{name[:58]}-{number}"
            taken.add(unique)
        distinct.append({**cell, "id": unique})
    return distinct


def _count(merged: Merged, aligned: Alignment, added: int) -> None:
    """Count what of the learner's is in the copy."""
    merged.added = added
    for given in aligned.givens.values():
        exercise = about(given.now).get("exercise")
        if given.edited and exercise:
            merged.answers.append(exercise)
            if given.changed:
                merged.restarted.append(exercise)
        elif given.edited and not given.is_text_in_two_versions:
            merged.edited += 1
