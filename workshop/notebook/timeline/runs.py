"""The invocations of the function, from a history, and what each did with an operation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from workshop.orders.history import Operation, Run

MARKS = {"did": "●", "began": "◐", "skipped": "↷", "": "·"}  # an operation in an invocation


class Span(NamedTuple):
    """One invocation of the function; ``end`` is None while it runs."""

    start: datetime
    end: datetime | None
    error: str = ""

    def covers(self, moment: datetime | None) -> bool:
        """Return whether the invocation covers a time; its start belongs to what came before."""
        return (
            moment is not None and self.start < moment and (self.end is None or moment <= self.end)
        )


def spans(run: Run) -> list[Span]:
    """Return the invocations of the function.

    One that has not ended, or that ran when the execution was stopped, has no event of its own; the
    other events show it.
    """
    found = [Span(i.started_at, i.ended_at, i.error) for i in run.invocations]
    end = run.execution.ended_at
    if not found:
        return [Span(run.execution.started_at, end)]
    after = run.invocations[-1].ended_at
    known = [moment for moment in _signs(run) if after < moment and (end is None or moment < end)]
    return [*found, Span(min(known), end)] if known else found


def _signs(run: Run) -> list[datetime]:
    """Return times at which the function must have run: after a wait, and before any work."""
    over = [o.ended_at for o in run.all_operations if o.ended_at and rests(o)]
    return over + [moment - datetime.resolution for moment in moments(run) if moment not in over]


def moments(run: Run) -> list[datetime]:
    """Return when anything began or ended."""
    found = [run.execution.started_at]
    for operation in run.all_operations:
        found += [operation.started_at, *(attempt.started_at for attempt in operation.tries)]
        found += [operation.ended_at] if operation.ended_at else []
    return found


def mark(operation: Operation, span: Span) -> str:
    """Return what an invocation did with an operation: a key of MARKS."""
    ends = [attempt.ended_at for attempt in operation.tries]
    starts = [operation.started_at, *(attempt.started_at for attempt in operation.tries)]
    finished = None if operation.is_open else operation.ended_at
    if finished and finished <= span.start:
        return "skipped"
    if span.covers(finished):
        return "did"
    begun = operation.started_at == span.start or any(map(span.covers, [*starts, *ends]))
    return "began" if begun else ""


def rests(operation: Operation) -> bool:
    """Return whether nothing runs during this operation."""
    return operation.wait_seconds is not None or bool(operation.callback_id)
