"""The executions of the order processor: which run, for how long, and what they wait for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from workshop.aws.stack import Stack
from workshop.orders import history
from workshop.orders.history import RETRYING, RUNNING, Operation, Run

STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "STOPPED", "TIMED_OUT")


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

    def age(self, now: datetime) -> str:
        """How long it has been running, or ran: `12 s`, `3 min`, `2 h`, `4 d`."""
        seconds = ((self.ended_at or now) - self.started_at).total_seconds()
        for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
            if seconds >= 2 * length:
                return f"{seconds / length:.0f} {unit}"
        return f"{max(seconds, 0):.0f} s"


def listed(stack: Stack, statuses: Sequence[str] = (), limit: int = 50) -> Iterator[Listed]:
    """Yield the executions of the processor, newest first, with what the running ones wait for."""
    pages = stack.target.client("lambda").get_paginator("list_durable_executions_by_function")
    chosen = {"Statuses": list(statuses)} if statuses else {}
    for page in pages.paginate(
        FunctionName=stack.processor,
        PaginationConfig={"MaxItems": limit},
        **chosen,
    ):
        for found in page["DurableExecutions"]:
            operation = waits_for = ""
            if found["Status"] == "RUNNING":
                run = history.read(stack, found["DurableExecutionArn"])
                operation, waits_for = now_at(run)
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
    open_ = [o for o in run.all_operations if o.state in (RUNNING, RETRYING)]
    if not open_:
        return "", ""
    operation = open_[-1]
    outer = next((o for o in open_ if o.children and operation in o.children), None)
    name = f"{outer.name} / {operation.name}" if outer else operation.name
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
