"""The 17 operations, run by the SDK's in-process runner against tables in memory."""

from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import pytest

import partners
import sandbox
import store
from contract import OPERATIONS, STATUSES
from database import dynamodb
from outcomes import NewOrder
from reasons import OUT_OF_STOCK, REASONS
from rules import check_order
from tests.unit.samples import ORDER_ID, WRITTEN, Process, Run, item, possessions, posted, undone

Runner = Callable[..., Run]
REFUSALS = [
    ({"paymentToken": "tok_declined"}, "the card was declined", []),
    ({"paymentToken": "tok_insufficient_funds"}, "the account has insufficient funds", []),
    ({"items": [item(productId="sku-out-of-stock")]}, "out of stock: sku-out-of-stock", []),
    ({"items": [item(productId="sku-last-one")]}, "out of stock: sku-last-one", []),
    (
        {"items": [item(), item(productId="sku-damaged")]},
        "damaged: sku-damaged",
        ["release-inventory", "refund-payment"],
    ),
    (
        {"customerId": "cust-fraud"},
        "the risk score of 95 is above the limit of 80",
        ["release-inventory", "refund-payment"],
    ),
    (
        {"customerId": "cust-low-credit", "items": [item(price=500.01)]},
        "no credit for a total of 1,000.02",
        ["release-inventory", "refund-payment"],
    ),
]


def test_an_order_goes_through_the_17_operations_in_order(process: Process) -> None:
    run = process()
    assert run.operations == list(OPERATIONS)
    assert run.execution == "SUCCEEDED"
    assert run.answer["status"] == "completed"


def test_an_order_shows_its_customer_every_status_in_order(process: Process) -> None:
    assert process().statuses == WRITTEN


def test_an_order_that_was_accepted_needs_only_its_id(process: Process) -> None:
    order = posted(paymentToken="tok_declined")
    store.create(ORDER_ID, cast(NewOrder, check_order(order)[0]))
    dynamodb().update_item(
        TableName="orders",
        Key={"orderId": ORDER_ID},
        UpdateExpression="REMOVE #owner",
        ExpressionAttributeNames={"#owner": "owner"},
    )
    run = process({"customerId": "somebody else"})
    assert run.order["fault"] == "the card was declined"
    assert "email#closed" in run.records
    assert "paymentToken" not in run.order


def test_an_order_needs_three_invocations(process: Process) -> None:
    assert process().invocations == 3


def test_both_waits_have_their_full_length_in_the_history(process: Process) -> None:
    run = process()
    assert run.wait_seconds("warehouse-processing") == 300
    assert run.wait_seconds("carrier-pickup") == 180


def test_an_order_costs_few_database_calls(runner: Runner, database_calls: list[str]) -> None:
    store.create(ORDER_ID, cast(NewOrder, check_order(posted(customerPhone="+1 555 0100"))[0]))
    database_calls.clear()
    run = runner({"orderId": ORDER_ID}, ORDER_ID)
    calls = Counter(database_calls)
    assert {"email#shipped", "sms#shipped"} <= set(run.records)
    assert calls == {
        "UpdateItem": 18,
        "GetItem": 2,  # both in the first operation: each other one knows what was written
        "TransactWriteItems": 2,
        "BatchGetItem": 1,
    }


def test_the_charge_is_the_invoice_to_the_cent(process: Process) -> None:
    run = process()
    invoice = {"subtotalCents": 9198, "taxCents": 736, "totalCents": 9934}
    assert run.value("generate-invoice") == invoice
    assert run.ledger == {"charges": 1, "calls": 1, "chargedCents": 9934, "refundedCents": 0}


def test_the_credit_check_of_a_small_order_is_skipped_with_the_reason(process: Process) -> None:
    run = process()
    assert run.value("credit-check") == {"skipped": "the total of 91.98 is not over 1,000.00"}
    assert "credit-check" not in run.records


def test_the_credit_check_of_a_large_order_is_done(process: Process) -> None:
    run = process(posted(item(quantity=1, price=3500)))
    assert run.value("credit-check") == {"granted": True}
    assert "credit-check" in run.records


@pytest.mark.parametrize(
    ("price", "checked"), [(1000.00, False), (1000.01, True)], ids=["at the limit", "over it"]
)
def test_credit_is_asked_for_over_a_thousand_only(
    process: Process, price: float, checked: bool
) -> None:
    run = process(posted(item(quantity=1, price=price)))
    assert ("credit-check" in run.records) == checked


@pytest.mark.parametrize(("price", "service"), [(500.00, "StandardShip"), (500.01, "ExpressShip")])
def test_a_total_over_five_hundred_ships_express(
    process: Process, price: float, service: str
) -> None:
    assert process(posted(item(quantity=1, price=price))).answer["service"] == service


def test_every_item_is_picked_and_one_product_may_be_in_two_lines(process: Process) -> None:
    run = process(posted(item(quantity=1), item(productId="tasse-é☕"), item(quantity=3)))
    picks = run.order["picks"]
    assert [pick["productId"] for pick in picks] == ["sku-lamp", "tasse-é☕", "sku-lamp"]
    assert picks[0]["bin"] == picks[2]["bin"]
    left = partners.stock_left(["sku-lamp", "tasse-é☕"])
    assert left == {"sku-lamp": 999_996, "tasse-é☕": 999_998}


