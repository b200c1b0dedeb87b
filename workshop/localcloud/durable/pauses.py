"""Executions that can be paused, with what AWS says of a pause.

Fixes: the emulator pauses an execution for tests in its own process. It has no request for that, no
status, no events of the history, and the execution's timeout goes on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.stores import sqlite

LONGEST = timedelta(days=366)  # of an execution, also if its timeout is paused


class PauseStatus(Enum):
    """The statuses that the emulator does not know."""

    PAUSING = "PAUSING"
    PAUSED = "PAUSED"


@dataclass
class Pause:
    """A pause that was requested. Times are seconds, as the history has them."""

    requested_at: float
    reason: str | None
    stops_timeout: bool
    paused_at: float | None = None  # None while an invocation goes on


@dataclass
class Pauses:
    """The current pause of an execution, if any, and what is left of earlier ones."""

    current: Pause | None = None
    extra_seconds: float = 0.0  # that the timeout was stopped
    events: list[dict[str, Any]] = field(default_factory=list)


class PausableExecution(Execution):
    """An execution with its pauses, which are stored with it."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.pauses = Pauses()

    def current_status(self) -> Any:
        """Return the status, one of the emulator's or of :class:`PauseStatus`."""
        if self.is_complete or self.pauses.current is None:
            return super().current_status()
        is_paused = self.pauses.current.paused_at is not None
        return PauseStatus.PAUSED if is_paused else PauseStatus.PAUSING

    def to_json_dict(self) -> dict[str, Any]:
        """See the emulator."""
        return super().to_json_dict() | {"Pauses": asdict(self.pauses)}

    @classmethod
    def from_json_dict(cls, data: dict[str, Any]) -> PausableExecution:
        """See the emulator; an execution that an earlier version stored has no pauses."""
        stored = Execution.from_json_dict(data)
        made = cls(stored.durable_execution_arn, stored.start_input, stored.operations)
        vars(made).update(vars(stored))
        found = data.get("Pauses", {})
        current = found.get("current")
        made.pauses = Pauses(**{**found, "current": Pause(**current) if current else None})
        return made

    def pause_now(self, now: datetime) -> None:
        """Complete the requested pause: no invocation goes on."""
        pause = self.pauses.current
        assert pause is not None
        pause.paused_at = now.timestamp()
        details = {
            "PauseRequestTimestamp": pause.requested_at,
            "ExecutionTimeoutPaused": pause.stops_timeout,
        }
        self._note("ExecutionPaused", now, details, pause.reason)

    def end_pause(self, now: datetime, reason: str | None) -> None:
        """End the pause. One that was only requested leaves no trace in the history."""
        pause, self.pauses.current = self.pauses.current, None
        if pause is not None and pause.paused_at is not None:
            if pause.stops_timeout:
                self.pauses.extra_seconds += now.timestamp() - pause.paused_at
            details = {"ResumeRequestTimestamp": now.timestamp()}
            self._note("ExecutionResumed", now, details, reason)

    def _note(self, kind: str, now: datetime, details: dict[str, Any], reason: str | None) -> None:
        given = {} if reason is None else {"Reason": {"Payload": reason, "Truncated": False}}
        event = {"EventType": kind, "EventTimestamp": now.timestamp()}
        self.pauses.events.append(event | {f"{kind}Details": details | given})


def lifetime(execution: Execution) -> timedelta:
    """Return how long after its start an execution times out, as far as it is known now."""
    own = timedelta(seconds=execution.start_input.execution_timeout_seconds)
    if not isinstance(execution, PausableExecution):
        return own
    pause = execution.pauses.current
    if pause is not None and pause.paused_at is not None and pause.stops_timeout:
        return LONGEST
    return min(own + timedelta(seconds=execution.pauses.extra_seconds), LONGEST)


setattr(sqlite, "Execution", PausableExecution)  # noqa: B010 - the module's own import of it
