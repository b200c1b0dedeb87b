"""The order store: forwards only, one write at a time."""

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from contract import CLOSED, STATUSES
from rules import check_order
from tests.unit.samples import ORDER_ID, item, posted

pytestmark = pytest.mark.usefixtures("aws")


def new_order() -> Any:
    return check_order(posted())[0]


def test_a_later_status_never_stands_for_fewer_operations() -> None:
    assert list(STATUSES.values()) == sorted(STATUSES.values())


def test_a_new_order_is_received() -> None:
    store.create(ORDER_ID, new_order())
    order = store.load(ORDER_ID)
    assert order is not None
    assert order["status"] == "received"
    assert order["totalCents"] == 9198
    assert order["expiresAt"] > time.time() + store.ORDER_SECONDS - 60


@pytest.mark.parametrize("status", ["payment-processed", "rejected"])
def test_the_token_is_removed_once_it_was_used_or_never_will_be(status: str) -> None:
    store.create(ORDER_ID, new_order())
    assert store.advance(ORDER_ID, "inventory-checked")["paymentToken"] == "tok_ok"
    assert "paymentToken" not in store.advance(ORDER_ID, status)


def test_a_stored_order_is_read_as_it_was_posted() -> None:
    order = posted(item(price=0.07), item(quantity=3), customerPhone="+1 555 0100")
    accepted = check_order(order)[0]
    assert accepted is not None
    store.create(ORDER_ID, accepted)
    stored = store.load(ORDER_ID) or {}
    assert check_order(store.posted(stored)) == (accepted, [])


@pytest.mark.parametrize("end", ["completed", *CLOSED])
def test_nobody_changes_an_order_that_has_ended(end: str) -> None:
    store.create(ORDER_ID, new_order())
    ended = store.advance(ORDER_ID, end)
    for other in ("completed", *CLOSED, "shipped"):
        assert store.advance(ORDER_ID, other, fault="other") == ended


def arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-2:123456789012:function:f:1/durable-execution/{name}/an-id"


def test_only_its_owner_writes_an_order() -> None:
    store.create(ORDER_ID, new_order())
    store.write_as(arn(ORDER_ID))
    store.advance(ORDER_ID, "validated")
    before = store.load(ORDER_ID)
    store.write_as(arn("another"))
    with pytest.raises(store.NotOurs, match=ORDER_ID):
        store.advance(ORDER_ID, "rejected")
    assert store.load(ORDER_ID) == before


def test_the_first_execution_that_writes_an_order_without_an_owner_becomes_it() -> None:
    store.write_as(arn("first"))
    assert store.advance(ORDER_ID, "validated")["owner"] == "first"


def test_an_unknown_order_is_none() -> None:
    assert store.load(ORDER_ID) is None


def test_a_later_status_is_written_with_its_facts() -> None:
    store.create(ORDER_ID, new_order())
    order = store.advance(ORDER_ID, "validated", chargeId="ch_1")
    assert (order["status"], order["chargeId"]) == ("validated", "ch_1")


def test_the_same_or_an_earlier_status_changes_nothing() -> None:
    store.advance(ORDER_ID, "packaged", package="first")
    before = store.load(ORDER_ID)
    assert store.advance(ORDER_ID, "packaged", package="second") == before
    assert store.advance(ORDER_ID, "validated") == before
    assert store.load(ORDER_ID) == before


@given(st.lists(st.sampled_from([*STATUSES, *CLOSED]), max_size=12))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_status_never_goes_backwards_whatever_is_replayed(aws: Any, writes: list[str]) -> None:
    aws.delete_item(TableName="orders", Key={"orderId": ORDER_ID})
    for status in writes:
        store.advance(ORDER_ID, status)
    timeline = (store.load(ORDER_ID) or {"timeline": []})["timeline"]
    ranks = [store.RANKS[entry["status"]] for entry in timeline]
    assert all(earlier < later for earlier, later in pairwise(ranks))


def test_two_statuses_can_be_one_write() -> None:
    order = store.advance(ORDER_ID, "invoice-generated", "awaiting-warehouse")
    assert order["status"] == "awaiting-warehouse"
    assert [entry["status"] for entry in order["timeline"]] == [
        "invoice-generated",
        "awaiting-warehouse",
    ]


def test_the_first_time_stays_the_time_of_creation() -> None:
    created = store.advance(ORDER_ID, "validated")["createdAt"]
    assert store.advance(ORDER_ID, "shipped")["createdAt"] == created


def test_a_received_order_can_be_withdrawn() -> None:
    store.create(ORDER_ID, new_order())
    assert store.withdraw(ORDER_ID, "not started") is True
    assert (store.load(ORDER_ID) or {})["status"] == "failed"


def test_an_order_in_progress_cannot_be_withdrawn() -> None:
    store.create(ORDER_ID, new_order())
    store.advance(ORDER_ID, "validated")
    assert store.withdraw(ORDER_ID, "not started") is False
    assert (store.load(ORDER_ID) or {})["status"] == "validated"


def test_a_key_is_stored_with_its_order_or_not_at_all() -> None:
    assert store.create(ORDER_ID, new_order(), "key", "body") is None
    other = "ord-" + "2" * 32
    assert store.create(other, new_order(), "key", "other body") == {
        "orderId": ORDER_ID,
        "bodyHash": "body",
    }
    assert store.load(other) is None


def test_an_expired_key_can_be_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store.create(ORDER_ID, new_order(), "key", "body")
    later = time.time() + store.IDEMPOTENCY_SECONDS + 1
    monkeypatch.setattr("time.time", lambda: later)
    other = "ord-" + "2" * 32
    assert store.create(other, new_order(), "key", "other body") is None
    assert store.load(other) is not None


def test_a_post_that_meets_another_with_its_key_waits_for_it(
    aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "ord-" + "2" * 32
    write = aws.transact_write_items
    conflict = {"Error": {"Code": "TransactionCanceledException", "Message": "conflict"}}

    def conflicting(**_: Any) -> None:
        # DynamoDB refuses both transactions that touch a record at the same time.
        monkeypatch.setattr(aws, "transact_write_items", write)
        store.create(other, new_order(), "key", "body")
        raise aws.exceptions.TransactionCanceledException(conflict, "TransactWriteItems")

    monkeypatch.setattr(aws, "transact_write_items", conflicting)
    assert store.create(ORDER_ID, new_order(), "key", "body") == {
        "orderId": other,
        "bodyHash": "body",
    }
