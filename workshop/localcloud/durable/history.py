"""What ``GetDurableExecutionHistory`` answers.

Mends: the emulator drops the details of ``InvocationCompleted`` events when it numbers them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aws_durable_execution_sdk_python_testing.model import (
    Event,
    GetDurableExecutionHistoryResponse,
    InvocationCompletedDetails,
)

DEFAULT_PAGE = 100
MAX_PAGE = 1000


def with_invocations(
    events: Sequence[Event], completions: Sequence[InvocationCompletedDetails]
) -> list[Event]:
    """The events, each finished invocation with its start, end and request id again.

    ``events`` are in time order, as are the ``completions`` once sorted, so they pair up.
    """
    details = iter(sorted(completions, key=lambda completion: completion.end_timestamp))
    return [
        replace(event, invocation_completed_details=next(details))
        if event.event_type == "InvocationCompleted"
        else event
        for event in events
    ]


def page(
    events: Sequence[Event], *, reverse: bool, marker: str | None, max_items: int | None
) -> GetDurableExecutionHistoryResponse:
    """One page of a history; ``marker`` is the number of events before it."""
    ordered = list(reversed(events)) if reverse else list(events)
    start = int(marker) if marker and marker.isdigit() else 0
    end = start + min(max_items or DEFAULT_PAGE, MAX_PAGE)
    return GetDurableExecutionHistoryResponse(
        events=ordered[start:end], next_marker=str(end) if end < len(ordered) else None
    )
