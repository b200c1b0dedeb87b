"""The histories of six executions that went wrong, which exercise 11b asks about.

They are of real executions on the local cloud; `tests/contract/broken_runs/recording.py` has made
them.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from workshop.errors import WorkshopError

Event = dict[str, Any]
FOLDER = Path(__file__).with_suffix("")


def events_of(letter: str) -> list[Event]:
    """Return the events of the history A to F; raise `WorkshopError` if it does not exist."""
    known = sorted(path.stem for path in FOLDER.glob("*.json"))
    if letter not in known:
        raise WorkshopError(f"Run '{letter}' does not exist.", f"Use one of: {', '.join(known)}.")
    text = (FOLDER / f"{letter}.json").read_text(encoding="utf-8")
    return [_with_times(event) for event in json.loads(text)["Events"]]


def _with_times(event: Event) -> Event:
    return event | {"EventTimestamp": datetime.fromisoformat(event["EventTimestamp"])}
