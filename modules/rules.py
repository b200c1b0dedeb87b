"""The rules of a valid order. Every problem is named, not only the first.

The order API and the processor share them: the API refuses a bad order before it exists, and the
processor, which can also be invoked without the API, checks every order again.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from money import to_cents
from outcomes import NewOrder

MOST_ITEMS = 50
MOST_UNITS = 999
ORDER_ID = re.compile(r"ord-[0-9a-f]{32}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,18}[0-9]")
PAYMENT_TOKEN = re.compile(r"tok_[A-Za-z0-9_-]{1,76}")
A_PHONE = "a phone number such as +1 555 0100"
A_TOKEN = "a token such as tok_ok"

ORDER_FIELDS = {"customerId", "customerEmail", "customerPhone", "paymentToken", "items"}
ITEM_FIELDS = {"productId", "name", "quantity", "price"}
MISSING = object()
Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """One thing that is wrong with an order: where, as a JSON Pointer, and what."""

    pointer: str
    detail: str


def check_order(posted: object) -> tuple[NewOrder | None, list[str]]:
    """The order with its prices in cents and its total, or None and every problem it has.

    `posted` is any JSON value; nothing in it makes this raise.
    """
    problems = [problem.detail for problem in find_problems(posted)]
    if problems or not isinstance(posted, dict):
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


def find_problems(posted: object) -> list[Problem]:
    """Return every problem of any JSON value; none if it is a valid order."""
    if not isinstance(posted, dict):
        return [Problem("#", "the order must be a JSON object")]
    return list(_order_problems(posted))


def is_email(value: object) -> bool:
    """Return whether a message can be sent to this address."""
    return isinstance(value, str) and not _text_problem(value, 254) and bool(EMAIL.fullmatch(value))


def _order_problems(posted: dict[str, Any]) -> Iterator[Problem]:
    for name in posted.keys() - ORDER_FIELDS:
        yield Problem("#", f"{_quoted(name)} is not a field of an order")
    yield from _text(posted, ("customerId",), 64)
    yield from _text(posted, ("customerEmail",), 254, EMAIL, "an email address")
    if "customerPhone" in posted:
        yield from _text(posted, ("customerPhone",), 21, PHONE, A_PHONE)
    if "paymentToken" in posted:
        yield from _text(posted, ("paymentToken",), 80, PAYMENT_TOKEN, A_TOKEN)
    items = posted.get("items", MISSING)
    if items is MISSING:
        yield _at(("items",), "is missing")
        return
    if not isinstance(items, list) or not items:
        yield _at(("items",), f"must be a list of 1 to {MOST_ITEMS} items")
        return
    if len(items) > MOST_ITEMS:
        yield _at(("items",), f"must be a list of 1 to {MOST_ITEMS} items, not {len(items)}")
    for number, item in enumerate(items[:MOST_ITEMS]):
        yield from _item_problems(item, ("items", number))


def _item_problems(item: object, path: Path) -> Iterator[Problem]:
    if not isinstance(item, dict):
        yield _at(path, "must be an object with productId, name, quantity and price")
        return
    for name in item.keys() - ITEM_FIELDS:
        yield Problem(_pointer(path), f"{_name(path)}: {_quoted(name)} is not a field of an item")
    yield from _text(item, (*path, "productId"), 64)
    yield from _text(item, (*path, "name"), 200)
    quantity = item.get("quantity", MISSING)
    if quantity is MISSING:
        yield _at((*path, "quantity"), "is missing")
    elif type(quantity) is not int or not 1 <= quantity <= MOST_UNITS:  # True is an int, too
        yield _at((*path, "quantity"), f"must be a whole number from 1 to {MOST_UNITS}")
    try:
        to_cents(item["price"])
    except KeyError:
        yield _at((*path, "price"), "is missing")
    except ValueError as error:
        yield _at((*path, "price"), str(error))


def _text(
    given: dict[str, Any],
    path: Path,
    longest: int,
    pattern: re.Pattern[str] | None = None,
    wanted: str = "",
) -> Iterator[Problem]:
    value = given.get(str(path[-1]), MISSING)
    if value is MISSING:
        yield _at(path, "is missing")
    elif not isinstance(value, str):
        yield _at(path, "must be text")
    elif problem := _text_problem(value, longest):
        yield _at(path, problem)
    elif pattern and not pattern.fullmatch(value):
        yield _at(path, f"must be {wanted}")


def _text_problem(value: str, longest: int) -> str:
    if len(value) > longest:
        return f"must have at most {longest} characters"
    kinds = {unicodedata.category(character) for character in value}
    if kinds & {"Cc", "Cs"}:
        return "must not contain control characters or halves of a surrogate pair"
    if not any(kind[0] in "LNPS" for kind in kinds):
        return "must not be blank"
    return ""


def _at(path: Path, rule: str) -> Problem:
    return Problem(_pointer(path), f"{_name(path)} {rule}")


def _pointer(path: Path) -> str:
    """Return a JSON Pointer as a URI fragment. The names are ours, so nothing needs an escape."""
    return "#" + "".join(f"/{part}" for part in path)


def _name(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]


def _quoted(name: object) -> str:
    return json.dumps(str(name)[:60])
