"""A request that a frozen process sends after its undo does nothing."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import psutil
import pytest

from tests.contract.waiting import until
from tests.integration.conftest import Partners
from tests.integration.lost_orders import balanced
from tests.integration.test_recovery_of_orders import names_in
from workshop.aws.stack import Stack
from workshop.localcloud.processes import SERVING
from workshop.orders import client as orders
from workshop.orders import history

# Each effect that has an undo, what its partner then has, and the one effect after the parcel left.
EFFECTS = {
    "process-payment": "charge#{}:charge",
    "reserve-inventory": "reservation",
    "generate-shipping-label": "label",
    "ship-order": "shipment",
    "update-loyalty-points": "loyalty",
}
TRIES = 5  # orders


class Late(NamedTuple):
    """How an order ended, and all that is known of it before and after a late request."""

    end: str
    before: dict[str, Any]
    after: dict[str, Any]


def serving(arn: str) -> list[int]:
    """The processes that serve an execution."""
    return [int(note.name) for note in SERVING.glob("[0-9]*") if note.read_text() == arn]


def frozen_in(stack: Stack, name: str) -> tuple[str, str, psutil.Process]:
    """Freeze an order's process in a step; take another order if a busy machine missed it.

    Return the order's id, the ARN of its execution, and the process.
    """
    client, partners = stack.target.client("lambda"), Partners(stack)
    for _ in range(TRIES):
        order = orders.example(
            payment_token="tok_slow",
            product_id=f"sku-{secrets.token_hex(8)}",
            customer_id=f"cust-{secrets.token_hex(8)}",
        )
        order_id = orders.submit(stack, order)
        arn = until(partial(history.find_execution, stack, order_id), "its start")
        until(lambda: name in names_in(client, arn), name)  # noqa: B023 - called at once
        for pid in serving(arn):
            process = psutil.Process(pid)
            process.suspend()
            if EFFECTS[name].format(order_id) not in partners.records(order_id):
                return order_id, arn, process
            process.resume()
    raise AssertionError(f"no order was frozen in {name}")


def come_too_late(stack: Stack, partners: Partners, name: str) -> Late:
    """Freeze an order, stop its execution, and thaw the process when the order has ended."""
    order_id, arn, process = frozen_in(stack, name)
    try:
        stack.target.client("lambda").stop_durable_execution(DurableExecutionArn=arn)
        end = balanced(stack, partners, order_id)
        before = books(stack, partners, order_id)
        assert process.is_running(), "it did not reach the time limit of its invocation"
    finally:
        process.resume()
    until(lambda: process.pid not in serving(arn), "the end of its invocation")
    return Late(end, before, books(stack, partners, order_id))


def books(stack: Stack, partners: Partners, order_id: str) -> dict[str, Any]:
    """All that is known of an order, its shelf and its customer's points."""
    order = orders.get(stack, order_id) or {}
    return {
        "order": order,
        "records": partners.records(order_id),
        "shelf": partners.units_left(order["items"][0]["productId"]),
        "points": partners.points(order["customerId"]),
    }


@pytest.fixture(scope="module")
def late(stack: Stack, partners: Partners) -> dict[str, Late]:
    """What each of these requests did."""
    with ThreadPoolExecutor(len(EFFECTS)) as pool:
        return dict(
            zip(EFFECTS, pool.map(partial(come_too_late, stack, partners), EFFECTS), strict=True)
        )


@pytest.mark.parametrize("name", EFFECTS)
def test_a_request_that_comes_too_late_does_nothing(late: dict[str, Late], name: str) -> None:
    found = late[name]
    assert found.end == ("completed" if name == "update-loyalty-points" else "failed")
    assert found.after == found.before
