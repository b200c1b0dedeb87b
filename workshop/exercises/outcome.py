"""What one order changed in a check."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workshop.exercises.error_meanings import in_words
from workshop.exercises.expect import NotYet
from workshop.orders.history import decode

NO_NAME = "(no name)"


@dataclass(frozen=True)
class Tried:
    """One order: its operations, its stored item, what the partners did.

    `waits` are the seconds of each wait by its name, as in the attempt, and `callback_seconds` the
    time limits of its callbacks. `replay` is the event of one more invocation, after all
    operations are done.
    """

    order_id: str
    state: str
    answer: Any
    error: str
    operations: list[Any]
    invocations: int
    waits: Mapping[str, int] = field(default_factory=dict)
    replay: Mapping[str, Any] = field(default_factory=dict)
    callback_seconds: Mapping[str, int] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Return the names of the top-level operations, in order."""
        return [operation.name or NO_NAME for operation in self.operations]

    def find(self, name: str) -> Any:
        """Return the SDK's object for an operation; raise `NotYet` if it did not run."""
        for operation in self.operations:
            if operation.name == name:
                return operation
        names = ", ".join(self.names) or "none"
        raise NotYet("the operations of an order", f"one named {name}", names)

    def result(self, name: str) -> Any:
        """Return the result of an operation."""
        return decode(self.find(name).result)

    @property
    def refused(self) -> str:
        """Return the operation that refused the order; empty if none did."""
        for operation in self.operations:
            result = decode(getattr(operation, "result", None))
            if isinstance(result, dict) and "refused" in result:
                return str(operation.name)
        return ""

    def attempts(self, name: str) -> int:
        """Return the number of attempts of an operation; raise `NotYet` if it has none."""
        attempts = int(self.find(name).attempt)
        if not attempts:
            got = f"it failed with {in_words(self.error)}"
            raise NotYet(f"the operation {name}", "to be tried", got)
        return attempts

    @property
    def order(self) -> dict[str, Any]:
        """Return the stored order; empty if it does not exist."""
        store = importlib.import_module("store")
        return dict(store.load(self.order_id) or {})

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        """Return what the partners did for the order, by the name of the record."""
        return records(self.order_id)

    @property
    def ledger(self) -> dict[str, int]:
        """Return the order's money: {charges, calls, chargedCents, refundedCents}."""
        return dict(importlib.import_module("partners").ledger(self.order_id))


def records(order_id: str) -> dict[str, dict[str, Any]]:
    """Return what the partners did for an order, by the name of the record."""
    partners = importlib.import_module("partners")
    return {row["record"]: row for row in partners.activity(order_id)}
