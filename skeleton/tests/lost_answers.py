"""Faults for tests: the table fails before or after it has done its work."""

from typing import Any

import pytest

from service import reservations


class Fault(Exception):
    """The partner is unavailable, or its answer was lost."""


def lose(monkeypatch: pytest.MonkeyPatch, state: str, times: int, *, after: bool = False) -> None:
    """Let the write of this state fail so many times: before its work, or after it."""
    left, write = [times], reservations._advance

    def faulty(reservation_id: str, wanted: str, **rest: Any) -> dict[str, Any]:
        fails = wanted == state and left[0] > 0
        if fails:
            left[0] -= 1
        if fails and not after:
            raise Fault
        result = write(reservation_id, wanted, **rest)
        if fails:
            raise Fault
        return result

    monkeypatch.setattr(reservations, "_advance", faulty)
