"""The histories of exercise 11b are those that such functions leave today."""

import re

from tests.contract.broken_runs.recording import histories
from workshop.aws.target import Target
from workshop.course.broken_runs import events_of

NUMBERS = re.compile(r"[\d-]{2,}|[0-9a-f]{64}")


def told(events):
    """What happened, without what differs between two executions.

    A function that always times out is invoked as often as the machine's speed allows.
    """
    found: list[str] = []
    for event in events:
        details = event.get(f"{event['EventType']}Details") or {}
        error = ((details.get("Error") or {}).get("Payload") or {}).get("ErrorType", "")
        name = event.get("Name", "") if "Execution" not in event["EventType"] else ""
        line = NUMBERS.sub("", f"{event['EventType']} {name} {error}")
        if line not in found[-1:]:
            found.append(line)
    return found


def test_each_mistake_leaves_the_history_that_learners_read(target: Target) -> None:
    again = histories(target)
    assert {letter: told(events) for letter, events in again.items()} == {
        letter: told(events_of(letter)) for letter in again
    }
