"""An order is forked after each operation: it ends well, and does again only what is left."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.conftest import Ended, Partners
from workshop.aws.stack import Stack
from workshop.commands import executions as commands
from workshop.errors import WorkshopError
from workshop.orders import client as orders
from workshop.orders import forks, history
from workshop.orders.contract import OPERATIONS
from workshop.orders.forks import EFFECTS, Fork


@pytest.fixture
def completed(place) -> Ended:
    """An order over 1,000.00, so that its credit is checked, too."""
    return place(price=600.0)


def ended(stack: Stack, fork: Fork) -> history.Run:
    fork.start()
    return list(history.watch(stack, fork.order_id, timeout_seconds=120))[-1]


def test_a_fork_after_each_operation_completes_and_does_only_what_was_said(
    stack: Stack, completed: Ended, partners: Partners
) -> None:
    order_id = completed.order["orderId"]
    before = partners.records(order_id)
    made = [forks.plan(stack, order_id, operation, {}) for operation in OPERATIONS]
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda fork: ended(stack, fork), made))

    for number, (fork, run) in enumerate(zip(made, runs, strict=True), 1):
        assert (fork.after, run.state) == (OPERATIONS[number - 1], "succeeded")
        assert tuple(run.names) == OPERATIONS
        order = orders.get(stack, fork.order_id)
        assert order is not None
        assert (order["status"], order["total"]) == ("completed", completed.order["total"])
        statuses = [entry["status"] for entry in order["timeline"]]
        assert statuses == [entry["status"] for entry in completed.order["timeline"]]
        begun = run.invocations[0].started_at
        assert [o.name for o in run.operations if o.ended_at and o.ended_at > begun] == list(
            OPERATIONS[number:]
        )
        said = {record for name in fork.again for record in EFFECTS[name].records}
        did = {name.partition(fork.order_id)[0] for name in partners.records(fork.order_id)}
        assert did == said, fork.warning
        assert all(EFFECTS[name].what in fork.warning for name in fork.again)
    assert partners.records(order_id) == before


def test_a_fork_of_an_order_that_was_stopped_by_a_refusal_can_go_another_way(
    stack: Stack, place, partners: Partners
) -> None:
    refused = place(customer_id="cust-fraud")
    order_id = refused.order["orderId"]
    fork = forks.plan(stack, order_id, "reserve-inventory", {"customer_id": "cust-ada"})
    run = ended(stack, fork)
    assert run.state == "succeeded"
    assert tuple(run.names) == OPERATIONS
    order = orders.get(stack, fork.order_id)
    assert order is not None
    assert (order["status"], order["errorMessage"]) == ("completed", None)
    assert partners.charges(fork.order_id) == []


def test_the_command_warns_and_shows_both_ledgers(stack: Stack, completed: Ended, capsys) -> None:
    order_id = completed.order["orderId"]
    assert commands.fork([order_id, "--after", "carrier-pickup"]) == 0
    shown = capsys.readouterr().out
    assert "ship-order ships a parcel" in shown
    assert "process-payment charges" not in shown
    assert "shipment" in shown


def test_what_cannot_be_forked_is_refused(stack: Stack, completed: Ended) -> None:
    order_id = completed.order["orderId"]
    with pytest.raises(WorkshopError, match="has no operation 'pay'"):
        forks.plan(stack, order_id, "pay", {})
    with pytest.raises(WorkshopError, match="cannot change 'price'"):
        forks.plan(stack, order_id, "process-payment", {"price": "1"})
