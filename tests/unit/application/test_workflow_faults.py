"""The 17 operations when partners time out or stay down, and processes die."""

from typing import Any

import pytest

import faults
import partners
import patience
import sandbox
import store
from contract import OPERATIONS, STEPS, UNDOES
from reasons import REASONS, TECHNICAL
from tests.unit.samples import (
    WRITTEN,
    Process,
    Run,
    item,
    possessions,
    posted,
    undone,
)

# In the order they are run, and the operation from which on each may be needed.
UNDOS = dict(reversed(UNDOES.items()))


PIVOT = STEPS.index("ship-order")
HOURS_AWAY = 20  # attempts
MESSAGES_AWAY = patience.attempts_of(2)


def waited_hours(run: Run) -> float:
    """How long the order took by its own clock."""
    moments = [event.event_timestamp for event in run.events]
    return (max(moments) - min(moments)).total_seconds() / 3600


@pytest.mark.parametrize("name", STEPS[: PIVOT + 1])
def test_a_partner_that_stays_down_fails_the_order_and_undoes_what_may_be_done(
    process: Process, name: str
) -> None:
    before = possessions()
    run = process(posted(item(quantity=1, price=1200)), paymentToken=f"tok_down_{name}")
    assert run.execution == "FAILED"
    assert run.order["status"] == "failed"
    assert run.order["errorMessage"] == TECHNICAL
    assert run.order["fault"] == f"a fault outlived its retries: {name}: the partner is down"
    assert run.result.error.message == run.order["fault"]
    assert "waitsForPersonSince" not in run.order
    assert undone(run) == [
        undo for undo, done in UNDOS.items() if STEPS.index(done) <= STEPS.index(name)
    ]
    assert possessions() == before
    assert run.ledger["chargedCents"] == run.ledger["refundedCents"]


@pytest.mark.parametrize("name", ["update-loyalty-points", "complete-order"])
def test_an_order_whose_parcel_has_left_is_not_undone_and_waits_for_a_person(
    process: Process, name: str
) -> None:
    run = process(paymentToken=f"tok_down_{name}")
    assert run.execution == "FAILED"
    assert run.operations[-2:] == [name, "call-a-person"]
    assert undone(run) == []
    assert run.order["status"] == "shipped"
    assert run.order["waitsForPersonSince"]
    assert run.order["fault"].endswith(f"{name}: the partner is down")
    assert "errorMessage" not in run.order
    assert "email#shipped" in run.records
    assert "email#closed" not in run.records
    assert run.ledger["refundedCents"] == 0


