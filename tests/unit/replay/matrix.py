"""Changes of code, and what a replay must say of a history: from a table, not from the tool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from workshop.localcloud.durable.history import Event
from workshop.replay.misfit import KINDS

AFTER = "after "


class Said(NamedTuple):
    """What a replay says: the recorded operation, what the code does there, a text of its line.

    An operation is written as `process-payment (step)`, or as `after process-payment (step)` if
    that is the last one that the history has in this context.
    """

    operation: str
    code: str
    line: str


@dataclass(frozen=True)
class Change:
    """A change of one file: a text, what takes its place, and what a replay says then.

    It harms the histories that have this operation, and no others. `but` are the histories of which
    something else is said; None if the code fits them.
    """

    old: str
    new: str
    said: Said
    file: str = "workflow"
    but: Mapping[str, Said | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A recorded operation in words, its number among those of its context, and that context."""

    operation: str
    number: int
    context: str

    def __str__(self) -> str:
        return f"operation {self.number}" + (f" of {self.context}" if self.context else "")


def places(events: Sequence[Event]) -> list[Place]:
    """The operations of a history, in the order in which they started."""
    found, words, inside = list[Place](), {"": ""}, dict[str, int]()
    for event in events:
        if event["EventType"].endswith("Started") and "SubType" in event:
            if event["Id"] in words:
                continue  # another attempt
            parent = event.get("ParentId", "")
            inside[parent] = inside.get(parent, 0) + 1
            words[event["Id"]] = f"{event.get('Name', 'an unnamed operation')} ({kind(event)})"
            found.append(Place(words[event["Id"]], inside[parent], words[parent]))
    return found


def kind(event: Event) -> str:
    return KINDS[event["SubType"]]


def expected(change: Change, name: str, events: Sequence[Event], folder: Path) -> str:
    """What the replay of a history must say of the changed code in a folder; "" if it fits."""
    said = change.but.get(name, change.said)
    if said is None:
        return ""
    operation = said.operation.removeprefix(AFTER)
    is_after, every = operation != said.operation, places(events)
    last = {each.context: each for each in every}.values()
    place = next((p for p in (last if is_after else every) if p.operation == operation), None)
    if place is None:
        return ""
    if is_after:
        return f"after {place}: history ends, the code {said.code}; {line(folder, said.line)}"
    return f"{place}: history has {operation}, the code {said.code}; {line(folder, said.line)}"


def line(folder: Path, text: str) -> str:
    """The one line of the code that contains a text."""
    found = [
        f"{path} line {number}"
        for path in folder.glob("*.py")
        for number, each in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if text in each
    ]
    assert len(found) == 1, (text, found)
    return found[0]
