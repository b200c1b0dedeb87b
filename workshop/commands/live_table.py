"""An order's operations as a table in the terminal, updated as they happen."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from workshop import escape
from workshop.orders.history import RUNNING, Operation, Run
from workshop.orders.wording import WORDS, plain, seconds

STYLES = {RUNNING: "bold", "failed": "red", "timed out": "red"}


def table(run: Run | None, expected: Sequence[str] = ()) -> Table:
    """Return the operations of a run, and after them those still ``expected``."""
    drawn = Table(
        title=escape.rich(_title(run), "table.title"),
        caption=escape.rich(caption(run), "table.caption") if run else None,
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        pad_edge=False,
        expand=True,
    )
    for name, width in {"#": 2, "operation": 23, "kind": 8, "state": 10, "took": 6}.items():
        drawn.add_column(name, min_width=width, no_wrap=True)
    drawn.add_column("result", ratio=1, no_wrap=True)
    operations = run.operations if run else []
    for number, operation in enumerate(operations, 1):
        cells = (escape.rich(escape.line(cell)) for cell in _cells(operation))
        drawn.add_row(str(number), *cells, style=STYLES.get(operation.state, ""))
    if run is None or run.state == RUNNING:
        done = sum(operation.name in expected for operation in operations)
        for number, name in enumerate(expected[done:], len(operations) + 1):
            drawn.add_row(str(number), name, "", "· to come", "", "", style="dim")
    return drawn


def caption(run: Run) -> str:
    """Say where the time went: compute and waits."""
    compute = sum((i.ended_at - i.started_at).total_seconds() for i in run.invocations)
    waited = sum(o.wait_seconds or 0 for o in run.operations)
    crashed = sum(1 for invocation in run.invocations if invocation.error)
    died = f" ({crashed} of them crashed)" if crashed else ""
    whole = seconds(run.execution.started_at, run.execution.ended_at) or "no end yet"
    return (
        f"{len(run.invocations)} invocations{died}, {compute:.2f} s of compute, "
        f"{waited} s of waiting, start to end: {whole}"
    )


def _title(run: Run | None) -> str:
    return f"Durable execution: {run.state}" if run else "Durable execution"


def _cells(operation: Operation) -> tuple[str, ...]:
    took = (
        f"{operation.wait_seconds} s"
        if operation.wait_seconds is not None
        else seconds(operation.started_at, operation.ended_at)
    )
    state = WORDS.get(operation.state, operation.state)
    attempt = f", attempt {operation.attempts}" if operation.attempts > 1 else ""
    return operation.name, operation.kind, state + attempt, took, _result(operation)


def _result(operation: Operation) -> str:
    if operation.error:
        return operation.error
    if operation.children:
        return ", ".join(child.name for child in operation.children)
    return plain(operation.result)
