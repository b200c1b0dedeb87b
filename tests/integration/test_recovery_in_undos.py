"""Orders that are stopped while they are being undone are undone to the end."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.contract.waiting import until
from tests.integration.conftest import Partners, clock
from tests.integration.lost_orders import balanced
from tests.integration.test_permissions import PROCESSOR, without
from workshop import localcloud
from workshop.aws.stack import Stack
from workshop.orders import client as orders
from workshop.orders import history

Without = Callable[[str, str, str], AbstractContextManager[None]]
__all__ = ["without"]


@pytest.mark.parametrize(
    ("failing", "last_status", "undo"),
    [
        ("process-payment", "received", "refund-payment"),
        ("reserve-inventory", "payment-processed", "release-inventory"),
    ],
)
def test_an_order_that_was_stopped_in_an_undo_is_undone(
    stack: Stack, partners: Partners, without: Without, failing: str, last_status: str, undo: str
) -> None:
    with clock("real"):  # an undo that fails waits for its next attempt
        order_id = orders.submit(stack, orders.example(payment_token=f"tok_down_{failing}"))
        orders.wait(stack, order_id, until=last_status, timeout_seconds=60)
        with without(PROCESSOR, "dynamodb:UpdateItem", "CallPartners"):
            localcloud.set_clock("skip")
            run = until(lambda: in_operation(stack, order_id, undo), undo)
            localcloud.set_clock("real")
            stack.target.client("lambda").stop_durable_execution(DurableExecutionArn=run.arn)
    assert history.of(stack, order_id).names[-1] == undo
    assert balanced(stack, partners, order_id) == "failed"


def in_operation(stack: Stack, order_id: str, name: str) -> history.Run | None:
    """The run of an order, once it has come to an operation."""
    arn = history.find_execution(stack, order_id)
    run = history.read(stack, arn) if arn else None
    return run if run and name in run.names else None
