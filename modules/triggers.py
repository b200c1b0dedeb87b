"""The sandbox's test cards: which input makes which partner say no, fail, or crash the process.

This is the one table of them. Anything that is not named here works.
"""

from typing import NamedTuple


class Trigger(NamedTuple):
    """One row: put `value` into `field` of an order, and `effect` happens.

    NAME in a value stands for any of STEPS in contract.py. `setting` is what the partner reads: the
    reason of a decline, the units on the shelf, or a score.
    """

    field: str
    value: str
    effect: str
    setting: str | int | None = None


TRIGGERS = (
    Trigger("paymentToken", "tok_declined", "the bank declines the card", "the card was declined"),
    Trigger(
        "paymentToken",
        "tok_insufficient_funds",
        "the bank declines: no funds",
        "the account has insufficient funds",
    ),
    Trigger("paymentToken", "tok_timeout_NAME", "that partner times out twice, then works"),
    Trigger("paymentToken", "tok_down_NAME", "that partner never answers"),
    Trigger("paymentToken", "tok_crash_before_NAME", "the process dies once, before the work"),
    Trigger("paymentToken", "tok_crash_after_NAME", "the process dies once, after the work"),
    Trigger("paymentToken", "tok_slow", "every partner takes a second longer"),
    Trigger("productId", "sku-out-of-stock", "none on the shelf", 0),
    Trigger("productId", "sku-last-one", "one on the shelf, for all orders together", 1),
    Trigger("productId", "sku-damaged", "found damaged by the quality check"),
    Trigger("customerId", "cust-fraud", "risk score above the limit", 95),
    Trigger("customerId", "cust-review", "risk score in the review band", 70),
    Trigger("customerId", "cust-low-credit", "credit refused, if it is asked for"),
)

TECHNICAL = ("tok_timeout_", "tok_down_", "tok_crash_", "tok_slow")

SETTINGS = {(row.field, row.value): row.setting for row in TRIGGERS}


def test_card(token: object) -> str:
    """Return the technical fault that a token asks for, such as `down_ship-order`; "" if none."""
    asks = isinstance(token, str) and token.startswith(TECHNICAL)
    return str(token).removeprefix("tok_") if asks else ""
