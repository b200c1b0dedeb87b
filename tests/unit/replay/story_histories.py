"""Ten ways the story goes, recorded."""

from typing import Any

from tests.unit.replay import story
from tests.unit.replay.recording import NO, events_of, stopped
from workshop.localcloud.durable.history import Event

EVENT = {"total": 1_500, "items": ["mug", "pen"]}
REVIEW: dict[str, Any] = {
    "callback": "review create callback id",
    "functions": {"price": lambda *_: 45},
}
# The event, and the options of `events_of`.
STORIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "whole": (EVENT, REVIEW),
    "small": ({"total": 5, "items": []}, REVIEW),
    "declined": (EVENT | {"declined": True}, {}),
    "refused": (EVENT, REVIEW | {"answer": NO}),
    "courier away twice": (EVENT | {"couriersAway": 2}, REVIEW),
    "no courier": (EVENT | {"couriersAway": 3}, REVIEW),
    "in the warehouse": (EVENT, REVIEW | {"until": "warehouse"}),
    "while picking": (EVENT, REVIEW | {"until": "take-item"}),
    "under review": (EVENT, REVIEW | {"until": "review submitter"}),
}


def histories() -> dict[str, list[Event]]:
    """Run the story; return its histories."""
    found = {
        name: events_of(story.handler, event, **options)
        for name, (event, options) in STORIES.items()
    }
    return found | {"stopped in the warehouse": stopped(found["in the warehouse"])}
