"""Histories as files: recorded with what is personal replaced, and read again.

The file has the shape of `aws lambda get-durable-execution-history --include-execution-data`, so a
history that AWS CLI has saved can be replayed as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from workshop.replay.recorded import Event, Recorded, of

# A field is personal if its name contains one of these words.
PERSONAL = ("email", "phone", "token", "address", "password", "card")
REPLACEMENTS = {"email": "someone@example.com", "phone": "+10000000000"}
REPLACED = "removed"


def save(path: Path, events: Iterable[Event], personal: Iterable[str] = PERSONAL) -> None:
    """Write a history; the values of personal fields are replaced in every payload."""
    words = tuple(personal)
    cleaned = [_clean(event, words) for event in events]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"Events": cleaned}, indent=1, sort_keys=True, default=_plain)
    path.write_text(text + "\n", encoding="utf-8")


def load(path: Path) -> Recorded:
    """Return the execution that a file tells of.

    Raises:
        ValueError: It is no history; the message names the file.
    """
    try:
        return of(json.loads(path.read_text(encoding="utf-8"))["Events"])
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise ValueError(f"{path} is not the history of a durable execution: {error}") from error


def _clean(value: Any, words: tuple[str, ...]) -> Any:
    """Return a value without what is personal. A payload is JSON inside JSON."""
    if isinstance(value, dict):
        return {key: _replaced(key, each, words) for key, each in value.items()}
    if isinstance(value, list):
        return [_clean(each, words) for each in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.dumps(_clean(json.loads(value), words))
        except ValueError:
            return value
    return value


def _replaced(key: str, value: Any, words: tuple[str, ...]) -> Any:
    word = next((word for word in words if word in key.lower()), None)
    replacement = REPLACEMENTS.get(word or "", REPLACED)
    if word and isinstance(value, str):
        return replacement
    if word and isinstance(value, dict) and value.keys() == {"t", "v"} and value["t"] == "s":
        return {**value, "v": replacement}  # as the SDK stores a text inside a result
    return _clean(value, words)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"A history has no {type(value).__name__}.")
