"""The state of an order, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workshop.orders.history import RETRYING, RUNNING, Operation, Run
from workshop.orders.wording import seconds

NOT_STARTED = "The function has not started yet."
UNKNOWN = "This order does not exist here, neither as an execution nor as a stored order."
NOT_STORED = "The status API does not know this order."
CLOUD_GONE = (
    "The cloud does not respond. This continues when it does; for the local one: make start."
)
STOPPED = "This execution was stopped. Nothing runs any longer, and no compensation runs."
TIMED_OUT = "This execution reached its timeout. Nothing runs any longer."


def about(run: Run | None, order: Mapping[str, Any] | None) -> str:
    """Return the sentence for an order, from its run and the status API's response."""
    if run is None:
        return NOT_STARTED
    if run.state == RUNNING:
        return _now(run)
    if run.state in ("stopped", "timed out"):
        return STOPPED if run.state == "stopped" else TIMED_OUT
    return _end(run, order or {})


def _end(run: Run, order: Mapping[str, Any]) -> str:
    reason = order.get("errorMessage") or run.execution.error
    status = order.get("status")
    if status in ("rejected", "failed"):
        return f"The order is {status}: {reason}."
    if run.state != "succeeded":
        return f"The execution {run.state}: {reason}."
    took = seconds(run.execution.started_at, run.execution.ended_at)
    return f"The order is {status}, after {took}." if status else f"It has ended, after {took}."


def _now(run: Run) -> str:
    if run.invocations and not run.invocations[-1].is_loaded:
        return f"Lambda cannot load the function: {run.invocations[-1].error}."
    going = [operation for operation in run.operations if operation.is_open]
    if not going:
        return "The function runs." if run.operations else NOT_STARTED
    if died(run):
        return "The process of the function died. Lambda will invoke the function again."
    return _doing(going[-1])


def died(run: Run) -> bool:
    """Return whether the process of this order died, and nothing has happened since."""
    if not run.invocations or not run.invocations[-1].error:
        return False
    ended = run.invocations[-1].ended_at
    return all(
        moment <= ended
        for operation in run.all_operations
        for moment in (operation.started_at, operation.ended_at)
        if moment
    )


def _doing(operation: Operation) -> str:
    if operation.state == RETRYING:
        pause = f"in {operation.next_attempt_seconds} s"
        return f"{operation.name} failed; attempt {operation.attempts + 1} comes {pause}."
    if operation.wait_seconds is not None:
        return f"Waiting {operation.wait_seconds} s in {operation.name}. No function runs."
    if operation.callback_id or any(child.callback_id for child in operation.children):
        return f"Waiting for an answer in {operation.name}. No function runs."
    return f"Working on {operation.name}."
