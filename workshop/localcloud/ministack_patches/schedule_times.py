"""When a schedule is due: from its expression, with nothing of ministack."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

RATE = re.compile(r"rate\(\s*([1-9]\d*)\s+(minute|hour|day)s?\s*\)")
AT = re.compile(r"at\(\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\s*\)")

NextTime = Callable[[datetime], datetime | None]


@dataclass(frozen=True)
class Schedule:
    """A schedule expression and what it is relative to.

    ``begins`` is the start of a rate. ``cron`` returns the next time of a cron expression after a
    given one, in that one's time zone; it is None for other expressions.
    """

    expression: str
    begins: datetime
    zone: tzinfo
    cron: NextTime | None = None

    @property
    def is_valid(self) -> bool:
        """Return whether the expression has a form that AWS knows, and names a real time."""
        try:
            return bool(self.cron or RATE.fullmatch(self.expression) or self._once())
        except ValueError:
            return False

    @property
    def is_one_time(self) -> bool:
        """Return whether this is due only once."""
        return AT.fullmatch(self.expression) is not None

    def latest(self, after: datetime, until: datetime) -> datetime | None:
        """Return the last time in (``after``, ``until``] at which this is due, or None.

        A machine that slept through several times gets one of them, so nothing fires in a burst.
        """
        if rate := RATE.fullmatch(self.expression):
            every = timedelta(**{f"{rate[2]}s": int(rate[1])})
            due = self.begins + (until - self.begins) // every * every
            return due if max(after, self.begins - every) < due else None
        if self.is_one_time:
            once = self._once()
            return once if once and after < once <= until else None
        return self._latest_by_cron(after.astimezone(self.zone), until)

    def _once(self) -> datetime | None:
        at = AT.fullmatch(self.expression)
        return datetime.fromisoformat(at[1]).replace(tzinfo=self.zone) if at else None

    def _latest_by_cron(self, after: datetime, until: datetime) -> datetime | None:
        found, following = None, self.cron(after) if self.cron else None
        while self.cron and following and following <= until:
            found, following = following, self.cron(following)
        return found
