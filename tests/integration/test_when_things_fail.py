"""Refusals, faults and crashes on the real system: what was done is undone, once."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.integration.conftest import Ended, Partners
from workshop.orders import client as orders
from workshop.orders import history
from workshop.orders.contract import OPERATIONS, STEPS

REFUSALS: dict[str, dict[str, Any]] = {
    "a declined card": {"payment_token": "tok_declined"},
    "no funds": {"payment_token": "tok_insufficient_funds"},
    "out of stock": {"product_id": "sku-out-of-stock"},
    "damaged": {"product_id": "sku-damaged"},
    "fraud": {"customer_id": "cust-fraud"},
    "low credit": {"customer_id": "cust-low-credit", "price": 3500.0, "quantity": 1},
}
PIVOT = STEPS.index("ship-order")


@dataclass
class Shop:
    """A product and a customer that no other test has, and an order of theirs that has gone well.

    So a look at shelf and points is not disturbed by orders that other tests have left running.
    """

    place: Callable[..., Ended]
    partners: Partners
    product_id: str = field(default_factory=lambda: f"sku-{secrets.token_hex(8)}")
    customer_id: str = field(default_factory=lambda: f"cust-{secrets.token_hex(8)}")

    def order(self, payment_token="tok_ok"):
        return self.place(
            payment_token=payment_token, product_id=self.product_id, customer_id=self.customer_id
        )

    @property
    def stands_at(self):
        """Units on the shelf, points of the customer."""
        units = self.partners.units_left(self.product_id)
        return units, self.partners.points(self.customer_id)


@pytest.fixture
def shop(place, partners):
    own = Shop(place, partners)
    assert own.order().status == "completed"
    return own


def nothing_is_kept(partners, order_id):
    """Whether all that partners did for an order was undone."""
    kept = ("charge#", "reservation", "label", "shipment", "loyalty")
    done = {n: row for n, row in partners.records(order_id).items() if n.startswith(kept)}
    return all("undone" in row for row in done.values() if "declined" not in row)


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refused_order_is_rejected_with_a_reason_and_undone(place, partners, what):
    ended = place(**REFUSALS[what])
    assert (ended.status, ended.run.state) == ("rejected", "succeeded")
    assert ended.reason
    assert nothing_is_kept(partners, ended.order["orderId"])
    assert all(operation.attempts <= 1 for operation in ended.run.operations), "never retried"


def test_a_declined_card_is_not_refunded(place):
    names = place(payment_token="tok_declined").run.names
    assert "refund-payment" not in names
    assert names[-2:] == ["notify-customer", "close-order"]


def test_what_was_done_is_undone_in_reverse(place):
    names = place(product_id="sku-damaged").run.names
    assert names[names.index("quality-check") + 1 :] == [
        "release-inventory",
        "refund-payment",
        "notify-customer",
        "close-order",
    ]


@pytest.mark.parametrize("step", STEPS[: PIVOT + 1])
def test_a_fault_that_outlives_its_retries_fails_the_order_and_undoes_it(shop, partners, step):
    before = shop.stands_at
    ended = shop.order(f"tok_down_{step}")
    assert (ended.status, ended.run.state) == ("failed", "failed")
    assert step in ended.run.execution.error
    assert ended.reason == "a technical problem on our side"
    assert nothing_is_kept(partners, ended.order["orderId"])
    assert shop.stands_at == before


@pytest.mark.parametrize("step", ["update-loyalty-points", "complete-order"])
def test_an_order_whose_parcel_has_left_is_not_undone(stack, partners, step):
    order_id = orders.submit(stack, orders.example(payment_token=f"tok_down_{step}"))
    run = list(history.watch(stack, order_id, timeout_seconds=60))[-1]
    assert (run.state, run.names[-2:]) == ("failed", [step, "call-a-person"])
    order = orders.get(stack, order_id)
    assert order is not None
    assert order["status"] == "shipped"
    rows = partners.records(order_id)
    assert "email#closed" not in rows
    assert not any("undone" in row for row in rows.values())


def test_messages_that_cannot_be_sent_do_not_undo_a_shipped_order(place, partners):
    ended = place(payment_token="tok_down_send-notifications")
    assert ended.status == "completed"
    assert len(partners.charges(ended.order["orderId"])) == 1


def done_once(ended, partners):
    """Asserts that a completed order has had each effect once."""
    assert ended.status == "completed"
    assert ended.run.names == list(OPERATIONS)
    rows = partners.records(ended.order["orderId"])
    assert len(partners.charges(ended.order["orderId"])) == 1
    assert {"reservation", "label", "shipment", "loyalty", "email#shipped"} <= rows.keys()
    assert not any("undone" in row for row in rows.values())


@pytest.mark.parametrize("step", STEPS)
def test_a_partner_that_times_out_twice_is_ridden_out_and_charged_once(shop, partners, step):
    units, points = shop.stands_at
    done_once(shop.order(f"tok_timeout_{step}"), partners)
    assert shop.stands_at == (units - 2, points + 9)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_an_order_survives_the_death_of_its_process(shop, partners, step, moment):
    units, points = shop.stands_at
    ended = shop.order(f"tok_crash_{moment}_{step}")
    done_once(ended, partners)
    assert shop.stands_at == (units - 2, points + 9)
    assert sum(1 for invocation in ended.run.invocations if invocation.error) == 1


def test_of_two_orders_for_the_last_one_only_one_gets_it(place, partners):
    first, second = (place(product_id="sku-last-one", quantity=1) for _ in range(2))
    assert sorted([first.status, second.status]) == ["completed", "rejected"]
    assert partners.units_left("sku-last-one") == 0
