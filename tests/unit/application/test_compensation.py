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

PAIRS: list[tuple[Any, Any]] = [
    (payment.process_payment, payment.refund_payment),
    (payment.reserve_inventory, payment.release_inventory),
    (fulfillment.generate_shipping_label, fulfillment.void_shipping_label),
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


@pytest.mark.parametrize(("do", "undo"), PAIRS)
def test_an_undo_run_twice_undoes_once(do: Callable[..., Any], undo: Callable[..., Any]) -> None:
    order, before = an_order(), state()
    run(do, order)
    assert state() != before
    run(undo, order)
    assert state() == before
    run(undo, order)
    assert state() == before


@pytest.mark.parametrize(("do", "undo"), PAIRS)
def test_work_that_arrives_after_its_undo_is_refused_for_good(
    do: Callable[..., Any], undo: Callable[..., Any]
) -> None:
    order, before = an_order(), state()
    run(undo, order)
    for _ in range(2):
        with pytest.raises(sandbox.Undone):
            run(do, order)
    assert state() == before
    run(undo, order)
    assert state() == before


@pytest.mark.parametrize(("do", "undo"), PAIRS)
def test_work_that_was_undone_is_not_done_again(
    do: Callable[..., Any], undo: Callable[..., Any]
) -> None:
    order, before = an_order(), state()
    run(do, order)
    run(undo, order)
    with pytest.raises(sandbox.Undone):
        run(do, order)
    assert state() == before


def test_a_parcel_that_is_held_never_leaves() -> None:
    order, before = an_order(), state()
    for _ in range(2):
        assert run(shipping.hold_parcel, order, {}) == {"held": True}
    with pytest.raises(sandbox.Undone):
        run(shipping.ship_order, order, {})
    assert state() == before


def test_a_parcel_that_has_left_is_not_held() -> None:
    order, label = an_order(), {"service": "ExpressShip"}
    shipment = run(shipping.ship_order, order, label)
    before = state()
    for _ in range(2):
        assert run(shipping.hold_parcel, order, label) == {"held": False, "shipment": shipment}
    assert state() == before


def test_a_refusal_raises_its_reason_outside_the_operation() -> None:
    with pytest.raises(Refused, match=r"^no$"):
        agreed(refused("no"))


def test_what_is_no_refusal_is_handed_on() -> None:
    assert agreed({"score": 5}) == {"score": 5}
    assert agreed(None) is None
