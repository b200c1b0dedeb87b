"""Reads one order from the system: its history, and its state from the status API."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from workshop.aws.stack import Stack
from workshop.notebook.timeline import sentences, view
from workshop.notebook.timeline.view import View
from workshop.orders import client as orders
from workshop.orders import history
from workshop.orders.contract import ENDED
from workshop.orders.history import RUNNING, Event, Run

EVENTS_A_PAGE = 1000  # as `operations.read_events` asks for them
LOOKS_BEFORE_UNKNOWN = 10


class Source:
    """One order as of the last call of `read`. ``requests`` are those of that call."""

    def __init__(self, stack: Stack, order_id: str, memory_megabytes: int) -> None:
        self.stack, self.order_id = stack, order_id
        self.arn: str | None = None
        self.events: list[Event] = []
        self.requests = 0
        self._memory_megabytes = memory_megabytes
        self._order: Mapping[str, Any] | None = None
        self._looks = 0

    def read(self) -> None:
        """Ask the system. Ask the status API only if the history has changed, or is missing."""
        self.requests, seen = 0, len(self.events)
        if self.arn is None:
            self.requests += 1
            self.arn = history.find_execution(self.stack, self.order_id)
        if self.arn is not None:
            self.events = history.read_events(self.stack, self.arn)
            self.requests += max(math.ceil(len(self.events) / EVENTS_A_PAGE), 1)
        if not self.events or len(self.events) != seen:
            self.requests += 1
            self._read_status()
        self._looks += 1

    def _read_status(self) -> None:
        try:
            self._order = orders.get(self.stack, self.order_id)
        except orders.ApiFailed:
            self._order = None  # a learner may still be writing the API

    @property
    def run(self) -> Run | None:
        """Return the run so far; None before it exists."""
        return history.from_history(self.arn, self.events) if self.arn and self.events else None

    @property
    def unknown(self) -> bool:
        """Return whether this order is still unknown after the time that it may take to appear."""
        looked = self._looks >= LOOKS_BEFORE_UNKNOWN
        return looked and self.arn is None and self._order is None

    def view(self, events: int | None = None) -> View:
        """Return the view of the order now, or as it was after so many events."""
        if events is not None and self.arn is not None and events < len(self.events):
            run = history.from_history(self.arn, self.events[:events])
            then = view.make(self.order_id, run, None, self._memory_megabytes)
            return {**then, "heading": "Replay", "status": run.state}
        now = datetime.now(UTC)
        seen = view.make(self.order_id, self.run, self._order, self._memory_megabytes, now)
        if self.unknown:
            return {**seen, "sentence": sentences.UNKNOWN, "ended": True}
        return seen

    @property
    def ended(self) -> bool:
        """Return whether nothing more will happen."""
        run = self.run
        return self.unknown or (run is not None and run.state != RUNNING)

    @property
    def ending(self) -> bool:
        """Return whether the order has ended and its execution has not: a moment is missing."""
        return not self.ended and self._order is not None and self._order["status"] in ENDED


def memory_megabytes(stack: Stack) -> int:
    """Return the memory of the durable function, on which its price depends."""
    client = stack.target.client("lambda")
    configuration = client.get_function_configuration(FunctionName=stack.processor)
    return int(configuration["MemorySize"])
