"""A learner's progress as one page to print."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from workshop import private
from workshop.course import journal, my_work
from workshop.display import Table, static_page

STYLE = """
body { font-family: sans-serif; font-size: 13px; margin: 16px; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #d0d7de; padding: 3px 8px; }
tr { break-inside: avoid; }
"""


def write(progress: Table) -> Path:
    """Write the page to `my-work/exports/`, where only its owner can read it; return its path."""
    path = my_work.HOME / "exports" / "progress.html"
    private.write(path, page(progress, journal.read(my_work.HOME / journal.NAME)))
    return path


def page(progress: Table, lines: list[journal.Line]) -> str:
    """Return the page: the table of `progress()` with what the journal says of each exercise."""
    rows = []
    for exercise, what, state, hints in progress.rows:
        ours = [line for line in lines if line.exercise == exercise]
        checks = sum(line.kind == "check" for line in ours)
        minutes = f"{math.ceil(journal.working_seconds(ours) / 60)} min" if ours else ""
        rows.append((exercise, what, state, str(checks) if lines else "", hints, minutes))
    day = f"{datetime.now().astimezone():%Y-%m-%d}"
    table = replace(
        progress,
        title=f"As of {day}",
        headings=("exercise", "what", "state", "checks", "hints", "time"),
        rows=rows,
    )
    return static_page(progress.title, table._repr_html_(), STYLE)
