"""The operations of an order, read from the history of its durable execution.

This is the only place that makes this model; tables, pictures and checks read it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any

from aws_durable_execution_sdk_python.exceptions import SerDesError
from aws_durable_execution_sdk_python.serdes import EXTENDED_TYPES_SERDES, SerDesContext

from workshop.aws.stack import Stack
from workshop.errors import WorkshopError
from workshop.orders.polling import Polling
from workshop.replay.events import PAUSES, split

Event = dict[str, Any]
RUNNING = "running"
RETRYING = "retrying"
STATES = {
    "Started": RUNNING,
    "Succeeded": "succeeded",
    "Failed": "failed",
    "TimedOut": "timed out",
    "Stopped": "stopped",
    "Cancelled": "cancelled",
}
VISIBLE_SECONDS = 60
NEWEST = 50  # events that are asked for while an execution is watched
# Lambda's errors for a function that it cannot load: no invocation of this version can go well.
NOT_LOADED = (
    *("Runtime.HandlerNotFound", "Runtime.ImportModuleError", "Runtime.MalformedHandlerName"),
    "Runtime.UserCodeSyntaxError",
)


@dataclass
class Attempt:
    """One attempt of an operation. It has no end while it runs, or if its process died."""

    started_at: datetime
    ended_at: datetime | None = None
    error: str = ""


@dataclass
class Operation:
    """One durable operation. Times are those of its history, including skipped time.

    ``result`` is the Python value it returned; ``attempts`` counts its attempts, and ``tries`` are
    those that have their own events; ``next_attempt_seconds`` is the pause before the next one;
    ``wait_seconds`` is the length of a wait; ``callback_id`` is the id that completes a callback;
    ``children`` are the operations inside it.
    """

    id: str
    name: str
    kind: str
    state: str
    started_at: datetime
    ended_at: datetime | None = None
    attempts: int = 0
    result: Any = None
    error: str = ""
    wait_seconds: int | None = None
    children: list[Operation] = field(default_factory=list)
    tries: list[Attempt] = field(default_factory=list)
    next_attempt_seconds: int | None = None
    callback_id: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether it has begun and not ended, also between two attempts."""
        return self.state in (RUNNING, RETRYING)


@dataclass(frozen=True)
class Invocation:
    """One invocation of the function: compute that you pay for. ``error`` is that of a crash."""

    started_at: datetime
    ended_at: datetime
    request_id: str
    error: str = ""

    @property
    def is_loaded(self) -> bool:
        """Whether Lambda could load the function."""
        return not self.error.startswith(NOT_LOADED)


@dataclass(frozen=True)
class Run:
    """The durable execution of one order: ``execution`` is the whole, ``operations`` its parts."""

    arn: str
    execution: Operation
    operations: list[Operation]
    invocations: list[Invocation]

    @property
    def state(self) -> str:
        """The state of the whole: running, succeeded, failed, timed out or stopped."""
        return self.execution.state

    @property
    def names(self) -> list[str]:
        """The names of the top-level operations, in the order in which they started."""
        return [operation.name for operation in self.operations]

    @property
    def all_operations(self) -> list[Operation]:
        """Every operation, each followed by those inside it."""
        found, left = [], list(reversed(self.operations))
        while left:
            operation = left.pop()
            found.append(operation)
            left += reversed(operation.children)
        return found

    def find(self, name: str) -> Operation:
        """Return the top-level operation of that name; raise ``KeyError`` if it has not started."""
        for operation in self.operations:
            if operation.name == name:
                return operation
        raise KeyError(name)


def of(stack: Stack, order_id: str) -> Run:
    """Return the run of an order as it is now; raise ``WorkshopError`` if it has none."""
    return read(stack, arn_of(stack, order_id))


def arn_of(stack: Stack, order_id: str) -> str:
    """Return the ARN of an order's execution; raise ``WorkshopError`` if it has none."""
    arn = find_execution(stack, order_id)
    if arn is None:
        raise WorkshopError(f"Order {order_id} has no durable execution.")
    return arn


def watch(stack: Stack, order_id: str, *, timeout_seconds: float = 900) -> Iterator[Run]:
    """Yield the run of an order each time it has changed, until it has ended."""
    arn = _await_execution(stack, order_id)
    polling, events = Polling(timeout_seconds), read_events(stack, arn)
    changed = bool(events)
    while not polling.is_over:
        if changed:
            run = from_history(arn, events)
            yield run
            if run.state != RUNNING:
                return
        polling.pause(changed=changed)
        new = _events_after(events[-1:], stack, arn)
        changed, events = bool(new), [*events, *new]
    raise WorkshopError(f"Order {order_id} still runs after {timeout_seconds:g} s.")


def find_execution(stack: Stack, order_id: str) -> str | None:
    """Return the ARN of the execution whose name is an order's id, or None."""
    found = stack.target.client("lambda").list_durable_executions_by_function(
        FunctionName=stack.processor, DurableExecutionName=order_id
    )["DurableExecutions"]
    return found[0]["DurableExecutionArn"] if found else None


def read(stack: Stack, arn: str) -> Run:
    """Return the run of an execution as it is now."""
    return from_history(arn, read_events(stack, arn))


