"""Pauses, resumes and stops the execution of an order."""

from __future__ import annotations

from typing import Any

from workshop.aws.stack import Stack
from workshop.errors import WorkshopError
from workshop.orders import history
from workshop.orders.executions import OPEN

PAUSED = (
    "Paused. What it waits for may complete, but Lambda does not invoke the function until you "
    "resume the order. Its timeout is paused, too."
)
RESUMED = "Resumed. Lambda invokes the function as soon as nothing is left to wait for."
STOPPED = "Stopped. The execution has ended. It undoes nothing; that is the task of recovery."


def pause(stack: Stack, order_id: str, reason: str = "") -> str:
    """Pause an order, after the operation that runs now; return what that means."""
    status, arn, client = _open(stack, order_id)
    if status != "RUNNING":
        raise WorkshopError(f"Order {order_id} is already {status.lower()}.")
    client.pause_durable_execution(DurableExecutionArn=arn, **_given(reason))
    return PAUSED


def resume(stack: Stack, order_id: str, reason: str = "") -> str:
    """Resume an order that is paused, or about to be; return what that means."""
    status, arn, client = _open(stack, order_id)
    if status == "RUNNING":
        raise WorkshopError(f"Order {order_id} is not paused.")
    client.resume_durable_execution(DurableExecutionArn=arn, **_given(reason))
    return RESUMED


def stop(stack: Stack, order_id: str, reason: str) -> str:
    """Stop an order for good, with a reason that its history keeps; return what that means."""
    if not reason.strip():
        raise WorkshopError("A stopped order needs a reason, which its history keeps.")
    _, arn, client = _open(stack, order_id)
    client.stop_durable_execution(
        DurableExecutionArn=arn, Error={"ErrorType": "Stopped", "ErrorMessage": reason}
    )
    return STOPPED


def _open(stack: Stack, order_id: str) -> tuple[str, str, Any]:
    """Return the status of an execution that has not ended, its ARN, and a client."""
    arn, client = history.arn_of(stack, order_id), stack.target.client("lambda")
    found = client.get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=False)
    status: str = found["Status"]
    if status not in OPEN:
        raise WorkshopError(f"Order {order_id} has ended: {status.lower().replace('_', ' ')}.")
    return status, arn, client


def _given(reason: str) -> dict[str, str]:
    return {"Reason": reason} if reason else {}
