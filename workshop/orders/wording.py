"""Texts for states, times and results of operations, the same in tables and timelines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workshop.orders.history import RETRYING, RUNNING

WORDS = {
    RUNNING: "▶ running",
    RETRYING: "↻ retrying",
    "succeeded": "✔ done",
    "failed": "✘ failed",
    "timed out": "✘ timed out",
    "stopped": "■ stopped",
    "cancelled": "■ cancelled",
}
SHORTEST_SECONDS = 0.01


def seconds(start: datetime | None, end: datetime | None) -> str:
    """Return the time between two moments; empty without an end, or if it is very short."""
    took = (end - start).total_seconds() if start and end else 0
    return f"{took:.2f} s" if took >= SHORTEST_SECONDS else ""


def plain(value: Any) -> str:
    """Return a result as a short text: ``{"a": 1}`` becomes ``a=1``."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key}={plain(part)}" for key, part in value.items())
    if isinstance(value, list):
        return f"[{', '.join(map(plain, value))}]"
    return str(value)
