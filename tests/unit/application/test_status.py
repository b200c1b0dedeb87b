"""What a customer sees of an order."""

from decimal import Decimal
from typing import Any

import pytest

from contract import OPERATIONS
from status import describe

AT = "2026-01-05T08:00:00.000Z"


def stored(*statuses: str, **facts: Any) -> dict[str, Any]:
    """An order as DynamoDB returns it."""
    order = {
        "orderId": "ord-1",
        "status": statuses[-1],
        "rank": Decimal(3),
        "customerId": "cust-1",
        "customerEmail": "ada@example.com",
        "items": [
            {
                "productId": "lamp",
                "name": "Lamp",
                "quantity": Decimal(2),
                "priceCents": Decimal(4599),
            }
        ],
        "totalCents": Decimal(9198),
        "createdAt": AT,
        "lastUpdated": AT,
        "timeline": [{"status": status, "at": AT} for status in statuses],
        "chargeId": "ch_1",
    }
    return order | facts


def test_a_customer_sees_these_fields_and_no_others() -> None:
    assert describe(stored("received", "validated")) == {
        "orderId": "ord-1",
        "status": "validated",
        "customerId": "cust-1",
        "customerEmail": "ada@example.com",
        "total": Decimal("91.98"),
        "items": [{"productId": "lamp", "name": "Lamp", "quantity": 2, "price": Decimal("45.99")}],
        "createdAt": AT,
        "lastUpdated": AT,
        "errorMessage": None,
        "progress": {"done": 1, "of": len(OPERATIONS)},
        "timeline": [{"status": "received", "at": AT}, {"status": "validated", "at": AT}],
    }


@pytest.mark.parametrize(
    ("status", "done"),
    [("received", 0), ("awaiting-warehouse", 7), ("shipped", 14), ("completed", len(OPERATIONS))],
)
def test_progress_counts_the_operations_done(status: str, done: int) -> None:
    assert describe(stored(status))["progress"]["done"] == done


def test_a_closed_order_shows_how_far_it_had_come_and_why_it_ended() -> None:
    order = stored("received", "validated", "inventory-checked", "rejected", errorMessage="no card")
    assert describe(order)["progress"]["done"] == 2
    assert describe(order)["errorMessage"] == "no card"


def test_what_operators_read_is_not_for_customers() -> None:
    order = stored("received", "failed", fault="AccessDenied", waitsForPersonSince="2026-01-01")
    assert not {"fault", "waitsForPersonSince"} & describe(order).keys()


def test_an_order_refused_before_anything_was_stored_can_be_shown() -> None:
    order = stored("rejected")
    for name in ("customerId", "customerEmail", "items", "totalCents"):
        del order[name]
    answer = describe(order)
    assert (answer["total"], answer["items"], answer["progress"]["done"]) == (None, [], 0)
