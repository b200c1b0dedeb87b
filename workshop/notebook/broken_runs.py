"""One of the broken runs of exercise 11b as a table: what happened, and when."""

from __future__ import annotations

import re

from workshop.course.broken_runs import events_of
from workshop.display import Table
from workshop.orders.history import Event, short_error

HEADINGS = ("after", "event", "operation", "details")
IDS = re.compile(r"(RequestId: \S+ |operation_id=\w+ | at id='\w+')")  # they tell a reader nothing


def broken_run(letter: str) -> Table:
    """Return the history of the broken run A to F, event by event."""
    events = events_of(letter)
    start = events[0]["EventTimestamp"]
    rows = [
        (
            f"{(event['EventTimestamp'] - start).total_seconds():,.0f} s",
            event["EventType"],
            event.get("Name", "") if "Execution" not in event["EventType"] else "",
            _details(event),
        )
        for event in events
    ]
    return Table(
        f"Execution {letter}", HEADINGS, rows, f"Its error: {IDS.sub('', _message(events[-1]))}"
    )


def _details(event: Event) -> str:
    """Return the type of an error, or the length of a wait or of the pause before a retry."""
    details = event.get(f"{event['EventType']}Details") or {}
    pause = (details.get("RetryDetails") or {}).get("NextAttemptDelaySeconds")
    found = [
        short_error(_error(event).get("ErrorType", "")),
        f"next attempt after {pause} s" if pause else "",
        f"{details['Duration']} s" if "Duration" in details else "",
    ]
    return "; ".join(filter(None, found))


def _message(event: Event) -> str:
    return str(_error(event).get("ErrorMessage", ""))


def _error(event: Event) -> dict[str, str]:
    details = event.get(f"{event['EventType']}Details") or {}
    return (details.get("Error") or {}).get("Payload") or {}
