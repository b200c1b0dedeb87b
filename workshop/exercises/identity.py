"""Values that stand for an order: always the same for one order, and another for each order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workshop.exercises.expect import expect_that

ORDER_ID = "ord-" + "a" * 32
# They differ only in the first digit, or only in the last one.
OTHER_IDS = ("ord-b" + "a" * 31, "ord-" + "a" * 31 + "b")
CREATED_AT = "2026-01-01T12:00:00.000Z"  # of all of them
CHANGES = (
    "It is made of something that differs between invocations: a clock, a random number, a uuid, "
    "hash(…), or id(…). Make it from the order's id, or once in a step"
)
SHARED = (
    "The two orders differ only in their ids. Two orders may share everything else: the customer, "
    "the total, and the millisecond of createdAt. Use the whole id"
)


def expect_another_for_each_order(
    what: str, value: Any, value_of: Callable[[str], Any], where: str = ""
) -> None:
    """Raise `NotYet` if an order with another id, and no other difference, has the same value."""
    for other in OTHER_IDS:
        theirs = value_of(other)
        expect_that(theirs != value, what, f"another than {value}", theirs, why(SHARED, where))


def why(reason: str, line: str) -> str:
    """Return a reason, and the line that it is about, if that is known."""
    return f"{reason}: {line}" if line else reason
