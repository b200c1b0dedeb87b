"""Where the time of an order went: its invocations, and the time between them."""

from __future__ import annotations

from datetime import timedelta

from workshop.display import Table
from workshop.notebook.results import Processed
from workshop.orders.history import Run

COMPUTE = "invocation"
NOTHING = "no function runs"
START = "the order is on its way to the function"


def times(order: Processed) -> Table:
    """Return the invocations of the function, the pauses between them, and their sums.

    The times are those of the history, which has the full length of a wait that the clock skips.
    """
    parts = list(split(order.run))
    compute = sum((took for what, took in parts if what == COMPUTE), timedelta())
    waiting = sum((took for what, took in parts if what == NOTHING), timedelta())
    rows = [(what, "", _seconds(took)) for what, took in parts]
    rows.append(("", "compute time in total", _seconds(compute)))
    rows.append(("", "waiting time in total", _seconds(waiting)))
    rows.append(("", "from start to end", _seconds(sum((took for _, took in parts), timedelta()))))
    return Table("Where the time went", ("what happened", "sum", "how long"), rows)


def split(run: Run) -> list[tuple[str, timedelta]]:
    """Return what happened and for how long, from the start to the end of the last invocation."""
    parts: list[tuple[str, timedelta]] = []
    last = run.execution.started_at
    for invocation in run.invocations:
        parts.append((NOTHING if parts else START, invocation.started_at - last))
        parts.append((COMPUTE, invocation.ended_at - invocation.started_at))
        last = invocation.ended_at
    return parts


def _seconds(took: timedelta) -> str:
    return f"{max(took.total_seconds(), 0):.2f} s"
