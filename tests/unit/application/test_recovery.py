"""Recovery: who owns an order, what its status calls for, and what its new owner does."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest

import owners
import partners
import recovery
import sandbox
import store
from contract import CLOSED, OPERATIONS
from outcomes import NewOrder
from reasons import TECHNICAL
from rules import check_order
from tests.unit.samples import ORDER_ID, Run, possessions, posted

SUCCESSOR = f"{ORDER_ID}-r1"
UNDOS = ["void-shipping-label", "release-inventory", "refund-payment"]


def stored(**changes: Any) -> dict[str, Any]:
    order = {"orderId": ORDER_ID, "rank": 1, "openSince": "2026", "owner": ORDER_ID}
    return order | changes


@pytest.mark.parametrize(
    ("order", "status", "action"),
    [
        (stored(), None, "start it"),
        (stored(), "RUNNING", "leave it"),
        (stored(), "PAUSED", "leave it"),
        (stored(), "STOPPED", "take it over"),
        (stored(), "TIMED_OUT", "take it over"),
        (stored(), "FAILED", "take it over"),
        (stored(), "SUCCEEDED", "take it over"),
        (stored(waitsForPersonSince="2026"), "FAILED", "leave it"),
        (stored(owner=f"{ORDER_ID}-r5"), "STOPPED", "call a person"),
    ],
)
def test_what_is_done_follows_from_the_order_and_its_owner(
    order: dict[str, Any], status: str | None, action: str
) -> None:
    assert recovery.decide(order, status) == action


@pytest.mark.parametrize("end", ["completed", *CLOSED])
@pytest.mark.usefixtures("aws")
def test_an_order_that_has_ended_is_left_and_cannot_be_taken_over(end: str) -> None:
    accept()
    order = store.advance(ORDER_ID, end)
    assert recovery.decide(order, "FAILED") == "leave it"
    with pytest.raises(store.NotOurs):
        owners.take_over(order)


@pytest.mark.usefixtures("aws")
def test_of_two_that_take_an_order_over_one_does_and_the_former_owner_writes_no_more() -> None:
    accept()
    order = store.load(ORDER_ID) or {}
    assert owners.take_over(order) == SUCCESSOR
    with pytest.raises(store.NotOurs):
        owners.take_over(order)
    store.write_as(f"arn/durable-execution/{ORDER_ID}/id")
    for write in (store.advance, store.call_a_person):
        with pytest.raises(store.NotOurs):
            write(ORDER_ID, "validated")


@pytest.mark.usefixtures("aws")
def test_an_order_is_open_until_it_has_ended_and_no_person_is_needed() -> None:
    accept()
    assert "openSince" in store.advance(ORDER_ID, "shipped")
    assert "openSince" in store.close(ORDER_ID, "failed", "reason", is_left=True)
    store.dismiss_the_person(ORDER_ID)
    assert not owners.is_open(store.load(ORDER_ID) or {})


def accept(order_id: str = ORDER_ID) -> None:
    store.create(order_id, cast(NewOrder, check_order(posted())[0]))


@pytest.fixture
def recovered(aws: Any, runner: Callable[..., Run]) -> Callable[[], Run]:
    """Take the order over, and run its successor."""

    def run() -> Run:
        store.write_as("")
        name = owners.take_over(store.load(ORDER_ID) or {})
        return runner({"orderId": ORDER_ID}, name)

    return run


def test_an_order_that_was_never_charged_is_unwound_and_its_customer_told(
    recovered: Callable[[], Run],
) -> None:
    accept()
    run = recovered()
    assert run.operations == ["read-order", "hold-parcel", *UNDOS, "notify-customer", "close-order"]
    assert (run.order["status"], run.order["errorMessage"]) == ("failed", TECHNICAL)
    assert "email#closed" in run.records
    with pytest.raises(sandbox.Undone):
        partners.charge(ORDER_ID, 1, "tok_ok", f"{ORDER_ID}:charge")


def test_an_order_that_was_labeled_is_unwound_and_its_books_balance(
    recovered: Callable[[], Run],
) -> None:
    accept()
    before = possessions()
    partners.charge(ORDER_ID, 9934, "tok_ok", f"{ORDER_ID}:charge")
    partners.reserve(ORDER_ID, {"sku-lamp": 2})
    partners.print_label(ORDER_ID, "StandardShip")
    store.advance(ORDER_ID, "awaiting-pickup", label={"trackingNumber": "TRK1"})
    run = recovered()
    assert run.order["status"] == "failed"
    assert run.ledger["refundedCents"] == run.ledger["chargedCents"] == 9934
    assert possessions() == before


def test_an_order_whose_parcel_has_left_is_brought_to_its_end(
    recovered: Callable[[], Run],
) -> None:
    accept()
    label = {"service": "StandardShip", "trackingNumber": "TRK1"}
    store.advance(ORDER_ID, "awaiting-pickup", label=label)
    partners.hand_over(ORDER_ID)
    run = recovered()
    assert run.operations == ["read-order", "hold-parcel", *OPERATIONS[14:]]
    assert run.statuses[-2:] == ["shipped", "completed"]
    assert partners.points_balance("cust-1") == 9


def test_an_execution_that_does_not_own_the_order_changes_nothing(
    runner: Callable[..., Run],
) -> None:
    accept()
    before = store.load(ORDER_ID)
    run = runner({"orderId": ORDER_ID}, f"{ORDER_ID}-r7")
    assert json.loads(run.result.result)["status"] == "unchanged"
    assert (store.load(ORDER_ID), run.records) == (before, [])


def test_an_order_whose_customer_was_told_ends_as_they_were_told(
    aws: Any, runner: Callable[..., Run]
) -> None:
    store.create(ORDER_ID, cast(NewOrder, check_order(posted())[0]))
    store.tell(ORDER_ID, "rejected", "out of stock")
    name = owners.take_over(store.load(ORDER_ID) or {})
    run = runner({"orderId": ORDER_ID}, name)
    assert (run.order["status"], run.order["errorMessage"]) == ("rejected", "out of stock")
