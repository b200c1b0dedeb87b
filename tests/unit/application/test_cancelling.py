"""A customer cancels an order: until it is packaged, and as often as they like."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

import owners
import partners
import recovery
import store
from contract import CANCELLABLE_BEFORE, CLOSED, STATUSES
from outcomes import NewOrder
from reasons import CANCELLED
from rules import check_order
from tests.unit.order_api import Lambda, call
from tests.unit.samples import ORDER_ID, Run, possessions, posted

ARN = f"arn:aws:lambda:us-east-2:123456789012:function:p:1/durable-execution/{ORDER_ID}/i"
SUCCESSOR = f"{ORDER_ID}-r1"
ALL = list(STATUSES)
EARLY = ALL[: ALL.index(CANCELLABLE_BEFORE)]
LATE = [*ALL[ALL.index(CANCELLABLE_BEFORE) :], "rejected", "failed"]


@pytest.fixture(autouse=True)
def _accepted(aws: Any) -> None:
    store.create(ORDER_ID, cast(NewOrder, check_order(posted())[0]))


def reach(status: str) -> None:
    """Let the order's execution write its status."""
    store.write_as(ARN)
    if status != "received":
        store.advance(ORDER_ID, status)
    store.write_as("")


def cancel() -> int:
    status, answer, _ = call("POST", f"/orders/{ORDER_ID}/cancel")
    if status == 409:
        assert answer["type"] == "/problems/order-not-cancellable"
    return status


@pytest.mark.parametrize("status", EARLY)
def test_an_order_that_is_not_packaged_gets_an_owner_that_cancels_it(
    processor: Lambda, status: str
) -> None:
    reach(status)
    assert cancel() == 202
    assert owners.owner_of(store.load(ORDER_ID) or {}) == SUCCESSOR
    assert [start["DurableExecutionName"] for start in processor.started] == [SUCCESSOR]
    # The execution that has written nothing yet is not known; it ends at its first write.
    assert processor.stopped == ([] if status == "received" else [ARN])
    store.write_as(ARN)
    with pytest.raises(store.NotOurs):
        store.advance(ORDER_ID, "packaged")


@pytest.mark.parametrize("status", LATE)
def test_an_order_that_is_packaged_or_has_ended_goes_on(processor: Lambda, status: str) -> None:
    reach(status)
    before = store.load(ORDER_ID)
    assert cancel() == 409
    assert store.load(ORDER_ID) == before
    assert (processor.started, processor.stopped) == ([], [])


def test_an_order_that_was_accepted_before_orders_had_owners_goes_on(
    processor: Lambda, aws: Any
) -> None:
    reach("inventory-reserved")
    aws.update_item(
        TableName="orders",
        Key={"orderId": ORDER_ID},
        UpdateExpression="REMOVE openSince",
    )
    assert cancel() == 409
    assert (processor.started, processor.stopped) == ([], [])


def test_an_order_that_is_cancelled_is_cancelled_again(processor: Lambda) -> None:
    assert [cancel(), cancel()] == [202, 202]
    assert owners.owner_of(store.load(ORDER_ID) or {}) == SUCCESSOR
    store.close(ORDER_ID, "cancelled", CANCELLED)
    starts = len(processor.started)
    assert cancel() == 202
    assert len(processor.started) == starts


@pytest.mark.parametrize("order_id", [f"ord-{'9' * 32}", "ord-1"])
@pytest.mark.usefixtures("processor")
def test_an_unknown_order_cannot_be_cancelled(order_id: str) -> None:
    status, answer, _ = call("POST", f"/orders/{order_id}/cancel")
    assert (status, answer["type"]) == (404, "/problems/order-not-found")


def test_an_order_that_is_packaged_during_the_request_is_not_cancelled(
    processor: Lambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = store.load
    loads: list[Any] = []

    def load_then_package(order_id: str) -> Any:
        found = load(order_id)
        if len(loads) == 1:  # between the look at the order and the write
            reach("packaged")
        loads.append(found)
        return found

    monkeypatch.setattr(store, "load", load_then_package)
    assert cancel() == 409
    assert processor.started == []


def test_a_successor_that_could_not_be_started_is_started_by_a_repeat_or_by_recovery(
    processor: Lambda,
) -> None:
    processor.error = EndpointConnectionError(endpoint_url="http://lambda")
    assert cancel() == 202
    assert recovery.decide(store.load(ORDER_ID) or {}, None) == "start it"
    processor.error = None
    assert cancel() == 202
    assert [start["DurableExecutionName"] for start in processor.started] == [SUCCESSOR]


def test_the_books_of_a_cancelled_order_balance_and_its_customer_is_told(
    processor: Lambda, runner: Callable[..., Run]
) -> None:
    before = possessions()
    partners.charge(ORDER_ID, 9934, "tok_ok", f"{ORDER_ID}:charge")
    partners.reserve(ORDER_ID, {"sku-lamp": 2})
    reach("awaiting-warehouse")
    cancel()
    run = runner({"orderId": ORDER_ID}, SUCCESSOR)
    assert (run.order["status"], run.order["errorMessage"]) == ("cancelled", CANCELLED)
    assert run.ledger["refundedCents"] == run.ledger["chargedCents"] == 9934
    assert possessions() == before
    assert "email#closed" in run.records
    assert cancel() == 202


def test_a_cancelled_order_whose_successor_was_lost_ends_as_cancelled(
    processor: Lambda, runner: Callable[..., Run]
) -> None:
    cancel()
    name = owners.take_over(store.load(ORDER_ID) or {})
    assert runner({"orderId": ORDER_ID}, name).order["status"] == "cancelled"


def test_an_execution_that_is_replaced_while_it_undoes_tells_the_customer_nothing(
    processor: Lambda, runner: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = partners.refund

    def refund_late(*given: Any) -> int:
        owners.take_over(store.load(ORDER_ID) or {}, to_cancel=True)
        return refund(*given)

    monkeypatch.setattr(partners, "refund", refund_late)
    monkeypatch.setattr(partners, "is_damaged", lambda _: True)
    run = runner({"orderId": ORDER_ID}, ORDER_ID)
    assert run.order["status"] not in CLOSED
    assert "email#closed" not in run.records
    assert (run.execution, run.answer["status"]) == ("SUCCEEDED", "unchanged")  # so no alarm
