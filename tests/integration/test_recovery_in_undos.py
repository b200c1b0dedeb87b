"""Orders that are stopped while they are being undone are undone to the end."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest

from tests.contract.waiting import until
from tests.integration.conftest import PATIENCE_SECONDS, Partners, clock
from tests.integration.fates import is_balanced
from tests.integration.outages import UNDO, Outage, is_over, start
from tests.integration.test_permissions import PROCESSOR, without
from workshop import localcloud
from workshop.aws.stack import Stack
from workshop.orders import client as orders
from workshop.orders import history

Without = Callable[[str, str, str], AbstractContextManager[None]]
DAMAGED: dict[str, Any] = {"product_id": "sku-damaged"}
REFUND = Outage(("charge#{0}:charge",), (UNDO,))
# Each undo, and what holds an order in it: a partner that is away.
UNDOS: dict[str, tuple[Outage, dict[str, Any]]] = {
    "refund-payment": (REFUND, DAMAGED),
    "release-inventory": (Outage(("reservation",)), {}),
    "void-shipping-label": (
        Outage(("label",), (UNDO,)),
        {"payment_token": "tok_down_ship-order"},
    ),
    "hold-parcel": (Outage(("shipment",)), {}),
    "notify-customer": (Outage(("email#closed",)), DAMAGED),
}


def await_operation(stack: Stack, execution: str, name: str) -> history.Run:
    """Return the run of an execution as soon as it is in an operation."""

    def found() -> history.Run | None:
        arn = history.find_execution(stack, execution)
        run = history.read(stack, arn) if arn else None
        return run if run and name in run.names else None

    return until(found, f"{name} of {execution}")


def stop_in(stack: Stack, execution: str, name: str) -> None:
    """Stop an execution in an operation."""
    run = await_operation(stack, execution, name)
    stack.target.client("lambda").stop_durable_execution(DurableExecutionArn=run.arn)
    stopped = history.read(stack, run.arn)
    assert (stopped.state, stopped.names[-1]) == ("stopped", name)


__all__ = ["without"]


@pytest.mark.parametrize("undo", UNDOS)
def test_an_order_that_was_stopped_in_an_undo_twice_is_undone(
    stack: Stack, partners: Partners, undo: str
) -> None:
    outage, order = UNDOS[undo]
    order_id = start(stack, orders.example(**order), outage)
    stop_in(stack, order_id, undo)
    stop_in(stack, f"{order_id}-r1", undo)
    outage.end(stack, order_id)
    until(partial(is_over, stack, order_id), f"the end of {order_id}", PATIENCE_SECONDS)
    # A customer who may have been told how the order ended was told the truth.
    assert is_balanced(stack, partners, order_id) == (
        "rejected" if undo == "notify-customer" else "failed"
    )


def test_an_order_that_was_stopped_before_its_end_was_written_ends(
    stack: Stack, partners: Partners, without: Without
) -> None:
    order_id = start(stack, orders.example(**DAMAGED), REFUND)
    await_operation(stack, order_id, "refund-payment")
    with clock("real"), without(PROCESSOR, "dynamodb:UpdateItem", "WriteOrderStatus"):
        REFUND.end(stack, order_id)
        localcloud.set_clock("skip")
        stop_in(stack, order_id, "close-order")
    until(partial(is_over, stack, order_id), f"the end of {order_id}", PATIENCE_SECONDS)
    assert is_balanced(stack, partners, order_id) == "failed"
