"""Exact money: whole cents inside, JSON numbers with at most two decimals at the edges.

A float cannot hold 45.99, so no amount is ever added, compared or rounded as one. `to_cents` is
the only way in and `to_json` the only way out.
"""

import json
from decimal import Decimal, InvalidOperation

TAX_PERCENT = 8
CENT = Decimal("0.01")
HIGHEST_PRICE = Decimal("1000000.00")


def to_cents(price: object) -> int:
    """Return the cents of a price read from JSON: 45.99 gives 4599.

    Raises ValueError, with the rule that was broken, unless the price is a number above zero,
    at most 1,000,000.00 and of at most two decimals. A float is taken by its shortest decimal
    form, which is the text it was read from (a Lambda event arrives already parsed).
    """
    if isinstance(price, bool) or not isinstance(price, int | float | Decimal):
        raise ValueError("must be a number")  # noqa: TRY004 - one kind of error for one rule
    try:
        amount = Decimal(str(price)) if isinstance(price, float) else Decimal(price)
        in_range = 0 < amount <= HIGHEST_PRICE
    except InvalidOperation:
        in_range = False
    if not in_range:
        raise ValueError("must be above 0 and at most 1,000,000.00")
    if amount != amount.quantize(CENT):
        raise ValueError("must have at most two decimals")
    return int(amount * 100)


def from_cents(cents: int) -> Decimal:
    """Return the amount as a Decimal with two decimals: 9198 gives 91.98."""
    return Decimal(cents).scaleb(-2)


def show(cents: int) -> str:
    """Return the amount as people read it: 350000 gives 3,500.00."""
    return f"{from_cents(cents):,.2f}"


def tax_cents(subtotal_cents: int) -> int:
    """Return 8% of the subtotal, rounded half up to the cent: 9198 gives 736."""
    return (subtotal_cents * TAX_PERCENT + 50) // 100


def to_json(value: object, *, stable: bool = False) -> str:
    """Return JSON text in which a Decimal is a number; if `stable`, equal values give equal text.

    The standard library writes no Decimal, so each becomes a float at the moment of writing. Its
    shortest form is exact up to 15 digits, and our largest possible total has 13.
    """
    return json.dumps(value, default=_number, sort_keys=stable, separators=(",", ":"))


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
