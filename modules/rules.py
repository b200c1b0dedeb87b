"""The rules of a valid order. Every problem is named, not only the first.

The order API and the processor share them: the API refuses a bad order before it exists, and the
processor, which can also be invoked without the API, checks every order again.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, cast

from money import to_cents
from outcomes import NewOrder

MOST_ITEMS = 50
MOST_UNITS = 999
ORDER_ID = re.compile(r"ord-[0-9a-f]{32}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,18}[0-9]")
PAYMENT_TOKEN = re.compile(r"tok_[A-Za-z0-9_-]{1,76}")

ORDER_FIELDS = {"customerId", "customerEmail", "customerPhone", "paymentToken", "items"}
ITEM_FIELDS = {"productId", "name", "quantity", "price"}
MISSING = object()


def check_order(posted: object) -> tuple[NewOrder | None, list[str]]:
    """The order with its prices in cents and its total, or None and every problem it has.

    `posted` is any JSON value; nothing in it makes this raise.
    """
    if not isinstance(posted, dict):
        return None, ["the order must be a JSON object"]
    problems = list(_order_problems(posted))
    if problems:
        return None, problems
    items = [
        {
            "productId": item["productId"],
            "name": item["name"],
            "quantity": item["quantity"],
            "priceCents": to_cents(item["price"]),
        }
        for item in posted["items"]
    ]
    total_cents = sum(item["priceCents"] * item["quantity"] for item in items)
    order = {"paymentToken": "tok_ok", **posted, "items": items, "totalCents": total_cents}
    return cast(NewOrder, order), []


def is_email(value: object) -> bool:
    """Return whether a message can be sent to this address."""
    return isinstance(value, str) and not _text_problem(value, 254) and bool(EMAIL.fullmatch(value))


def _order_problems(posted: dict[str, Any]) -> Iterator[str]:
    yield from _unknown(posted, ORDER_FIELDS, "an order")
    yield from _text(posted, "customerId", 64)
    yield from _text(posted, "customerEmail", 254, EMAIL, "an email address")
    if "customerPhone" in posted:
        yield from _text(posted, "customerPhone", 21, PHONE, "a phone number such as +1 555 0100")
    if "paymentToken" in posted:
        yield from _text(posted, "paymentToken", 80, PAYMENT_TOKEN, "a token such as tok_ok")
    items = posted.get("items")
    if "items" not in posted:
        yield "items is missing"
        return
    if not isinstance(items, list) or not items:
        yield f"items must be a list of 1 to {MOST_ITEMS} items"
        return
    if len(items) > MOST_ITEMS:
        yield f"items must be a list of 1 to {MOST_ITEMS} items, not {len(items)}"
    for number, item in enumerate(items[:MOST_ITEMS]):
        yield from _item_problems(item, f"items[{number}]")


def _item_problems(item: object, at: str) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"{at} must be an object with productId, name, quantity and price"
        return
    yield from (f"{at}: {problem}" for problem in _unknown(item, ITEM_FIELDS, "an item"))
    yield from (f"{at}.{problem}" for problem in _text(item, "productId", 64))
    yield from (f"{at}.{problem}" for problem in _text(item, "name", 200))
    quantity = item.get("quantity", MISSING)
    if quantity is MISSING:
        yield f"{at}.quantity is missing"
    elif type(quantity) is not int or not 1 <= quantity <= MOST_UNITS:  # True is an int, too
        yield f"{at}.quantity must be a whole number from 1 to {MOST_UNITS}"
    try:
        to_cents(item["price"])
    except KeyError:
        yield f"{at}.price is missing"
    except ValueError as error:
        yield f"{at}.price {error}"


def _unknown(given: dict[str, Any], known: set[str], what: str) -> Iterator[str]:
    for name in given.keys() - known:
        yield f"{json.dumps(str(name)[:60])} is not a field of {what}"


def _text(
    given: dict[str, Any],
    name: str,
    longest: int,
    pattern: re.Pattern[str] | None = None,
    wanted: str = "",
) -> Iterator[str]:
    value = given.get(name, MISSING)
    if value is MISSING:
        yield f"{name} is missing"
    elif not isinstance(value, str):
        yield f"{name} must be text"
    elif problem := _text_problem(value, longest):
        yield f"{name} {problem}"
    elif pattern and not pattern.fullmatch(value):
        yield f"{name} must be {wanted}"


def _text_problem(value: str, longest: int) -> str:
    if len(value) > longest:
        return f"must have at most {longest} characters"
    kinds = {unicodedata.category(character) for character in value}
    if kinds & {"Cc", "Cs"}:
        return "must not contain control characters or halves of a surrogate pair"
    if not any(kind[0] in "LNPS" for kind in kinds):
        return "must not be blank"
    return ""
