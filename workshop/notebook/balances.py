"""The shop's balances, read from its tables: stock, points and money, before and after an order."""

from __future__ import annotations

from dataclasses import dataclass

from workshop.display import Table
from workshop.notebook.results import Processed
from workshop.notebook.session import stack
from workshop.orders import ledger

FULL_SHELF = 1_000_000  # units of a product that nobody has ordered yet


@dataclass(frozen=True)
class Books:
    """Units of a product on the shelf and points of a customer, at one time."""

    product_id: str
    customer_id: str
    units: int
    points: int


def books(product_id: str = "sku-mug", customer_id: str = "cust-ada") -> Books:
    """Return the units of a product on the shelf and the points of a customer, as of now."""
    return Books(product_id, customer_id, units_of(product_id), points_of(customer_id))


def units_of(product_id: str) -> int:
    """Return the units of a product on the shelf."""
    shelf = ledger.records(stack(), f"product#{product_id}").get("stock", {})
    return int(shelf.get("unitsLeft", FULL_SHELF))


def points_of(customer_id: str) -> int:
    """Return the loyalty points of a customer."""
    return int(
        ledger.records(stack(), f"customer#{customer_id}").get("loyalty", {}).get("points", 0)
    )


def changes(before: Books, order: Processed) -> Table:
    """Return what an order has changed: its money, and the differences in stock and points."""
    after = books(before.product_id, before.customer_id)
    charges = [
        row
        for name, row in ledger.records(stack(), order.order_id).items()
        if name.startswith("charge#")
    ]
    charged = sum(int(row.get("amountCents", 0)) for row in charges)
    refunded = sum(int(row.get("amountCents", 0)) for row in charges if "undone" in row)
    rows = [
        ("money", f"{charged} cents charged, {refunded} refunded", _signed(charged - refunded)),
        ("stock", f"units of {before.product_id}", _signed(after.units - before.units)),
        ("points", f"of {before.customer_id}", _signed(after.points - before.points)),
    ]
    return Table("What this order changed", ("book", "of what", "change"), rows)


def _signed(change: int) -> str:
    return f"{change:+d}" if change else "0, as before"
