"""The runs of the function, as far as a history tells, and what each did with an operation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from workshop.orders.history import RETRYING, RUNNING, Operation, Run

MARKS = {"did": "●", "began": "◐", "skipped": "↷", "": "·"}  # an operation in a run of the function


class Span(NamedTuple):
    """When the function ran; ``end`` is None while it does."""

    start: datetime
    end: datetime | None
    error: str = ""

    def covers(self, moment: datetime | None) -> bool:
        """Whether the moment lies in it; what happened at its very start was there before."""
        return (
            moment is not None and self.start < moment and (self.end is None or moment <= self.end)
        )


def spans(run: Run) -> list[Span]:
    """The runs of the function.

    One that has not ended, or was at work when the execution was stopped, stands in no event of its
    own, but shows in others.
    """
    found = [Span(i.started_at, i.ended_at, i.error) for i in run.invocations]
    end = run.execution.ended_at
    if not found:
        return [Span(run.execution.started_at, end)]
    after = run.invocations[-1].ended_at
    known = [moment for moment in _signs(run) if after < moment and (end is None or moment < end)]
    return [*found, Span(min(known), end)] if known else found


def _signs(run: Run) -> list[datetime]:
    """When the function must have been running: from the end of a wait on, and before any work."""
    over = [o.ended_at for o in run.all_operations if o.ended_at and rests(o)]
    return over + [moment - datetime.resolution for moment in moments(run) if moment not in over]


def moments(run: Run) -> list[datetime]:
    """When anything began or ended."""
    found = [run.execution.started_at]
    for operation in run.all_operations:
        found += [operation.started_at, *(attempt.started_at for attempt in operation.tries)]
        found += [operation.ended_at] if operation.ended_at else []
    return found


def mark(operation: Operation, span: Span) -> str:
    """What a run did with an operation: a key of MARKS."""
    ends = [attempt.ended_at for attempt in operation.tries]
    starts = [operation.started_at, *(attempt.started_at for attempt in operation.tries)]
    finished = operation.ended_at if operation.state not in (RUNNING, RETRYING) else None
    if finished and finished <= span.start:
        return "skipped"
    if span.covers(finished):
        return "did"
    begun = operation.started_at == span.start or any(map(span.covers, [*starts, *ends]))
    return "began" if begun else ""


def rests(operation: Operation) -> bool:
    """Whether nothing runs while this operation goes on."""
    return operation.wait_seconds is not None or bool(operation.callback_id)