def read_events(stack: Stack, arn: str) -> list[Event]:
    """Return every event of an execution's history, oldest first."""
    pages = stack.target.client("lambda").get_paginator("get_durable_execution_history")
    found = pages.paginate(DurableExecutionArn=arn, IncludeExecutionData=True, MaxItems=1000)
    return [event for page in found for event in page["Events"]]


def _events_after(last: list[Event], stack: Stack, arn: str) -> list[Event]:
    """Return the events after the last known one, oldest first, without reading all again."""
    if not last:
        return read_events(stack, arn)
    pages = stack.target.client("lambda").get_paginator("get_durable_execution_history")
    found = pages.paginate(
        DurableExecutionArn=arn, IncludeExecutionData=True, ReverseOrder=True, MaxItems=NEWEST
    )
    newest = (event for page in found for event in page["Events"])
    new = takewhile(lambda event: event["EventId"] > last[0]["EventId"], newest)
    return list(new)[::-1]


def from_history(arn: str, events: Iterable[Event]) -> Run:
    """Return a run from the events of its history."""
    operations: dict[str, Operation] = {}
    parents: dict[str, str | None] = {}
    invocations: list[Invocation] = []
    execution: Operation | None = None
    for event in (e for e in events if e["EventType"] not in PAUSES):
        if event["EventType"] == "InvocationCompleted":
            invocations.append(_invocation(event))
            continue
        kind, state = split(event["EventType"])
        if kind == "Execution":
            execution = execution or _started(event, kind)
            _apply(execution, event, state)
            continue
        operation = operations.get(event["Id"])
        if operation is None:
            operation = operations[event["Id"]] = _started(event, kind)
            parents[event["Id"]] = event.get("ParentId")
        _apply(operation, event, state)
    for operation in operations.values():
        parent = operations.get(parents[operation.id] or "")
        if parent is not None:
            parent.children.append(operation)
    if execution is None:
        raise ValueError("a history begins with ExecutionStarted")
    _end_retries(execution, operations.values())
    top = [o for o in operations.values() if parents[o.id] not in operations]
    return Run(arn, execution, top, invocations)


def _end_retries(execution: Operation, operations: Iterable[Operation]) -> None:
    """Mark retries as failed: nothing is retried after the execution has ended."""
    for operation in operations:
        if operation.state == RETRYING and execution.state != RUNNING:
            operation.state = "failed"


def decode(payload: str | None) -> Any:
    """Return the Python value of a stored result, in any of the SDK's formats."""
    if not payload:
        return None
    # Steps store what the SDK wrote; a handler's own result is plain JSON.
    for read in (lambda text: EXTENDED_TYPES_SERDES.deserialize(text, SerDesContext()), json.loads):
        try:
            return read(payload)
        except (SerDesError, ValueError):
            continue
    return payload


def short_error(error: str) -> str:
    """Return an error without the module of its type, if that is the SDK's."""
    return re.sub(r"^aws_durable_execution_sdk_python(_testing)?\.exceptions\.", "", error)


def _started(event: Event, kind: str) -> Operation:
    wait = event.get("WaitStartedDetails") or {}
    return Operation(
        id=event["Id"],
        name=event.get("Name") or "(no name)",
        kind=(event.get("SubType") or kind).lower(),
        state=RUNNING,
        started_at=event["EventTimestamp"],
        wait_seconds=wait.get("Duration"),
        callback_id=(event.get("CallbackStartedDetails") or {}).get("CallbackId", ""),
    )


def _apply(operation: Operation, event: Event, state: str) -> None:
    details = event.get(f"{event['EventType']}Details") or {}
    operation.state = STATES.get(state, RUNNING)
    if state == "Started":
        operation.attempts += 1
        operation.tries.append(Attempt(event["EventTimestamp"]))
        operation.next_attempt_seconds = None
        if operation.attempts == 1:
            operation.started_at = event["EventTimestamp"]
        return
    operation.ended_at = event["EventTimestamp"]
    operation.result = decode((details.get("Result") or {}).get("Payload"))
    operation.error = _error_text(details)
    retry = details.get("RetryDetails") or {}
    operation.attempts = max(operation.attempts, retry.get("CurrentAttempt") or 0)
    operation.next_attempt_seconds = retry.get("NextAttemptDelaySeconds") or None
    if operation.next_attempt_seconds:
        operation.state = RETRYING
    if operation.tries:
        operation.tries[-1].ended_at = operation.ended_at
        operation.tries[-1].error = operation.error


def _invocation(event: Event) -> Invocation:
    details = event["InvocationCompletedDetails"]
    return Invocation(
        details["StartTimestamp"],
        details["EndTimestamp"],
        details["RequestId"],
        _error_text(details),
    )


def _error_text(details: Event) -> str:
    error = (details.get("Error") or {}).get("Payload") or {}
    return ": ".join(filter(None, (error.get("ErrorType"), error.get("ErrorMessage"))))


def _await_execution(stack: Stack, order_id: str) -> str:
    """Return the execution's ARN; it becomes visible a moment after the order was accepted."""
    polling = Polling(VISIBLE_SECONDS)
    while (arn := find_execution(stack, order_id)) is None:
        if polling.is_over:
            raise WorkshopError(
                f"Order {order_id} has no durable execution after {VISIBLE_SECONDS} s.",
                "Is this the whole id? `make reset` deletes earlier orders.",
            )
        polling.pause()
    return arn
