"""Bad orders for POST /orders, each made only from its number; none is valid by accident."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.spoiled import BODIES, VALUES
from workshop.orders import client as orders

SEED = 11
KEYS = [b"x" * 256, b"caf\xe9", b"", b"\x7f", b"\xff\xfe", b"a\tb"]
NOT_TEXT = [value for value in VALUES if not isinstance(value, str)]
BAD_TEXT = ["", " ", "\x00", "a\nb", "\ud800", "a\udfffb", "\x1b[31m", "a" * 300, "a" * 50_000]
NOT_A_LIST = [value for value in VALUES if not isinstance(value, list)]
NOT_AN_OBJECT = [value for value in VALUES if not isinstance(value, dict)]
FEW = (int, float)
NO_QUANTITY = [v for v in VALUES if type(v) is not int or not 1 <= v <= 999]
NO_PRICE = [v for v in VALUES if not isinstance(v, FEW) or isinstance(v, bool) or not 0 < v < 1e5]
ORDER_TEXTS = ["customerId", "customerEmail", "customerPhone", "paymentToken"]
ITEM_TEXTS = ["productId", "name"]


@dataclass(frozen=True)
class BadOrder:
    """The body and the headers of a post."""

    number: int
    body: bytes
    headers: dict[str, bytes]

    def __str__(self) -> str:
        return f"{self.number}: {self.body[:500]!r} {self.headers}"


def bad_order(number: int) -> BadOrder:
    """The bad order of this number."""
    rng = random.Random(f"{SEED}/{number}")
    if rng.random() < 0.1:
        return BadOrder(number, rng.choice(BODIES), {})
    order: dict[str, Any] = copy.deepcopy(orders.example())
    if rng.random() < 0.1:
        return BadOrder(number, json.dumps(order).encode(), {"Idempotency-Key": rng.choice(KEYS)})
    for _ in range(rng.choice((1, 1, 2, 5))):
        rng.choice(SPOILERS)(order, rng)
    text = json.dumps(order)
    if rng.random() < 0.1:
        text = rng.choice([text[:-1], f"[{text}]", f"{text}{text}", json.dumps(text)])
    return BadOrder(number, text.encode(), {})


def _first(order: dict[str, Any]) -> dict[str, Any]:
    """The order's first item; an item that is spoiled already is made again."""
    items = order.get("items")
    if not isinstance(items, list) or not items or not isinstance(items[0], dict):
        order["items"] = [{}]
    item: dict[str, Any] = order["items"][0]
    return item


def _bad_text(order: dict[str, Any], rng: random.Random) -> None:
    order[rng.choice(ORDER_TEXTS)] = rng.choice([*NOT_TEXT, *BAD_TEXT])


def _bad_item_text(order: dict[str, Any], rng: random.Random) -> None:
    _first(order)[rng.choice(ITEM_TEXTS)] = rng.choice([*NOT_TEXT, *BAD_TEXT])


def _bad_number(order: dict[str, Any], rng: random.Random) -> None:
    name, values = rng.choice([("quantity", NO_QUANTITY), ("price", NO_PRICE)])
    _first(order)[name] = rng.choice(values)


def _bad_items(order: dict[str, Any], rng: random.Random) -> None:
    item = _first(order)
    bad = [rng.choice(NOT_A_LIST), [], [item, rng.choice(NOT_AN_OBJECT)], [item] * 51]
    order["items"] = rng.choice(bad)


def _unknown(order: dict[str, Any], rng: random.Random) -> None:
    name = rng.choice(["", "coupon", "__proto__", "totalCents", "orderId", "\ud800", "a" * 10_000])
    rng.choice([order, _first(order)])[name] = rng.choice(VALUES)


def _missing(order: dict[str, Any], rng: random.Random) -> None:
    if rng.random() < 0.5:
        order.pop(rng.choice(["customerId", "customerEmail", "items"]), None)
    else:
        _first(order).pop(rng.choice(["productId", "name", "quantity", "price"]), None)


SPOILERS: list[Callable[[dict[str, Any], random.Random], None]] = [
    _bad_text,
    _bad_item_text,
    _bad_number,
    _bad_items,
    _unknown,
    _missing,
]
