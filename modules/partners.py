"""The partners: payment, warehouse, fraud, credit, carrier, email, SMS and the loyalty program.

A sandbox in the style of a payment provider's test cards: no randomness decides an outcome
(`triggers.py` does), and everything done is kept and counted (`sandbox.py`).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from database import dynamodb
from sandbox import NoAnswer, activity, all_or_none, expiry, once, table, undo, undo_unless
from triggers import SETTINGS

FULL_SHELF = 1_000_000  # units of every product without a trigger
DELIVERY_DAYS = 3


# Payment


def charge(
    order_id: str, amount_cents: int, payment_token: str, idempotency_key: str
) -> dict[str, Any]:
    """Charge the card once per key: {reference, amountCents}, or {declined: reason}."""
    declined = SETTINGS.get(("paymentToken", payment_token))
    outcome = {"declined": declined} if declined else {"amountCents": amount_cents}
    return once(order_id, f"charge#{idempotency_key}", "ch_", **outcome)


def refund(order_id: str, idempotency_key: str) -> int:
    """Refund the charge made under this key; return its cents, 0 if it was never made."""
    return int(undo(order_id, f"charge#{idempotency_key}").get("amountCents", 0))


# Warehouse


def stock_left(product_ids: Iterable[str]) -> dict[str, int]:
    """Return the units on the shelf of each product (at most 100 products)."""
    keys = {product_id: _shelf(product_id) for product_id in product_ids}
    request = {table(): {"Keys": list(keys.values()), "ConsistentRead": True}}
    answer = dynamodb().batch_get_item(RequestItems=request)
    if answer["UnprocessedKeys"]:
        raise NoAnswer("the warehouse is too busy")
    found = {row["subject"]: int(row["unitsLeft"]) for row in answer["Responses"][table()]}
    return {
        product_id: found.get(key["subject"], _delivered(product_id))
        for product_id, key in keys.items()
    }


def reserve(order_id: str, quantities: dict[str, int]) -> list[str]:
    """Take the stock of an order once, all items or none; return the products that ran out."""
    reservation = {
        "Key": {"subject": order_id, "record": "reservation"},
        "UpdateExpression": "SET quantities = :quantities, expiresAt = :expiresAt",
        "ConditionExpression": "attribute_not_exists(subject)",
        "ExpressionAttributeValues": {":quantities": quantities} | expiry(),
    }
    reasons = all_or_none([reservation, *(_take(*item) for item in quantities.items())])
    if reasons and reasons[0]:
        once(order_id, "reservation", quantities=quantities)  # the same, unless it was released
        return []
    return [product_id for product_id, short in zip(quantities, reasons[1:], strict=False) if short]


def release(order_id: str, quantities: dict[str, int]) -> bool:
    """Put an order's stock back; return False if none was reserved or it is back already."""
    if undo_unless(order_id, "reservation", "quantities"):
        return False
    reservation = {
        "Key": {"subject": order_id, "record": "reservation"},
        "UpdateExpression": "SET undone = :yes",
        "ConditionExpression": "attribute_not_exists(undone)",
        "ExpressionAttributeValues": {":yes": True},
    }
    returns = [
        {
            "Key": _shelf(product_id),
            "UpdateExpression": "ADD unitsLeft :quantity",
            "ExpressionAttributeValues": {":quantity": quantity},
        }
        for product_id, quantity in quantities.items()
    ]
    return not all_or_none([reservation, *returns])


def bin_location(product_id: str) -> str:
    """Return the aisle, rack and bin of a product: always the same for the same product."""
    digest = sha256(product_id.encode()).digest()
    return f"{chr(65 + digest[0] % 8)}-{digest[1] % 20 + 1:02}-{digest[2] % 50 + 1:02}"


def is_damaged(product_id: str) -> bool:
    """Return what the quality check finds."""
    return product_id == "sku-damaged"


def pack(order_id: str, units: int) -> dict[str, Any]:
    """Pack the order once: {reference, weightGrams}."""
    return once(order_id, "package", "pkg_", weightGrams=150 + 350 * units)


# Fraud and credit


def fraud_score(order_id: str, customer_id: str) -> int:
    """Return the fraud partner's risk score, from 0 (none) to 100."""
    usual = sha256(customer_id.encode()).digest()[0] % 50
    score = SETTINGS.get(("customerId", customer_id))
    return int(once(order_id, "fraud-score", score=usual if score is None else score)["score"])


