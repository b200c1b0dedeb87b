"""A customer cancels an order, at every status until it is packaged, and nothing of it is kept."""

from collections.abc import Iterator

import pytest

from tests.integration.conftest import Partners, clock
from tests.integration.test_when_things_fail import nothing_is_kept
from workshop.aws import deployment
from workshop.aws.stack import Stack
from workshop.orders import client as orders
from workshop.orders import history

# The step that goes on asking a partner in vain, and so holds an order at the status.
HELD_BY = {
    "validated": "check-inventory",
    "inventory-checked": "process-payment",
    "payment-processed": "reserve-inventory",
    "inventory-reserved": "fraud-check",
    "fraud-checked": "credit-check",
    "quality-checked": "package-order",
}


@pytest.fixture(autouse=True)
def _in_true_time() -> Iterator[None]:
    with clock("real"):
        yield


@pytest.fixture(scope="module")
def hasty(target) -> Iterator[Stack]:
    """A stack whose warehouse needs a second."""
    parameters = {"WarehouseWaitSeconds": 1, "CarrierWaitSeconds": 1}
    yield deployment.deploy(target, name="hasty", parameters=parameters)
    deployment.delete(target, name="hasty")


def is_cancelled(stack: Stack, order_id: str) -> bool:
    order = orders.wait(stack, order_id, timeout_seconds=60)
    assert nothing_is_kept(Partners(stack), order_id)
    assert "email#closed" in Partners(stack).records(order_id)
    return (order["status"], order["errorMessage"]) == ("cancelled", "you cancelled it")


def test_an_order_that_has_begun_a_moment_ago_is_cancelled(stack):
    order_id = orders.submit(stack, orders.example())
    assert orders.cancel(stack, order_id).status_code == 202
    assert is_cancelled(stack, order_id)


@pytest.mark.parametrize("status", HELD_BY)
def test_an_order_is_cancelled_while_a_partner_is_away(hasty, status):
    token = f"tok_down_{HELD_BY[status]}"
    order_id = orders.submit(hasty, orders.example(payment_token=token))
    orders.wait(hasty, order_id, until=status, timeout_seconds=60)
    assert orders.cancel(hasty, order_id).status_code == 202
    assert is_cancelled(hasty, order_id)


def test_an_order_is_cancelled_in_its_wait_which_ends(stack):
    order_id = orders.submit(stack, orders.example())
    orders.wait(stack, order_id, until="awaiting-warehouse", timeout_seconds=60)
    assert [orders.cancel(stack, order_id).status_code for _ in range(2)] == [202, 202]
    assert is_cancelled(stack, order_id)
    assert orders.cancel(stack, order_id).status_code == 202
    run = list(history.watch(stack, order_id, timeout_seconds=60))[-1]
    assert run.state == "stopped"


def test_an_order_that_is_packaged_is_not_cancelled_and_completes(hasty):
    token = "tok_timeout_ship-order"  # two more attempts, so there is time to ask
    order_id = orders.submit(hasty, orders.example(payment_token=token))
    orders.wait(hasty, order_id, until="packaged", timeout_seconds=60)
    refused = orders.cancel(hasty, order_id)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/order-not-cancellable")
    assert orders.wait(hasty, order_id, timeout_seconds=60)["status"] == "completed"
