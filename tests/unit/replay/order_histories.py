"""Twenty orders that go different ways, recorded: ended well or badly, or on their way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

import owners
import partners
import store
import workflow
from outcomes import NewOrder
from rules import check_order
from tests.unit.replay.recording import NO, events_of, stopped
from tests.unit.samples import ORDER_ID, item, posted
from workshop.localcloud.durable.history import Event

APPROVED = {"callback": "review-order create callback id", "answer": b'{"decision": "approve"}'}
REJECTED = APPROVED | {"answer": b'{"decision": "reject"}'}
FAILED_REVIEW = APPROVED | {"answer": NO}
Changes = dict[str, Any]

# What is changed of an order, and the options of `events_of`.
ORDERS: dict[str, tuple[Changes, Changes]] = {
    "completed": ({}, {}),
    "three lines, by SMS too": (
        {"items": [item(), item(productId="sku-mug"), item()], "customerPhone": "+1 555 0100"},
        {},
    ),
    "large": ({"items": [item(price=899.0)]}, {}),
    "invalid": ({"items": []}, {}),
    "out of stock": ({"items": [item(productId="sku-out-of-stock")]}, {}),
    "declined": ({"paymentToken": "tok_declined"}, {}),
    "fraud, undone": ({"customerId": "cust-fraud"}, {}),
    "no credit, undone": ({"customerId": "cust-low-credit", "items": [item(price=899.0)]}, {}),
    "damaged, undone": ({"items": [item(), item(productId="sku-damaged")]}, {}),
    "fraud check down": ({"paymentToken": "tok_down_fraud-check"}, {}),
    "carrier down, undone": ({"paymentToken": "tok_down_ship-order"}, {}),
    "points down, left to a person": ({"paymentToken": "tok_down_update-loyalty-points"}, {}),
    "payment retried": ({"paymentToken": "tok_timeout_process-payment"}, {}),
    "approved": ({"customerId": "cust-review"}, APPROVED),
    "rejected, undone": ({"customerId": "cust-review"}, REJECTED),
    "review failed": ({"customerId": "cust-review"}, FAILED_REVIEW),
    "crashed in the payment": ({}, {"until": "process-payment"}),
    "in the warehouse": ({}, {"until": "warehouse-processing"}),
    "while picking": ({}, {"until": "pick-item"}),
    "while notifying": ({}, {"until": "send-sms"}),
}


def accepted() -> dict[str, Any]:
    store.create(ORDER_ID, cast(NewOrder, check_order(posted())[0]))
    return store.load(ORDER_ID) or {}


def cancelled() -> str:
    return owners.take_over(accepted(), to_cancel=True)


def shipped() -> str:
    order = accepted()
    label = {"service": "StandardShip", "trackingNumber": "TRK1"}
    store.advance(ORDER_ID, "awaiting-pickup", label=label)
    partners.hand_over(ORDER_ID)
    return owners.take_over(order)


# Executions that take an order over; each function returns the name of such an execution.
SUCCESSORS = {"successor of a cancelled one": cancelled, "successor of a shipped one": shipped}


def histories(empty_tables: Callable[[], None]) -> dict[str, list[Event]]:
    """Process the orders, each with empty tables; return their histories."""
    found = {}
    for name, (changes, options) in ORDERS.items():
        empty_tables()
        event = {"orderId": ORDER_ID, **posted(), **changes}
        found[name] = events_of(workflow.handler, event, **options)
    found["cancelled in the warehouse"] = stopped(found["in the warehouse"])
    for name, take_over in SUCCESSORS.items():
        empty_tables()
        with executing_as(take_over()) as execution:
            events = events_of(workflow.handler, {"orderId": ORDER_ID})
            found[name] = [named(event, execution) for event in events]
    return found


def named(event: Event, execution: str) -> Event:
    is_its_own = event["EventType"].startswith("Execution")
    return event | {"Name": execution} if is_its_own else event


@contextmanager
def executing_as(name: str) -> Iterator[str]:
    """The runner does not put the names of executions into their ARNs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "name_of", lambda _arn: name)
        yield name
