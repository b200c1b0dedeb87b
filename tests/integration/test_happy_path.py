"""An order that goes well."""

import time

from tests.integration.conftest import await_end
from workshop.orders import client as orders
from workshop.orders import history
from workshop.orders.contract import OPERATIONS, STATUSES


def test_an_order_runs_the_17_operations_of_the_contract_in_order(place):
    ended = place()
    assert ended.status == "completed"
    assert ended.run.state == "succeeded"
    assert ended.run.names == list(OPERATIONS)


def test_it_takes_three_invocations_around_its_two_waits(place):
    run = place().run
    assert len(run.invocations) == 3
    waits = [(o.name, o.wait_seconds) for o in run.operations if o.kind == "wait"]
    assert waits == [("warehouse-processing", 300), ("carrier-pickup", 180)]
    for name, seconds in waits:
        wait = run.find(name)
        # The clock skips to the end of a wait; what a busy machine adds is no part of it.
        assert seconds <= (wait.ended_at - wait.started_at).total_seconds() < seconds + 60


def test_its_history_is_watched_without_reading_all_of_it_again(stack, monkeypatch):
    monkeypatch.setattr(history, "NEWEST", 2)  # so that what is new needs several pages
    asked = []
    events, name = stack.target.client("lambda").meta.events, "GetDurableExecutionHistory"
    event = f"provide-client-params.lambda.{name}"
    note = lambda params, **_: asked.append(params.get("ReverseOrder", False))  # noqa: E731
    events.register(event, note)
    run = list(history.watch(stack, orders.submit(stack, orders.example())))[-1]
    events.unregister(event, note)
    assert asked == [False] + [True] * (len(asked) - 1)
    assert run == history.read(stack, run.arn)


def test_its_customer_sees_every_status_once_and_in_order(place):
    order = place().order
    assert [entry["status"] for entry in order["timeline"]] == list(STATUSES)
    assert order["progress"] == {"done": 17, "of": 17}
    assert order["total"] == 91.98
    assert order["errorMessage"] is None


def test_small_orders_skip_the_credit_check_and_say_why(place):
    assert "not over 1,000.00" in place().run.find("credit-check").result["skipped"]


def test_an_order_of_3500_has_its_credit_checked_and_ships_express(place):
    run = place(price=3500.00, quantity=1).run
    assert run.find("credit-check").result == {"granted": True}
    assert run.find("generate-shipping-label").result["service"] == "ExpressShip"


def test_the_charge_is_the_invoice_to_the_cent(place, partners):
    ended = place()
    invoice = ended.run.find("generate-invoice").result
    assert invoice == {"subtotalCents": 9198, "taxCents": 736, "totalCents": 9934}
    charges = partners.charges(ended.order["orderId"])
    assert [int(charge["amountCents"]) for charge in charges] == [invoice["totalCents"]]


def test_items_are_picked_one_by_one_and_messages_sent_side_by_side(place):
    run = place().run
    assert (run.find("pick-items").kind, run.find("send-notifications").kind) == ("map", "parallel")
    assert len(run.find("pick-items").children) == 1
    assert len(run.find("send-notifications").children) == 2


def test_thirty_orders_at_once_all_complete(stack):
    order_ids = [orders.submit(stack, orders.example()) for _ in range(30)]
    assert {await_end(stack, order_id).status for order_id in order_ids} == {"completed"}


def test_a_status_never_goes_backwards_while_it_is_watched(stack):
    order_id = orders.submit(stack, orders.example())
    seen: list[str] = []
    while not seen or seen[-1] != "completed":
        order = orders.get(stack, order_id)
        assert order is not None
        seen.append(order["status"])
        time.sleep(0.02)
    ranks = [list(STATUSES).index(status) for status in seen]
    assert ranks == sorted(ranks)


def test_an_order_can_be_read_as_soon_as_it_is_accepted(stack):
    for _ in range(10):
        order = orders.get(stack, orders.submit(stack, orders.example()))
        assert order is not None
        assert order["total"] == 91.98


def test_an_unknown_order_is_not_found(stack):
    assert orders.get(stack, "ord-" + "0" * 32) is None
    assert orders.get(stack, "nonsense") is None
