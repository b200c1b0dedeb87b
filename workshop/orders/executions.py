"""The executions of the order processor: which run, for how long, and what they wait for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from workshop.aws.stack import Stack
from workshop.errors import WorkshopError
from workshop.orders import history
from workshop.orders.history import RETRYING, Operation, Run

OPEN = ("RUNNING", "PAUSING", "PAUSED")
STATUSES = (*OPEN, "SUCCEEDED", "FAILED", "STOPPED", "TIMED_OUT")
HEADINGS = ("order", "status", "age", "operation", "waits for")
INSIDE = " / "
NONE = "No order is like that."


@dataclass(frozen=True)
class Listed:
    """One execution. `waits_for` is empty when it has ended, or when a function runs for it."""

    name: str
    arn: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    operation: str = ""
    waits_for: str = ""

    def row(self, now: datetime) -> tuple[str, str, str, str, str]:
        """The execution as a row under `HEADINGS`."""
        return self.name, self.status.lower(), self.age(now), self.operation, self.waits_for

    def age(self, now: datetime) -> str:
        """How long it has been running, or ran: `12 s`, `3 min`, `2 h`, `4 d`."""
        seconds = ((self.ended_at or now) - self.started_at).total_seconds()
        for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
            if seconds >= 2 * length:
                return f"{seconds / length:.0f} {unit}"
        return f"{max(seconds, 0):.0f} s"


def listed(
    stack: Stack, statuses: Sequence[str] = (), operation: str = "", limit: int = 50
) -> Iterator[Listed]:
    """Yield the executions of the processor, newest first, with what the open ones wait for.

    `statuses` are of `STATUSES`, in any case. With `operation`, only those that are at it now.
    """
    wanted = [status.upper().replace(" ", "_") for status in statuses]
    for status in wanted:
        if status not in STATUSES:
            known = ", ".join(STATUSES).lower()
            raise WorkshopError(f"The status '{status.lower()}' does not exist.", f"Known: {known}")
    everything = _read(stack, wanted or (OPEN if operation else ()))
    found = (each for each in everything if _is_at(each, operation))
    yield from islice(found, limit)


def _is_at(found: Listed, operation: str) -> bool:
    return not operation or operation in found.operation.split(INSIDE)


def _read(stack: Stack, statuses: Sequence[str]) -> Iterator[Listed]:
    pages = stack.target.client("lambda").get_paginator("list_durable_executions_by_function")
    chosen = {"Statuses": list(statuses)} if statuses else {}
    for page in pages.paginate(FunctionName=stack.processor, **chosen):
        for found in page["DurableExecutions"]:
            operation = waits_for = ""
            if found["Status"] in OPEN:
                run = history.read(stack, found["DurableExecutionArn"])
                operation, waits_for = now_at(run)
            if found["Status"] == "PAUSED":
                waits_for = f"{waits_for}, and to be resumed" if waits_for else "to be resumed"
            yield Listed(
                found["DurableExecutionName"],
                found["DurableExecutionArn"],
                found["Status"],
                found["StartTimestamp"].astimezone(UTC),
                ended.astimezone(UTC) if (ended := found.get("EndTimestamp")) else None,
                operation,
                waits_for,
            )


def now_at(run: Run) -> tuple[str, str]:
    """Return the operation that a running execution is at, and what that waits for."""
    open_ = [o for o in run.all_operations if o.is_open]
    if not open_:
        return "", ""
    operation = open_[-1]
    outer = next((o for o in open_ if o.children and operation in o.children), None)
    name = f"{outer.name}{INSIDE}{operation.name}" if outer else operation.name
    return name, _waits_for(operation)


def _waits_for(operation: Operation) -> str:
    if operation.state == RETRYING:
        return (
            f"attempt {operation.attempts + 1}, {operation.next_attempt_seconds} s after the last"
        )
    if operation.wait_seconds is not None:
        return f"{operation.wait_seconds} s to pass"
    if operation.callback_id:
        return "a callback"
    return ""
