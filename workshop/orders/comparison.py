"""Two runs beside each other, operation by operation: before and after a fix, with and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from workshop.orders.history import Operation, Run, short_error
from workshop.orders.wording import WORDS, plain

HEADINGS = ("operation", "first order", "second order", "differs in")
ONLY_FIRST, ONLY_SECOND = "only the first order has it", "only the second order has it"
NOTHING = "–"


@dataclass(frozen=True)
class Pair:
    """One operation in both runs; None where a run does not have it."""

    first: Operation | None
    second: Operation | None

    @property
    def name(self) -> str:
        """The operation's name."""
        found = self.first or self.second
        return found.name if found else ""

    @property
    def differences(self) -> list[str]:
        """In what the two differ: state, attempts, wait, result, or one is missing."""
        if self.first is None or self.second is None:
            return [ONLY_SECOND if self.first is None else ONLY_FIRST]
        both = zip(_facts(self.first).items(), _facts(self.second).values(), strict=True)
        return [name for (name, one), other in both if one != other]

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The pair as a row under `HEADINGS`."""
        return self.name, _told(self.first), _told(self.second), ", ".join(self.differences)


def compare(first: Run, second: Run) -> list[Pair]:
    """Align the operations of two runs, of which each may have some that the other lacks."""
    one, other = _places(first.operations), _places(second.operations)
    pairs = []
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left, right = first.operations[a:b], second.operations[c:d]
        if kind == "equal":
            pairs += [Pair(*both) for both in zip_longest(left, right)]
        else:
            pairs += [Pair(each, None) for each in left] + [Pair(None, each) for each in right]
    return pairs


def summary(first: Run, second: Run) -> str:
    """Say how both ended, and how often Lambda invoked the function for each."""
    one, other = (f"{run.state}, invocations: {len(run.invocations)}" for run in (first, second))
    return f"First order: {one}. Second order: {other}."


def _places(operations: Sequence[Operation]) -> list[tuple[str, str]]:
    return [(operation.name, operation.kind) for operation in operations]


def _facts(operation: Operation) -> dict[str, object]:
    return {
        "state": operation.state,
        "attempts": operation.attempts,
        "wait": operation.wait_seconds,
        "result": operation.result,
        "error": operation.error,
        "operations inside": [(child.name, child.state) for child in operation.children],
    }


def _told(operation: Operation | None) -> str:
    if operation is None:
        return NOTHING
    attempts = f", {operation.attempts} attempts" if operation.attempts > 1 else ""
    wait = f"{operation.wait_seconds} s" if operation.wait_seconds is not None else ""
    outcome = short_error(operation.error) or wait or plain(operation.result)
    state = WORDS.get(operation.state, operation.state) + attempts
    return f"{state}: {outcome}" if outcome else state
