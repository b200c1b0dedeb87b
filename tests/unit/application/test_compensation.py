"""Each undo is safe to run twice, and for work that was never done."""

from collections.abc import Callable
from typing import Any, cast

import pytest

import fulfillment
import partners
import payment
import sandbox
import shipping
import store
from outcomes import Order, Refused, agreed, refused
from rules import check_order
from tests.unit.samples import ORDER_ID, posted

pytestmark = pytest.mark.usefixtures("aws")

PAIRS: list[tuple[Any, Any, tuple[Any, ...]]] = [
    (payment.process_payment, payment.refund_payment, ()),
    (payment.reserve_inventory, payment.release_inventory, ()),
    (fulfillment.generate_shipping_label, fulfillment.void_shipping_label, ()),
    (shipping.ship_order, shipping.recall_shipment, ({},)),
    (shipping.update_loyalty_points, shipping.revoke_loyalty_points, ()),
]


def an_order() -> Order:
    order = check_order(posted())[0]
    return cast(Order, {**(order or {}), "orderId": ORDER_ID, "createdAt": store.now()})


def state() -> tuple[Any, ...]:
    ledger = partners.ledger(ORDER_ID)
    owed = ledger["chargedCents"] - ledger["refundedCents"]
    parcels = [
        row["record"]
        for row in sandbox.activity(ORDER_ID)
        if row["record"] in {"label", "shipment"} and "reference" in row and "undone" not in row
    ]
    return owed, partners.stock_left(["sku-lamp"]), partners.points_balance("cust-1"), parcels


def run(step: Callable[..., Any], *arguments: Any) -> Any:
    return step(*arguments)(None)


@pytest.mark.parametrize(("do", "undo", "more"), PAIRS)
def test_an_undo_run_twice_undoes_once(
    do: Callable[..., Any], undo: Callable[..., Any], more: tuple[Any, ...]
) -> None:
    order, before = an_order(), state()
    run(do, order, *more)
    assert state() != before
    run(undo, order)
    assert state() == before
    run(undo, order)
    assert state() == before


@pytest.mark.parametrize(("do", "undo", "more"), PAIRS)
def test_an_undo_of_what_never_happened_changes_nothing(
    do: Callable[..., Any], undo: Callable[..., Any], more: tuple[Any, ...]
) -> None:
    before = state()
    run(undo, an_order())
    assert state() == before


def test_a_refusal_raises_its_reason_outside_the_operation() -> None:
    with pytest.raises(Refused, match=r"^no$"):
        agreed(refused("no"))


def test_what_is_no_refusal_is_handed_on() -> None:
    assert agreed({"score": 5}) == {"score": 5}
    assert agreed(None) is None
