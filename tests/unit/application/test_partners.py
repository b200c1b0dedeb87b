"""The partners' sandbox: every effect once, every undo as often as you like."""

from typing import Any

import pytest

import partners
import sandbox
from tests.unit.samples import ORDER_ID

pytestmark = pytest.mark.usefixtures("aws")

OTHER_ID = "ord-" + "2" * 32
KEY = f"{ORDER_ID}:charge"


def test_a_repeated_charge_under_the_same_key_is_one_charge() -> None:
    first = partners.charge(ORDER_ID, 9934, "tok_ok", KEY)
    again = partners.charge(ORDER_ID, 9934, "tok_ok", KEY)
    assert first["reference"] == again["reference"]
    assert partners.ledger(ORDER_ID) == {
        "charges": 1,
        "calls": 2,
        "chargedCents": 9934,
        "refundedCents": 0,
    }


def test_charges_under_two_keys_are_two_charges() -> None:
    partners.charge(ORDER_ID, 9934, "tok_ok", "attempt-1")
    partners.charge(ORDER_ID, 9934, "tok_ok", "attempt-2")
    assert partners.ledger(ORDER_ID)["charges"] == 2
    assert partners.ledger(ORDER_ID)["chargedCents"] == 2 * 9934


def test_a_declined_card_leaves_nothing_in_the_ledger() -> None:
    answer = partners.charge(ORDER_ID, 9934, "tok_declined", KEY)
    assert answer["declined"] == "the card was declined"
    assert partners.ledger(ORDER_ID)["chargedCents"] == 0


def test_a_token_that_is_no_trigger_is_charged() -> None:
    assert "declined" not in partners.charge(ORDER_ID, 1, "tok_timeout_NAME", KEY)


def test_a_refund_pays_back_once() -> None:
    partners.charge(ORDER_ID, 9934, "tok_ok", KEY)
    assert [partners.refund(ORDER_ID, KEY), partners.refund(ORDER_ID, KEY)] == [9934, 9934]
    assert partners.ledger(ORDER_ID)["refundedCents"] == 9934


def test_a_charge_that_never_happened_is_refunded_with_nothing() -> None:
    assert partners.refund(ORDER_ID, KEY) == 0
    assert partners.ledger(ORDER_ID)["refundedCents"] == 0


def test_stock_is_taken_once_and_put_back_once() -> None:
    wanted = {"lamp": 2, "chair": 3}
    before = partners.stock_left(wanted)
    assert partners.reserve(ORDER_ID, wanted) == []
    assert partners.reserve(ORDER_ID, wanted) == []
    assert partners.stock_left(wanted) == {"lamp": 999_998, "chair": 999_997}
    assert [partners.release(ORDER_ID, wanted), partners.release(ORDER_ID, wanted)] == [True, False]
    assert partners.stock_left(wanted) == before


def test_stock_is_taken_for_all_items_or_none() -> None:
    wanted = {"lamp": 2, "sku-out-of-stock": 1, "sku-last-one": 2}
    assert partners.reserve(ORDER_ID, wanted) == ["sku-out-of-stock", "sku-last-one"]
    assert partners.stock_left(["lamp"]) == {"lamp": 1_000_000}
    assert partners.release(ORDER_ID, wanted) is False
    assert partners.stock_left(["lamp"]) == {"lamp": 1_000_000}


def test_fifty_products_are_reserved_in_one_transaction() -> None:
    wanted = {f"product-{number}": 999 for number in range(50)}
    assert partners.reserve(ORDER_ID, wanted) == []
    assert set(partners.stock_left(wanted).values()) == {999_001}


def test_the_last_one_goes_to_one_order() -> None:
    assert partners.reserve(ORDER_ID, {"sku-last-one": 1}) == []
    assert partners.reserve(OTHER_ID, {"sku-last-one": 1}) == ["sku-last-one"]


def test_a_busy_warehouse_is_a_fault_and_no_refusal(
    aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {
        "Error": {"Code": "TransactionCanceledException", "Message": "busy"},
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
    }

    def busy(**_: Any) -> None:
        raise aws.exceptions.TransactionCanceledException(answer, "TransactWriteItems")

    monkeypatch.setattr(aws, "transact_write_items", busy)
    with pytest.raises(sandbox.NoAnswer, match="too busy"):
        partners.reserve(ORDER_ID, {"lamp": 1})


def test_a_bin_is_always_the_same() -> None:
    assert partners.bin_location("lamp") == partners.bin_location("lamp")


def test_scores_are_the_same_for_every_order_of_a_customer() -> None:
    scores = [partners.fraud_score(order_id, "cust-1") for order_id in (ORDER_ID, OTHER_ID)]
    assert scores[0] == scores[1] < 50
    assert partners.fraud_score(ORDER_ID + "f", "cust-fraud") == 95


def test_a_label_is_printed_once_and_can_be_voided_twice() -> None:
    first = partners.print_label(ORDER_ID, "StandardShip")
    assert partners.print_label(ORDER_ID, "StandardShip") == first
    assert [partners.void_label(ORDER_ID), partners.void_label(ORDER_ID)] == [True, True]


def test_what_never_happened_can_be_undone() -> None:
    assert partners.void_label(ORDER_ID) is False
    assert partners.hold(ORDER_ID) is None
    assert partners.release(ORDER_ID, {"lamp": 1}) is False
    assert partners.stock_left(["lamp"]) == {"lamp": 1_000_000}


def test_a_charge_that_arrives_after_its_refund_moves_no_money() -> None:
    partners.refund(ORDER_ID, KEY)
    with pytest.raises(sandbox.Undone, match="was undone"):
        partners.charge(ORDER_ID, 9934, "tok_ok", KEY)
    assert partners.ledger(ORDER_ID)["chargedCents"] == 0


def test_a_parcel_handed_over_twice_keeps_its_day_of_delivery() -> None:
    assert partners.hand_over(ORDER_ID) == partners.hand_over(ORDER_ID)


def test_points_are_added_once() -> None:
    partners.add_points(OTHER_ID, "cust-1", 5)
    for _ in range(2):
        partners.add_points(ORDER_ID, "cust-1", 9)
    assert partners.points_balance("cust-1") == 14


def test_a_message_is_sent_once_and_its_calls_are_counted() -> None:
    first = partners.send_email(ORDER_ID, "a@b.co", "shipped", "text")
    assert partners.send_email(ORDER_ID, "a@b.co", "shipped", "text") == first
    (row,) = sandbox.activity(ORDER_ID)
    assert (row["record"], row["calls"]) == ("email#shipped", 2)


def test_references_cannot_be_guessed() -> None:
    references = {partners.pack(f"{ORDER_ID}{n}", 1)["reference"] for n in range(20)}
    assert len(references) == 20
    assert all(len(reference) == len("pkg_") + 20 for reference in references)
