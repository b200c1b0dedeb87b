"""How much a notebook gives to read for what the learner writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from workshop.authoring.regions import solution, starter, written_lines
from workshop.authoring.wholes import cells, is_given

LONGEST_CELL = 40
GIVEN_FOR_ONE = 10


def too_large(source: Path) -> Iterator[str]:
    """Report each cell that is too long, and a notebook with too many given lines."""
    given = written = 0
    for cell in cells(source):
        if cell.cell_type != "code" or is_given(cell):
            continue
        magic = [cell.metadata[key] for key in ("module", "exercise") if key in cell.metadata]
        lines = max(len(text(cell.source).splitlines()) for text in (solution, starter))
        if lines + bool(magic) > LONGEST_CELL:
            about = " ".join(magic) or cell.source.partition("\n")[0]
            yield (
                f"{source.name}: the cell '{about}' has {lines + bool(magic)} lines; "
                f"at most {LONGEST_CELL}"
            )
        if magic:
            written += written_lines(cell.source)
            given += len(solution(cell.source).splitlines()) - written_lines(cell.source)
    if written and given > GIVEN_FOR_ONE * written:
        yield (
            f"{source.name}: {given} lines are given and {written} are written; "
            f"at most {GIVEN_FOR_ONE} for 1"
        )
