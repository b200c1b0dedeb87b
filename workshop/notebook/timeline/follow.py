"""Follows orders from a background thread, with a limited number of requests a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition, Thread

import requests
from botocore.exceptions import BotoCoreError, ClientError

from workshop.errors import WorkshopError
from workshop.notebook.timeline import sentences
from workshop.notebook.timeline.source import Source

REQUESTS_A_SECOND = 2  # for one order
REQUESTS_A_SECOND_IN_ALL = 10
SHORTEST_PAUSE_SECONDS = 1.0
TROUBLE_PAUSE_SECONDS = 2.0
FORGOTTEN = ("ResourceNotFoundException", "ResourceNotFound")


class Followed:
    """An order to follow. ``show`` is called after each read, and with each problem."""

    def __init__(self, source: Source, show: Callable[[str], None]) -> None:
        self.source, self.ended = source, source.ended
        self._show = show

    def look(self) -> float:
        """Read the order and show it; return the seconds until it may be read again."""
        trouble, pause = "", SHORTEST_PAUSE_SECONDS
        try:
            self.source.read()
            self.ended = self.source.ended
        except ClientError as error:
            code = error.response["Error"]["Code"]
            self.ended = code in FORGOTTEN
            trouble = sentences.UNKNOWN if self.ended else f"The cloud refuses to tell: {code}."
            pause = TROUBLE_PAUSE_SECONDS
        except (BotoCoreError, WorkshopError, requests.RequestException):
            trouble, pause = sentences.CLOUD_GONE, TROUBLE_PAUSE_SECONDS
        self._show(trouble)
        return max(pause, self.source.requests / REQUESTS_A_SECOND)


class Turns:
    """Which order is next, and when. Times are seconds of any monotonic clock."""

    def __init__(self) -> None:
        self._due: dict[Followed, float] = {}
        self._free = 0.0

    def add(self, order: Followed, now: float) -> None:
        """Add an order, to be read at once."""
        self._due[order] = now

    def remove(self, order: Followed) -> None:
        """Remove an order."""
        self._due.pop(order, None)

    def next(self) -> tuple[Followed, float] | None:
        """Return the next order and its time, or None."""
        if not self._due:
            return None
        order = min(self._due, key=self._due.__getitem__)
        return order, max(self._due[order], self._free)

    def asked(self, order: Followed, now: float, pause_seconds: float) -> None:
        """Note that an order was read; its source knows the number of requests."""
        self._free = max(self._free, now) + order.source.requests / REQUESTS_A_SECOND_IN_ALL
        if order in self._due:
            self._due[order] = now + pause_seconds


class Follower:
    """Reads every order in its turn, in one thread, which ends when no order is left."""

    def __init__(self) -> None:
        self._turns, self._changed = Turns(), Condition()
        self._thread: Thread | None = None

    def add(self, order: Followed) -> None:
        """Follow this order until it has ended or is removed."""
        with self._changed:
            self._turns.add(order, time.monotonic())
            if self._thread is None:
                self._thread = Thread(target=self._run, name="timelines", daemon=True)
                self._thread.start()
            self._changed.notify()

    def remove(self, order: Followed) -> None:
        """Stop following this order."""
        with self._changed:
            self._turns.remove(order)
            self._changed.notify()

    def _run(self) -> None:
        while (order := self._await_turn()) is not None:
            pause_seconds = order.look()
            with self._changed:
                self._turns.asked(order, time.monotonic(), pause_seconds)
                if order.ended:
                    self._turns.remove(order)

    def _await_turn(self) -> Followed | None:
        with self._changed:
            while (turn := self._turns.next()) is not None:
                order, at = turn
                if at <= time.monotonic():
                    return order
                self._changed.wait(at - time.monotonic())
            self._thread = None
            return None


follower = Follower()  # one for all timelines of a kernel