def grants_credit(order_id: str, customer_id: str, total_cents: int) -> bool:
    """Return whether the credit agency approves this customer and amount."""
    granted = customer_id != "cust-low-credit"
    answer = once(order_id, "credit-check", granted=granted, totalCents=total_cents)
    return bool(answer["granted"])


# Carrier


def print_label(order_id: str, service: str) -> str:
    """Register a parcel with the carrier once; return its tracking number."""
    return str(once(order_id, "label", "TRK", service=service)["reference"])


def void_label(order_id: str) -> bool:
    """Cancel the label; return False if there was none."""
    return "reference" in undo(order_id, "label")


def hand_over(order_id: str) -> str:
    """Give the parcel to the carrier once; return the estimated day of delivery (ISO date)."""
    day = (datetime.now(UTC) + timedelta(days=DELIVERY_DAYS)).date().isoformat()
    return str(once(order_id, "shipment", "shp_", deliveryDate=day)["deliveryDate"])


def hold(order_id: str) -> str | None:
    """Keep the parcel from leaving; return its day of delivery if it has left, else None.

    After None, a hand-over that arrives late is refused.
    """
    return None if undo_unless(order_id, "shipment", "reference") else hand_over(order_id)


# Messages


def send_email(order_id: str, to: str, about: str, text: str) -> str:
    """Send one email per order and subject; return its reference."""
    return str(once(order_id, f"email#{about}", "msg_", to=to, text=text)["reference"])


def send_sms(order_id: str, to: str, about: str, text: str) -> str:
    """Send one SMS per order and subject; return its reference."""
    return str(once(order_id, f"sms#{about}", "msg_", to=to, text=text)["reference"])


# Loyalty programme


def add_points(order_id: str, customer_id: str, points: int) -> None:
    """Add an order's points to the customer's balance, once."""
    entry = {
        "Key": {"subject": order_id, "record": "loyalty"},
        "UpdateExpression": "SET points = :points, expiresAt = :expiresAt",
        "ConditionExpression": "attribute_not_exists(subject)",
        "ExpressionAttributeValues": {":points": points} | expiry(),
    }
    all_or_none([entry, _balance(customer_id, points)])


def points_balance(customer_id: str) -> int:
    """Return the customer's loyalty points."""
    answer = dynamodb().get_item(TableName=table(), Key=_loyalty(customer_id), ConsistentRead=True)
    return int(answer.get("Item", {}).get("points", 0))


# What was done, for people and tests; `activity` shows the rest


def ledger(order_id: str) -> dict[str, int]:
    """Return the money of an order: {charges, calls, chargedCents, refundedCents}."""
    sums: Counter[str] = Counter(charges=0, calls=0, chargedCents=0, refundedCents=0)
    for row in activity(order_id):
        if row["record"].startswith("charge#"):
            cents = int(row.get("amountCents", 0))
            sums["calls"] += int(row.get("calls", 0))
            sums["charges"] += cents > 0
            sums["chargedCents"] += cents
            sums["refundedCents"] += cents if "undone" in row else 0
    return dict(sums)


# The records behind it


def _take(product_id: str, quantity: int) -> dict[str, Any]:
    enough = "unitsLeft >= :quantity"
    if quantity <= _delivered(product_id):
        enough = f"attribute_not_exists(unitsLeft) OR {enough}"
    return {
        "Key": _shelf(product_id),
        "UpdateExpression": "SET unitsLeft = if_not_exists(unitsLeft, :delivered) - :quantity",
        "ConditionExpression": enough,
        "ExpressionAttributeValues": {
            ":quantity": quantity,
            ":delivered": _delivered(product_id),
        },
    }


def _balance(customer_id: str, points: int) -> dict[str, Any]:
    return {
        "Key": _loyalty(customer_id),
        "UpdateExpression": "ADD points :points",
        "ExpressionAttributeValues": {":points": points},
    }


def _delivered(product_id: str) -> int:
    units = SETTINGS.get(("productId", product_id))
    return FULL_SHELF if units is None else int(units)


def _shelf(product_id: str) -> dict[str, str]:
    return {"subject": f"product#{product_id}", "record": "stock"}


def _loyalty(customer_id: str) -> dict[str, str]:
    return {"subject": f"customer#{customer_id}", "record": "loyalty"}
