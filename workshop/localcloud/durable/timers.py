"""Sets the alarms of executions, and does what is due when one goes off.

Fixes: see :mod:`workshop.localcloud.durable.alarms`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import CallbackOptions, ErrorObject
from aws_durable_execution_sdk_python_testing.exceptions import ResourceNotFoundException
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.executor import Executor
from aws_durable_execution_sdk_python_testing.worker.status import InvocationState

from workshop.localcloud.durable.alarms import (
    Alarm,
    Retry,
    callback_timeouts,
    deadline,
    is_pending,
    next_alarm,
)
from workshop.localcloud.durable.clock import ExecutionClock
from workshop.localcloud.durable.history import FailedInvocation
from workshop.localcloud.durable.store import LiveStore

LONGEST_SLEEP_SECONDS = 10.0  # then a timer notices that the laptop slept


class TimedExecutor(Executor):
    """The emulator's executor with one alarm for everything that an execution waits for."""

    _store: LiveStore

    def __init__(self, clock: ExecutionClock, **parts: Any) -> None:
        super().__init__(clock=clock, **parts)
        self.clock = clock
        self._invocation_due: set[str] = set()
        self._retries: dict[str, Retry] = {}
        self._armed: dict[str, tuple[Alarm | None, bool]] = {}
        self._heartbeats: dict[str, datetime] = {}

    def _launch_execution(self, execution: Execution, timeout_seconds: int) -> None:  # noqa: ARG002
        """Start without the emulator's timer, because the timeout is one of the alarms."""
        super()._launch_execution(execution, 0)
        self._schedule_earliest_pending(execution.durable_execution_arn)

    def _schedule_earliest_pending(self, execution_arn: str) -> None:
        """Set the execution's alarm; skip ahead only while nothing of it runs or is about to."""
        with self._pending_wakeup_lock:
            alarm = self._next_alarm(execution_arn)
            idle = alarm is not None and alarm.skippable and self._is_idle(execution_arn)
            armed = self._pending_wakeup.get(execution_arn)
            if armed is not None and self._armed.get(execution_arn) == (alarm, idle):
                return
            if armed is not None:
                del self._pending_wakeup[execution_arn]
                armed.cancel()
            if alarm is None:
                return
            with self.clock.of(execution_arn, idle=idle):
                delay = max(self.clock.arm(alarm.at), alarm.least_seconds)
            self._armed[execution_arn] = alarm, idle
            self._pending_wakeup[execution_arn] = self._scheduler.call_later(
                self._fire_due_and_invoke_handler(execution_arn),
                delay=min(delay, LONGEST_SLEEP_SECONDS),
                completion_event=self._completion_events.get(execution_arn),
            )

    def _next_alarm(self, execution_arn: str) -> Alarm | None:
        try:
            execution = self._store.load(execution_arn)
        except ResourceNotFoundException:
            return None
        if execution.is_complete:
            return None
        wake_up = self._earliest_pending_timestamp(execution)
        return next_alarm(execution, wake_up, self._retries.get(execution_arn), self._heartbeats)

    def _is_idle(self, execution_arn: str) -> bool:
        running = self._invocation_gate(execution_arn) is InvocationState.INVOKING
        return not running and execution_arn not in self._invocation_due

    def _fire_due_and_invoke_handler(self, execution_arn: str) -> Callable[[], Awaitable[None]]:
        """Protect an alarm that has gone off from being canceled, which would lose its work."""
        fire = super()._fire_due_and_invoke_handler(execution_arn)

        async def go_off() -> None:
            with self._pending_wakeup_lock:
                self._pending_wakeup.pop(execution_arn, None)
            await fire()

        return go_off

    def _fire_due_operations(self, execution_arn: str) -> bool:
        """End what is due, timeouts included; return whether to invoke the function."""
        execution = self._store.load(execution_arn)
        if execution.is_complete:
            return False
        now, end = self.clock.now(), deadline(execution)
        if end is not None and now >= end:
            self._time_out(execution)
            return False
        changed = execution.complete_due_operations(now)
        for timeout in callback_timeouts(execution, self._heartbeats):
            if timeout.at <= now and is_pending(execution, timeout.callback_id):
                execution.complete_callback_timeout(timeout.callback_id, timeout.error, now=now)
                changed = True
        if changed:
            self._store.save(execution)
        retry = self._retries.get(execution_arn)
        if retry is not None and retry.at <= now:
            del self._retries[execution_arn]
            changed = True
        return changed

    def _time_out(self, execution: Execution) -> None:
        """Time an execution out, and say how its last invocation failed, if it did."""
        seconds = execution.start_input.execution_timeout_seconds
        error = ErrorObject.from_message(f"Execution timed out after {seconds} seconds.")
        last = execution.invocation_completions[-1:]
        cause = last[0].error if last and isinstance(last[0], FailedInvocation) else None
        if cause is not None:
            message = f"{error.message} Its last invocation failed: {cause.message}"
            error = replace(error, type=cause.type, message=message)
        self._apply_timeout(execution.durable_execution_arn, error)
        self._complete_events(execution.durable_execution_arn)

    def _schedule_callback_timeouts(
        self, execution_arn: str, callback_options: CallbackOptions | None, callback_id: str
    ) -> None:
        """Do nothing: the alarms do this."""

    def _reset_callback_heartbeat_timeout(self, callback_id: str, execution_arn: str) -> None:
        """Store the heartbeat and set the alarm again."""
        self._heartbeats[callback_id] = self.clock.now()
        self._schedule_earliest_pending(execution_arn)

    def _invoke_execution(self, execution_arn: str, delay: float = 0) -> None:
        """Note that an invocation is due, so that the clock does not skip until it has ended."""
        self._invocation_due.add(execution_arn)
        super()._invoke_execution(execution_arn, delay)

    def _begin_invocation(self, execution_arn: str) -> Any:
        """Note that no invocation is due any longer."""
        self._invocation_due.discard(execution_arn)
        self._retries.pop(execution_arn, None)
        return super()._begin_invocation(execution_arn)

    def forget(self, execution: Execution) -> None:
        """Drop what was kept for an execution that has ended."""
        arn = execution.durable_execution_arn
        self.clock.forget(arn)
        self._retries.pop(arn, None)
        for operation in execution.operations:
            if operation.callback_details:
                self._heartbeats.pop(operation.callback_details.callback_id, None)
        self._schedule_earliest_pending(arn)
        self._armed.pop(arn, None)
