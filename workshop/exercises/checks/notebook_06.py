"""The exercises of notebook 06."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import NotYet, expect, expect_that
from workshop.exercises.identity import why

AT = "2026-01-05T08:00:00.000Z"
ATTEMPTS = 5
DONE_BY = "def operations_done"
CART = {"items": ["mug"]}
DONE = {"received": 0, "validated": 1, "awaiting-warehouse": 7, "shipped": 14, "completed": 17}


def shows_what_a_customer_may_see(runner: CheckRunner) -> None:
    """Exact amounts, no more fields than listed, and how far a closed order got."""

    def describe(order: dict[str, Any]) -> Any:
        reached = [entry["status"] for entry in order["timeline"]]
        what = f"describe(…) of an order with the statuses {', '.join(reached)}"
        return runner.call(what, runner.attempt.describe, order)

    answer = describe(_stored("received", "validated"))
    total = answer.get("total")
    expect_that(
        isinstance(total, Decimal) and str(total) == "91.98",
        "the total of an order of 9198 cents",
        "Decimal('91.98')",
        repr(total),
        why("The total is a Decimal, or None", runner.cell.line('"total"')),
    )
    expect(
        "the items",
        answer.get("items"),
        [{"productId": "lamp", "name": "Lamp", "quantity": 2, "price": Decimal("45.99")}],
    )
    for status, done in DONE.items():
        got = describe(_stored("received", status))["progress"]
        what = f"the progress at the status {status}"
        expect(what, got, {"done": done, "of": 17}, runner.cell.line("return", after=DONE_BY))
    rejected = describe(_stored("received", "validated", "inventory-checked", "rejected"))
    expect(
        "the progress of an order that was rejected after inventory-checked",
        rejected["progress"],
        {"done": 2, "of": 17},
        why(
            "Use the last status that is not in CLOSED",
            runner.cell.line("return", after=DONE_BY),
        ),
    )
    bare = _stored("rejected")
    for name in ("customerId", "customerEmail", "items", "totalCents"):
        del bare[name]
    shown = describe(bare)
    expect(
        "total, items and progress of an order that was rejected before anything was stored",
        (shown["total"], shown["items"], shown["progress"]["done"]),
        (None, [], 0),
    )
    more = sorted(set(answer) - set(SEEN))
    expect("what else a customer sees", more, [], "Return only the fields that are listed")


SEEN = (
    "orderId",
    "status",
    "customerId",
    "customerEmail",
    "total",
    "items",
    "createdAt",
    "lastUpdated",
    "errorMessage",
    "progress",
    "timeline",
)


def repeats_a_request_safely(runner: CheckRunner) -> None:
    """The same key in every attempt, another for every purchase, and at most five attempts."""
    place = runner.attempt.place
    new_key_line = runner.cell.line("key = ") or runner.cell.line("new_key()")
    numbers = itertools.count(1)

    def new_key() -> str:
        return f"key-{next(numbers)}"

    bought: list[str] = []
    for lost in (0, 1, 4):
        api = _Api(lost)
        times = "1 answer is" if lost == 1 else f"{lost} answers are"
        try:
            got = place(api.post, dict(CART), new_key)
        except ConnectionError:
            what = f"what place does when {times} lost"
            raise NotYet(
                what,
                "to try again",
                f"a ConnectionError. {why('Catch it', runner.cell.line('post('))}",
            ) from None
        expect_that(api.keys, "how many times place posts", "at least once", "never")
        expect(
            f"the keys that the API sees when {times} lost",
            api.keys,
            api.keys[:1] * (lost + 1),
            why("One purchase has one key: make it once, before the loop", new_key_line),
        )
        expect("the order that the API sees", api.orders[-1], CART)
        expect("what place returns", got, f"ord-of-{api.keys[0]}")
        bought.append(api.keys[0])
    expect_that(
        len(set(bought)) == len(bought),
        "the keys of three purchases of the same things",
        "three keys",
        bought,
        why("Two purchases can contain the same items: ask new_key() for the key", new_key_line),
    )
    _expect_error(place, _Api(99), new_key, ConnectionError, "no answer ever comes", ATTEMPTS)
    refusing = _Api(0, refuses=True)
    _expect_error(place, refusing, new_key, ValueError, "the API refuses the order", 1)


class _Api:
    """An API whose first answers are lost, although it has the order."""

    def __init__(self, lost: int, *, refuses: bool = False) -> None:
        self._lost, self._refuses = lost, refuses
        self.keys: list[str] = []
        self.orders: list[Any] = []

    def post(self, order: Any, key: Any) -> str:
        if len(self.keys) >= 50:
            raise NotYet("your code", "to stop after five attempts", "more than fifty")
        if isinstance(order, str) and isinstance(key, dict):
            got = f"post({order!r}, {key!r}). The arguments are swapped"
            raise NotYet("the call of post", "the order, then the key", got)
        self.keys.append(key)
        self.orders.append(order)
        if self._refuses:
            raise ValueError("the order is not valid")
        if len(self.keys) <= self._lost:
            raise ConnectionError("no answer")
        return f"ord-of-{key}"


def _expect_error(
    place: Callable[..., Any],
    api: _Api,
    new_key: Callable[[], str],
    error: type[Exception],
    when: str,
    attempts: int,
) -> None:
    got = "no error"
    try:
        place(api.post, {}, new_key)
    except (ConnectionError, ValueError) as raised:
        got = type(raised).__name__
    expect(f"the error when {when}", got, error.__name__)
    expect(f"the attempts when {when}", len(api.keys), attempts)


def _stored(*statuses: str) -> dict[str, Any]:
    """An order as DynamoDB returns it."""
    return {
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


EXERCISES = (
    Exercise(
        "6a",
        "What a customer sees",
        shows_what_a_customer_may_see,
        (
            "`total_cents` is a `Decimal` or `None`. `order.get(…)` has a second argument, for "
            "what is missing. The timeline is in chronological order.",
            "`from_cents(int(total_cents))`, unless it is None. A list of `_item(item)` for each "
            'item in `order.get("items", [])`. And a list of the statuses `not in CLOSED`; '
            "look up the last of them in `STATUSES`.",
            '`reached = [entry["status"] for entry in order["timeline"] if entry["status"] not in '
            "CLOSED]`, then `return STATUSES[reached[-1]] if reached else 0`. The total is `None "
            "if total_cents is None else from_cents(int(total_cents))`.",
        ),
        "A customer sees only the listed fields, and the total is exact to the cent.",
    ),
    Exercise(
        "6b",
        "A client that can repeat a request",
        repeats_a_request_safely,
        (
            "If the first response is lost, how many purchases did the customer make? "
            "How many keys is that?",
            "Make the key before the loop, and post in the loop under that key. Catch "
            "`ConnectionError` only. Do not catch the error of the fifth attempt.",
            "`key = new_key()`; four times `try: return post(order, key)` with `except "
            "ConnectionError: continue`; and at the end `return post(order, key)`.",
        ),
        "One purchase has one key, no matter how many times you send it.",
    ),
)
