"""Asking again and again: often at first and after each change, then less and less often.

Each question costs the local cloud three requests, in the time of the order that is asked for.
"""

from __future__ import annotations

import time

SHORTEST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


class Polling:
    """The pauses between two questions, until the time is over."""

    def __init__(self, timeout_seconds: float) -> None:
        self._deadline = time.monotonic() + timeout_seconds
        self._pause_seconds = SHORTEST_PAUSE_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether the timeout has passed."""
        return time.monotonic() > self._deadline

    def pause(self, *, changed: bool = False) -> None:
        """Wait before the next question; only briefly if the last answer was a new one."""
        if changed:
            self._pause_seconds = SHORTEST_PAUSE_SECONDS
        time.sleep(self._pause_seconds)
        self._pause_seconds = min(self._pause_seconds * 1.5, LONGEST_PAUSE_SECONDS)
