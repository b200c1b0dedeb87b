"""The 17 operations when partners time out or stay down, and processes die."""

from typing import Any

import pytest

import faults
import partners
import sandbox
from contract import OPERATIONS, STEPS, UNDOES
from tests.unit.samples import (
    WRITTEN,
    Process,
    item,
    possessions,
    posted,
    undone,
)

# In the order they are run, and the operation from which on each may be needed.
UNDOS = dict(reversed(UNDOES.items()))


@pytest.mark.parametrize("name", [name for name in STEPS if name != "send-notifications"])
def test_a_partner_that_stays_down_fails_the_order_and_undoes_what_may_be_done(
    process: Process, name: str
) -> None:
    before = possessions()
    run = process(posted(item(quantity=1, price=1200)), paymentToken=f"tok_down_{name}")
    assert run.execution == "FAILED"
    assert run.order["status"] == "failed"
    reason = f"a technical fault outlived its retries: {name}: the partner is down"
    assert run.order["errorMessage"] == reason
    assert undone(run) == [
        undo for undo, done in UNDOS.items() if STEPS.index(done) <= STEPS.index(name)
    ]
    assert possessions() == before
    assert run.ledger["chargedCents"] == run.ledger["refundedCents"]


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
    assert deaths == [name]
    assert run.operations == list(OPERATIONS)
    assert run.statuses == WRITTEN
    assert run.ledger["charges"] == 1
    assert partners.stock_left(["sku-lamp"]) == {"sku-lamp": 999_999}
    assert partners.points_balance("cust-1") == 120


def test_an_undo_that_cannot_be_done_is_left_to_a_person_by_name(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise sandbox.NoAnswer("the bank is closed")

    monkeypatch.setattr(partners, "refund", refuse)
    run = process(customerId="cust-fraud")
    assert run.execution == "FAILED"
    assert run.order["status"] == "failed"
    assert run.order["errorMessage"].endswith("still to be undone by hand: refund-payment")
    assert partners.stock_left(["sku-lamp"]) == {"sku-lamp": 1_000_000}
