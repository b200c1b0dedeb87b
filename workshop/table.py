"""A run as a table, for terminals and notebooks alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table

from workshop import shown
from workshop.operations import RETRYING, RUNNING, Operation, Run

WORDS = {
    RUNNING: "▶ running",
    RETRYING: "↻ retrying",
    "succeeded": "✔ done",
    "failed": "✘ failed",
    "timed out": "✘ timed out",
    "stopped": "■ stopped",
    "cancelled": "■ cancelled",
}
STYLES = {RUNNING: "bold", "failed": "red", "timed out": "red"}
SHORTEST_SECONDS = 0.01
# The contract: the operations of an order that goes well, in order.
OPERATIONS = (
    "validate-order",
    "check-inventory",
    "process-payment",
    "reserve-inventory",
    "fraud-check",
    "credit-check",
    "generate-invoice",
    "warehouse-processing",
    "pick-items",
    "quality-check",
    "package-order",
    "generate-shipping-label",
    "carrier-pickup",
    "ship-order",
    "send-notifications",
    "update-loyalty-points",
    "complete-order",
)


def table(run: Run | None, expected: Sequence[str] = ()) -> Table:
    """The operations of a run, and after them those still ``expected``."""
    drawn = Table(
        title=shown.rich(_title(run), "table.title"),
        caption=shown.rich(caption(run), "table.caption") if run else None,
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
        cells = (shown.rich(shown.line(cell)) for cell in _cells(operation))
        drawn.add_row(str(number), *cells, style=STYLES.get(operation.state, ""))
    if run is None or run.state == RUNNING:
        done = len(operations)
        for number, name in enumerate(expected[done:], done + 1):
            drawn.add_row(str(number), name, "", "· to come", "", "", style="dim")
    return drawn


def caption(run: Run) -> str:
    """Where the time went: compute against waiting."""
    compute = sum((i.ended_at - i.started_at).total_seconds() for i in run.invocations)
    waited = sum(o.wait_seconds or 0 for o in run.operations)
    crashed = sum(1 for invocation in run.invocations if invocation.error)
    died = f" ({crashed} of them crashed)" if crashed else ""
    whole = seconds(run.execution.started_at, run.execution.ended_at) or "no end yet"
    return (
        f"{len(run.invocations)} invocations{died}, {compute:.2f} s of compute, "
        f"{waited} s of waiting, start to end: {whole}"
    )


def seconds(start: datetime | None, end: datetime | None) -> str:
    """The time between two moments; empty while there is no end, or if it is too short to tell."""
    took = (end - start).total_seconds() if start and end else 0
    return f"{took:.2f} s" if took >= SHORTEST_SECONDS else ""


def _title(run: Run | None) -> str:
    return f"Durable execution: {run.state}" if run else "Durable execution"


def _cells(operation: Operation) -> tuple[str, ...]:
    took = (
        f"{operation.wait_seconds} s"
        if operation.wait_seconds is not None
        else seconds(operation.started_at, operation.ended_at)
    )
    state = WORDS.get(operation.state, operation.state)
    tries = f", try {operation.attempts}" if operation.attempts > 1 else ""
    return operation.name, operation.kind, state + tries, took, _result(operation)


def _result(operation: Operation) -> str:
    if operation.error:
        return operation.error
    if operation.children:
        return ", ".join(child.name for child in operation.children)
    return plain(operation.result)


def plain(value: Any) -> str:
    """A result in few words: ``{"a": 1}`` becomes ``a=1``."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key}={plain(part)}" for key, part in value.items())
    if isinstance(value, list):
        return f"[{', '.join(map(plain, value))}]"
    return str(value)