def test_a_parcel_that_left_although_every_answer_was_lost_goes_forward(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over = partners.hand_over

    def unanswered(order_id: str) -> str:
        hand_over(order_id)
        raise sandbox.NoAnswer("the answer was lost")

    def hold(order_id: str) -> str | None:
        monkeypatch.setattr(partners, "hand_over", hand_over)
        return real_hold(order_id)

    real_hold = partners.hold
    monkeypatch.setattr(partners, "hand_over", unanswered)
    monkeypatch.setattr(partners, "hold", hold)
    run = process()
    assert run.answer["status"] == "completed"
    assert run.statuses == WRITTEN
    assert run.operations == [*OPERATIONS[:14], "hold-parcel", *OPERATIONS[14:]]
    assert run.ledger["refundedCents"] == 0


def test_a_parcel_that_nobody_knows_of_is_left_to_a_person_with_all_that_was_done(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unanswered(_order_id: str) -> str:
        raise sandbox.NoAnswer("the carrier is closed")

    monkeypatch.setattr(partners, "hold", unanswered)
    run = process(paymentToken="tok_down_ship-order")
    assert run.operations[-2:] == ["hold-parcel", "call-a-person"]
    assert run.order["status"] == "awaiting-pickup"
    assert run.order["waitsForPersonSince"]
    assert run.ledger["refundedCents"] == 0


def test_messages_that_cannot_be_sent_do_not_undo_a_shipped_order(process: Process) -> None:
    run = process(paymentToken="tok_down_send-notifications", customerPhone="+1 555 0100")
    assert run.answer["status"] == "completed"
    assert run.operations == list(OPERATIONS)
    failed = "failed: send-notifications: the partner is down"
    assert run.order["notifications"] == {"email": failed, "sms": failed}


@pytest.mark.parametrize("name", STEPS)
def test_a_partner_that_times_out_twice_is_ridden_out_and_its_work_done_once(
    process: Process, name: str
) -> None:
    run = process(posted(item(quantity=1, price=1200)), paymentToken=f"tok_timeout_{name}")
    assert run.operations == list(OPERATIONS)
    assert run.statuses == WRITTEN
    assert run.ledger["charges"] == 1
    assert run.ledger["chargedCents"] == 129600
    assert partners.stock_left(["sku-lamp"]) == {"sku-lamp": 999_999}
    assert partners.points_balance("cust-1") == 120
    assert f"timeout#{name}" in run.records


@pytest.mark.parametrize("name", STEPS)
def test_an_operation_cut_off_after_its_work_does_not_do_it_twice(
    process: Process, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    deaths: list[str] = []

    def die() -> None:
        # The real one ends the process; here, only the operation is cut off and runs again.
        deaths.append(name)
        raise sandbox.NoAnswer("the process died")

    monkeypatch.setattr(faults, "die", die)
    order = posted(item(quantity=1, price=1200), paymentToken=f"tok_crash_after_{name}")
    run = process(order)
    # Two messages are sent at the same time, and DynamoDB in memory may count both as the first.
    assert set(deaths) == {name}
    assert run.operations == list(OPERATIONS)
    assert run.statuses == WRITTEN
    assert run.ledger["charges"] == 1
    assert partners.stock_left(["sku-lamp"]) == {"sku-lamp": 999_999}
    assert partners.points_balance("cust-1") == 120


def test_an_order_that_ends_while_the_table_is_away_for_hours_ends_when_it_is_back(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance, calls = store.advance, list[Any]()

    def away(order_id: str, *statuses: str, **facts: Any) -> dict[str, Any]:
        if statuses == ("completed",) and len(calls) < HOURS_AWAY:
            calls.append(statuses)
            raise sandbox.NoAnswer("the table is away")
        return advance(order_id, *statuses, **facts)

    monkeypatch.setattr(store, "advance", away)
    run = process()
    assert (len(calls), run.statuses) == (HOURS_AWAY, WRITTEN)
    assert waited_hours(run) > 1


def test_an_undo_whose_partner_is_away_for_hours_calls_a_person_and_goes_on(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund, waiting = partners.refund, list[Any]()

    def away(order_id: str, key: str) -> int:
        order = store.load(order_id) or {}
        waiting.append(order.get("waitsForPersonSince"))
        if len(waiting) < HOURS_AWAY:
            raise sandbox.NoAnswer("the bank is away")
        return refund(order_id, key)

    monkeypatch.setattr(partners, "refund", away)
    run = process(customerId="cust-fraud")
    assert run.order["status"] == "rejected"
    assert run.ledger["refundedCents"] == run.ledger["chargedCents"]
    assert waiting[0] is None
    assert waiting[-1], "a person was called on the way"
    assert "waitsForPersonSince" not in run.order


def test_a_customer_hears_of_the_end_although_messages_were_away_for_two_hours(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, calls = partners.send_email, list[Any]()

    def away(*given: str) -> str:
        calls.append(given)
        if len(calls) < MESSAGES_AWAY:
            raise sandbox.NoAnswer("no email leaves")
        return send(*given)

    monkeypatch.setattr(partners, "send_email", away)
    run = process(customerId="cust-fraud")
    assert run.order["status"] == "rejected"
    assert "email#closed" in run.records
    assert "waitsForPersonSince" not in run.order


def test_an_undo_that_cannot_be_done_is_left_to_a_person_by_name(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise sandbox.NoAnswer("the bank is closed")

    monkeypatch.setattr(partners, "refund", refuse)
    run = process(customerId="cust-fraud")
    assert run.execution == "FAILED"
    assert run.order["status"] == "failed"
    assert run.order["errorMessage"] == REASONS["fraud-check"]
    assert run.order["fault"].endswith("still to be undone by hand: refund-payment")
    assert run.order["waitsForPersonSince"]
    assert partners.stock_left(["sku-lamp"]) == {"sku-lamp": 1_000_000}
