"""What a customer sees of an order: from the stored item to the answer of GET /orders/{orderId}."""

from collections.abc import Mapping
from typing import Any

from contract import CLOSED, OPERATIONS, STATUSES
from money import from_cents


def describe(order: Mapping[str, Any]) -> dict[str, Any]:
    """The answer for a stored order; amounts are Decimals, times ISO 8601 in UTC.

    An order that was closed early shows how far it had come. One that was refused by the processor
    without ever being posted has no customer and no items.
    """
    total_cents = order.get("totalCents")
    return {
        "orderId": order["orderId"],
        "status": order["status"],
        "customerId": order.get("customerId"),
        "customerEmail": order.get("customerEmail"),
        "total": None if total_cents is None else from_cents(int(total_cents)),
        "items": [_item(item) for item in order.get("items", [])],
        "createdAt": order["createdAt"],
        "lastUpdated": order["lastUpdated"],
        "errorMessage": order.get("errorMessage"),
        "progress": {"done": operations_done(order), "of": len(OPERATIONS)},
        "timeline": [{"status": entry["status"], "at": entry["at"]} for entry in order["timeline"]],
    }


def operations_done(order: Mapping[str, Any]) -> int:
    """How many of the 17 operations the order has behind it."""
    reached = [entry["status"] for entry in order["timeline"] if entry["status"] not in CLOSED]
    return STATUSES[reached[-1]] if reached else 0


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "productId": item["productId"],
        "name": item["name"],
        "quantity": int(item["quantity"]),
        "price": from_cents(int(item["priceCents"])),
    }
