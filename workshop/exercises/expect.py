"""How a check says that an attempt is not right yet: checked, expected, got."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class NotYet(Exception):
    """An attempt is not right yet: what was checked, expected, and got."""

    def __init__(self, what: str, expected: str, got: str) -> None:
        super().__init__(f"{what}: expected {expected}, got {got}")
        self.what, self.expected, self.got = what, expected, got


def expect(what: str, got: Any, expected: Any, why: str = "") -> None:
    """Raise `NotYet` unless `got` equals `expected`. `what` reads as 'the status of the order'.

    `why` is a sentence, or a line of the cell, that follows the value.
    """
    expect_that(got == expected, what, _short(expected), got, why)


def expect_that(holds: object, what: str, expected: str, got: Any, why: str = "") -> None:
    """Raise `NotYet` unless a condition holds that is not an equality."""
    if why.startswith("line "):
        why = f"See {why}"
    if not holds:
        raise NotYet(what, expected, ". ".join(filter(None, (_short(got), why))))


def listed(names: Sequence[str]) -> str:
    """Return names in one line."""
    return ", ".join(names) or "none"


def _short(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        text = listed(value)
    else:
        text = (value or "an empty text") if isinstance(value, str) else repr(value)
    return text if len(text) <= 300 else text[:299] + "…"
