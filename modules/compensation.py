"""The saga: when an order cannot go on, undo what was done, in reverse, and tell the customer.

An undo is registered before its forward operation runs. If that operation fails nobody knows
whether its work was done (the answer may have been lost), so the undo runs and finds out. A refusal
is different: the partner said no, nothing was done, and the undo is dropped.

The pivot is the hand-over to the carrier. A parcel that has left is not called back, so after it
nothing is undone: what cannot be finished waits for a person.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_durable_execution_sdk_python import (
    DurableContext,
    DurableOperationError,
    SerDesError,
    StepContext,
    durable_step,
)
from aws_durable_execution_sdk_python.config import StepConfig

import partners
import store
from outcomes import Refused
from patience import CALL_A_PERSON_AT, LAST_MESSAGE, UNDO
from rules import is_email

# What can go wrong with an operation. Never `except Exception` around one: that would also catch
# what the SDK says of this code, such as that it no longer fits the history, and undo an order.
OPERATION_ERRORS = (DurableOperationError, SerDesError)

Undo = Callable[[StepContext], Any]


def is_not_ours(error: Exception) -> bool:
    """Return whether an operation failed because another execution owns the order."""
    return getattr(error, "error_type", "") == f"{store.NotOurs.__module__}.NotOurs"


def unchanged(order_id: str, why: Exception) -> dict[str, Any]:
    """Return what an execution returns that has left the order to another one."""
    return {"orderId": order_id, "status": "unchanged", "reason": str(why)}


class Saga:
    """The undo steps of one order, each registered before what it undoes."""

    def __init__(self, ctx: DurableContext, event: dict[str, Any]) -> None:
        self._ctx, self._event = ctx, event
        self._undos: list[tuple[str, Undo]] = []
        self.past_pivot = False  # then nothing is undone anymore

    @contextmanager
    def undo(self, name: str, step: Undo) -> Iterator[None]:
        """Register an undo for the operation in this block; drop it if that operation refuses."""
        self._undos.append((name, step))
        try:
            yield
        except Refused:
            self._undos.pop()
            raise

    def close(self, status: str, reason: str, fault: str) -> dict[str, Any]:
        """Undo everything, give the customer the reason, and operators the fault."""
        self._ctx.logger.warning("closing the order", extra={"status": status, "fault": fault})
        if self.past_pivot:
            return leave_to_a_person(self._ctx, self._event["orderId"], fault)
        left = [name for name, step in reversed(self._undos) if not self._ran(name, step)]
        if left:
            status, fault = "failed", f"{fault}; still to be undone by hand: {', '.join(left)}"
        self._ran("notify-customer", notify_customer(self._event, status, reason), LAST_MESSAGE)
        closing = close_order(self._event["orderId"], status, reason, fault, is_left=bool(left))
        return self._ctx.step(closing, name="close-order", config=UNDO)

    def _ran(self, name: str, step: Undo, config: StepConfig = UNDO) -> bool:
        step = calling_a_person(self._event["orderId"], name, step)
        try:
            self._ctx.step(step, name=name, config=config)
        except OPERATION_ERRORS as error:
            self._ctx.logger.warning("not undone", extra={"undo": name, "reason": str(error)})
            return False
        return True


def calling_a_person(order_id: str, name: str, step: Undo) -> Undo:
    """Return the undo; it calls a person if it has failed for an hour, and goes on trying."""

    def run(context: StepContext) -> Any:
        try:
            return step(context)
        except Exception as error:
            if context.attempt == CALL_A_PERSON_AT:
                store.call_a_person(order_id, f"{name} fails: {error}")
            raise

    return run


@durable_step
def notify_customer(
    _step: StepContext, event: dict[str, Any], status: str, reason: str
) -> dict[str, Any]:
    """Tell the customer that the order has ended, and why. What was told once stays."""
    order = {**event, **store.tell(event["orderId"], status, reason)}
    address = str(order.get("customerEmail", ""))
    if not is_email(address):
        return {"told": "not at all: the order has no email address"}
    told = order["told"]
    text = f"Your order was not completed ({told['status']}): {told['reason']}."
    partners.send_email(event["orderId"], address, "closed", text)
    return {"told": "by email"}


@durable_step
def close_order(
    _step: StepContext, order_id: str, status: str, reason: str, fault: str, *, is_left: bool
) -> dict[str, Any]:
    """Write the final status, its reason and its fault; call a person if something is left."""
    try:
        stored = store.close(order_id, status, reason, fault, is_left=is_left)
    except store.NotOurs as error:
        return unchanged(order_id, error)
    if "waitsForPersonSince" in stored and not is_left:
        store.dismiss_the_person(order_id)
    return {"orderId": order_id, "status": status, "reason": reason, "fault": fault}


def leave_to_a_person(ctx: DurableContext, order_id: str, fault: str) -> dict[str, Any]:
    """Call a person as a step, and return how the order is left."""
    return ctx.step(call_a_person(order_id, fault), name="call-a-person", config=UNDO)


@durable_step
def call_a_person(_step: StepContext, order_id: str, fault: str) -> dict[str, Any]:
    """Leave the order as it is, to a person: its parcel has left, and the rest is not done."""
    try:
        order = store.call_a_person(order_id, fault)
    except store.NotOurs as error:
        return unchanged(order_id, error)
    return {"orderId": order_id, "status": order["status"], "fault": fault}
