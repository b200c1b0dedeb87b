"""The time of each execution.

Fixes: the emulator's skip clock is one for all executions, so after a 30-day wait every later
execution would start 30 days ahead. Here each execution has its own clock.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Literal

from aws_durable_execution_sdk_python_testing.clock import real_now

ClockMode = Literal["skip", "real"]

STORED_PRECISION = timedelta(milliseconds=1)  # wake-up times lose what is finer

_execution: ContextVar[str | None] = ContextVar("execution", default=None)
_idle: ContextVar[bool] = ContextVar("idle", default=False)


class ExecutionClock:
    """Real time, plus the time that each execution has skipped so far.

    The emulator asks this clock without saying for which execution, so the caller names it
    with :meth:`of`. Outside :meth:`of` the clock shows real time.
    """

    def __init__(self, mode: ClockMode) -> None:
        self.mode: ClockMode = mode
        self._skipped: defaultdict[str | None, timedelta] = defaultdict(timedelta)
        self._latest: dict[str, datetime] = {}
        self._lock = threading.Lock()

    @contextmanager
    def of(self, arn: str, *, idle: bool = False) -> Iterator[None]:
        """Read and set the time of one execution; only an ``idle`` one may skip ahead."""
        execution, quiet = _execution.set(arn), _idle.set(idle)
        try:
            yield
        finally:
            _execution.reset(execution)
            _idle.reset(quiet)

    def now(self) -> datetime:
        """Return the time of the current execution. It never goes back, as a computer's may."""
        execution = _execution.get()
        with self._lock:
            now = real_now() + self._skipped.get(execution, timedelta())
            if execution is None:
                return now
            self._latest[execution] = latest = max(now, self._latest.get(execution, now))
            return latest

    def arm(self, wake: datetime) -> float:
        """Return the real seconds until ``wake``; 0 for an idle execution, which may skip them."""
        remaining = max(wake - self.now(), timedelta())
        if self.mode == "skip" and _idle.get():
            self.skip(remaining + STORED_PRECISION)
            return 0.0
        return remaining.total_seconds()

    def skip(self, duration: timedelta) -> None:
        """Move the current execution ahead."""
        with self._lock:
            self._skipped[_execution.get()] += duration

    def inherit(self, child: str, parent: str) -> None:
        """Start a child execution at its parent's time."""
        with self._lock:
            self._skipped[child] = self._skipped[parent]

    def catch_up(self, parent: str, child: str) -> None:
        """Move a parent ahead to the time at which its child ended."""
        with self._lock:
            self._skipped[parent] = max(self._skipped[parent], self._skipped[child])

    def restore(self, arn: str, seen: datetime) -> None:
        """After a restart, keep an execution's time from going back to before ``seen``."""
        with self._lock:
            self._skipped[arn] = max(seen - real_now(), timedelta())

    def forget(self, arn: str) -> None:
        """Drop an execution that has ended."""
        with self._lock:
            self._skipped.pop(arn, None)
            self._latest.pop(arn, None)
