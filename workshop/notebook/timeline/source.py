"""Reads one order from the system: its history, and what the status API says of it."""

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
from workshop.orders.history import RUNNING, Event, Run

EVENTS_A_PAGE = 1000  # as `operations.read_events` asks for them
LOOKS_BEFORE_UNKNOWN = 10


class Source:
    """One order as it was when `read` was last called. ``requests`` are those of that call."""

    def __init__(self, stack: Stack, order_id: str, memory_megabytes: int) -> None:
        self.stack, self.order_id = stack, order_id
        self.arn: str | None = None
        self.events: list[Event] = []
        self.requests = 0
        self._memory_megabytes = memory_megabytes
        self._order: Mapping[str, Any] | None = None
        self._looks = 0

    def read(self) -> None:
        """Ask the system. The status API is asked if the history has gone on, or is not there."""
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
            self._order = None  # the API of a learner who is still writing it

    @property
    def run(self) -> Run | None:
        """The run so far; None before there is one."""
        return history.from_history(self.arn, self.events) if self.arn and self.events else None

    @property
    def unknown(self) -> bool:
        """Whether nobody has heard of this order, for as long as one may take to appear."""
        looked = self._looks >= LOOKS_BEFORE_UNKNOWN
        return looked and self.arn is None and self._order is None

    def view(self, events: int | None = None) -> View:
        """What there is to see; or what there was, after so many events."""
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
        """Whether there is nothing more to come."""
        run = self.run
        return self.unknown or (run is not None and run.state != RUNNING)


def memory_megabytes(stack: Stack) -> int:
    """The memory of the durable function, which its compute is paid by."""
    client = stack.target.client("lambda")
    configuration = client.get_function_configuration(FunctionName=stack.processor)
    return int(configuration["MemorySize"])