def test_the_name_of_every_operation_is_one_that_lambda_takes(process: Process) -> None:
    run = process(posted(item(productId="tasse-é☕"), item(productId="x" * 64)))
    names = [operation.name for operation in run.result.get_all_operations()]
    assert {"1-tasse-??", "pick-item", "email", "send-email", "sms"} < set(names)
    assert all(name.isascii() and name.isprintable() and len(name) <= 256 for name in names)


def test_an_sms_is_sent_if_there_is_a_number(process: Process) -> None:
    run = process(customerPhone="+1 555 0100")
    assert run.order["notifications"] == {"email": "sent", "sms": "sent"}


def test_no_sms_is_sent_without_a_number_and_the_order_says_so(process: Process) -> None:
    run = process()
    assert run.order["notifications"]["sms"] == "skipped: the order has no phone number"


def test_points_are_a_tenth_of_the_total_rounded_down(process: Process) -> None:
    process()
    assert partners.points_balance("cust-1") == 9


@pytest.mark.parametrize(("changes", "fault", "undoes"), REFUSALS, ids=[r[1] for r in REFUSALS])
def test_a_refusal_is_an_answer_with_a_reason_and_is_not_retried(
    process: Process, changes: dict[str, Any], fault: str, undoes: list[str]
) -> None:
    before = possessions()
    run = process(posted(**changes))
    assert run.execution == "SUCCEEDED"
    assert run.answer["status"] == run.order["status"] == "rejected"
    assert run.order["fault"] == fault
    assert run.order["errorMessage"] in REASONS.values()
    assert undone(run) == undoes
    assert run.operations[-2:] == ["notify-customer", "close-order"]
    assert all(step.attempt == 1 for step in run.result.operations if hasattr(step, "attempt"))
    assert possessions() == before
    assert run.ledger["chargedCents"] == run.ledger["refundedCents"]


def test_a_declined_card_is_never_charged_and_so_not_refunded(process: Process) -> None:
    run = process(paymentToken="tok_declined")
    assert run.ledger["charges"] == 0
    assert "refund-payment" not in run.operations


def test_low_credit_does_not_matter_to_a_small_order(process: Process) -> None:
    assert process(customerId="cust-low-credit").answer["status"] == "completed"


def test_stock_sold_between_check_and_reservation_refunds_the_payment(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partners, "stock_left", lambda wanted: dict.fromkeys(wanted, 9))
    run = process(posted(item(productId="sku-last-one")))
    assert run.order["fault"] == "sold to somebody else a moment ago: sku-last-one"
    assert run.order["errorMessage"] == OUT_OF_STOCK
    assert undone(run) == ["refund-payment"]
    assert run.ledger["refundedCents"] == run.ledger["chargedCents"] == 9934


def test_the_last_one_is_sold_once(process: Process) -> None:
    one = posted(item(productId="sku-last-one", quantity=1))
    assert process(one).answer["status"] == "completed"
    assert process(one, order_id="ord-" + "1" * 32).answer["status"] == "rejected"


def test_an_invalid_event_is_rejected_with_every_problem(process: Process) -> None:
    run = process(posted(item(quantity=0, price=-1)))
    assert run.execution == "SUCCEEDED"
    assert run.order["status"] == "rejected"
    assert "items[0].quantity must be" in run.order["fault"]
    assert "items[0].price must be" in run.order["fault"]
    assert undone(run) == []


def test_an_event_without_an_order_id_fails_with_one_sentence(process: Process) -> None:
    run = process(order_id="order-1")
    assert run.execution == "FAILED"
    assert run.result.error.message.startswith("The event needs an orderId")
    assert run.operations == []


def test_a_second_execution_of_an_order_leaves_it_alone(process: Process) -> None:
    first = process()
    before = first.order
    again = process()
    assert again.answer["status"] == "unchanged"
    assert "belongs to the execution" in again.answer["reason"]
    assert again.operations == ["validate-order"]
    assert again.order == before


BROKEN: dict[str, Any] = {"items": [], "customerEmail": "x"}


@pytest.mark.parametrize("content", [{}, {"items": [item(price=999)]}, BROKEN])
@pytest.mark.parametrize("status", ["received", "validated", "awaiting-warehouse", "completed"])
def test_a_second_execution_changes_nothing_whatever_it_is_given(
    process: Process, status: str, content: dict[str, Any]
) -> None:
    store.create(ORDER_ID, cast(NewOrder, check_order(posted())[0]))
    store.advance(ORDER_ID, *list(STATUSES)[1 : list(STATUSES).index(status) + 1] or ["received"])
    before, records = store.load(ORDER_ID), sandbox.activity(ORDER_ID)
    run = process(posted(**content))  # under a name of its own
    assert run.answer["status"] == "unchanged"
    assert (run.order, sandbox.activity(ORDER_ID)) == (before, records)


def test_an_owner_that_was_fenced_off_stops_at_its_first_write(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick = partners.bin_location

    def taken_over(product_id: str) -> str:
        monkeypatch.setattr(partners, "bin_location", pick)
        dynamodb().update_item(
            TableName="orders",
            Key={"orderId": ORDER_ID},
            UpdateExpression="SET #owner = :other",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":other": "another"},
        )
        return pick(product_id)

    monkeypatch.setattr(partners, "bin_location", taken_over)
    run = process()
    assert run.answer["status"] == "unchanged"
    assert run.operations[-1] == "quality-check"
    assert not {"package", "email#closed"} & set(run.records)
    assert run.ledger["refundedCents"] == 0
    assert run.order["status"] == "awaiting-warehouse"
