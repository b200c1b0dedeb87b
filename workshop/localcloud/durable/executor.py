"""Runs durable executions: the emulator's executor, closer to AWS.

Mends, each in the method that says so: opaque execution names, one clock for all, timers that
know real time only, a fixed back-off, and no resumption after a restart.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import (
    CallbackOptions,
    ErrorObject,
    OperationStatus,
    OperationType,
    OperationUpdate,
)
from aws_durable_execution_sdk_python_testing.exceptions import ResourceNotFoundException
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.executor import Executor
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput
from aws_durable_execution_sdk_python_testing.worker.status import InvocationState

from workshop.localcloud.durable import limits
from workshop.localcloud.durable.alarms import (
    Alarm,
    Retry,
    callback_timeouts,
    deadline,
    next_alarm,
)
from workshop.localcloud.durable.arns import execution_arn
from workshop.localcloud.durable.clock import ExecutionClock
from workshop.localcloud.durable.history import FailedInvocation
from workshop.localcloud.durable.invoker import Failure, FunctionInvoker
from workshop.localcloud.durable.store import LiveStore

StatusChanged = Callable[[Execution], None]
FIRST_BACKOFF_SECONDS = 1
UNREACHABLE_BACKOFF_SECONDS = 0.25
LEAST_SECONDS, LONGEST_LEAST_SECONDS = 0.1, 1.0  # between attempts, when back-off is skipped
LONGEST_UNREACHABLE_SECONDS = 5.0
LONGEST_SLEEP_SECONDS = 10.0  # after which a timer notices that a laptop slept meanwhile


class DurableExecutor(Executor):
    """The emulator's executor with AWS's names, clocks, timeouts and back-off."""

    _store: LiveStore
    _invoker: FunctionInvoker

    def __init__(self, clock: ExecutionClock, status_changed: StatusChanged, **parts: Any) -> None:
        super().__init__(clock=clock, **parts)
        self.clock = clock
        self._status_changed = status_changed
        self._invocation_due: set[str] = set()
        self._invocation_started: dict[str, datetime] = {}
        self._retries: dict[str, Retry] = {}
        self._armed: dict[str, tuple[Alarm | None, bool]] = {}
        self._heartbeats: dict[str, datetime] = {}

    # Names

    def _create_execution(
        self,
        input: StartDurableExecutionInput,  # noqa: A002 - the emulator's name
        parent_execution_arn: str | None = None,
    ) -> Execution:
        """Give the execution its AWS name; a child starts at its parent's time, and once."""
        unique_id = input.invocation_id or str(uuid.uuid4())
        start = replace(input, invocation_id=unique_id)
        arn = execution_arn(
            region=self.region,
            account_id=start.account_id,
            function=start.function_name,
            version=start.function_qualifier,
            name=start.execution_name,
            unique_id=unique_id,  # the SDK finds the execution's input by this id
        )
        if parent_execution_arn:
            try:
                return self._store.load(arn)
            except ResourceNotFoundException:
                self.clock.inherit(arn, parent_execution_arn)
        execution = Execution.new(input=start)
        execution.durable_execution_arn = arn
        execution.region = self.region
        execution.parent_execution_arn = parent_execution_arn
        with self.clock.of(arn):
            execution.start(now=self.clock.now())
        self._store.save(execution)
        self._status_changed(execution)
        return execution

    # Clock and alarms

    def _launch_execution(self, execution: Execution, timeout_seconds: int) -> None:  # noqa: ARG002
        """Start without the emulator's timer: the timeout is one of the alarms."""
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
        """Let nobody cancel an alarm that has gone off: its work would be lost half-way."""
        fire = super()._fire_due_and_invoke_handler(execution_arn)

        async def go_off() -> None:
            with self._pending_wakeup_lock:
                self._pending_wakeup.pop(execution_arn, None)
            await fire()

        return go_off

    def _fire_due_operations(self, execution_arn: str) -> bool:
        """End what is due by now, timeouts included; whether the function must be invoked."""
        execution = self._store.load(execution_arn)
        if execution.is_complete:
            return False
        now, end = self.clock.now(), deadline(execution)
        if end is not None and now >= end:
            self._time_out(execution)
            return False
        changed = execution.complete_due_operations(now)
        for timeout in callback_timeouts(execution, self._heartbeats):
            if timeout.at <= now and _is_pending(execution, timeout.callback_id):
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
        seconds = execution.start_input.execution_timeout_seconds
        error = ErrorObject.from_message(f"Execution timed out after {seconds} seconds.")
        self._apply_timeout(execution.durable_execution_arn, error)
        self._complete_events(execution.durable_execution_arn)

    def _schedule_callback_timeouts(
        self, execution_arn: str, callback_options: CallbackOptions | None, callback_id: str
    ) -> None:
        """Leave it to the alarms."""

    def _reset_callback_heartbeat_timeout(self, callback_id: str, execution_arn: str) -> None:
        """Note the heartbeat and set the alarm anew."""
        self._heartbeats[callback_id] = self.clock.now()
        self._schedule_earliest_pending(execution_arn)

    # Checkpoints

    def _checkpoint_execution(
        self,
        execution_arn: str,
        checkpoint_token: str,
        updates: list[OperationUpdate] | None = None,
        client_token: str | None = None,
    ) -> Any:
        """Refuse what is over AWS's limits."""
        limits.check(self.get_execution(execution_arn), updates or [])
        return super()._checkpoint_execution(execution_arn, checkpoint_token, updates, client_token)

    # Invocations

    def _invoke_execution(self, execution_arn: str, delay: float = 0) -> None:
        """Note that an invocation is due, so that no time is skipped before it has run."""
        self._invocation_due.add(execution_arn)
        super()._invoke_execution(execution_arn, delay)

    def _invoke_handler(self, execution_arn: str) -> Callable[[], Awaitable[None]]:
        """Run the invocation on the execution's own clock."""
        invoke = super()._invoke_handler(execution_arn)

        async def invoke_on_its_clock() -> None:
            with self.clock.of(execution_arn):
                await invoke()

        return invoke_on_its_clock

    def _begin_invocation(self, execution_arn: str) -> Any:
        """Remember when the invocation starts: a crash leaves no other trace of it.

        What its input told the function, a checkpoint's answer need not tell it again.
        """
        self._invocation_due.discard(execution_arn)
        self._retries.pop(execution_arn, None)
        claim = super()._begin_invocation(execution_arn)
        if claim is not None:
            self._invocation_started[execution_arn] = self.clock.now()
            execution = self._store.load(execution_arn)
            execution.handler_seen_seq = execution.seq_counter
        return claim

    def _finish_invocation(
        self,
        execution_arn: str,
        invoke_response: Any,
        invocation_start: datetime,
        invocation_end: datetime,  # noqa: ARG002 - taken before whatever was ahead in the lane
        invocation_seq: int | None = None,
    ) -> None:
        """Stamp the invocation's end in the order of the execution's events."""
        execution = self._store.load(execution_arn)
        execution.current_invocation_id = ""  # none is in flight
        now = self.clock.now()
        super()._finish_invocation(
            execution_arn, invoke_response, invocation_start, now, invocation_seq
        )

    def _validate_invocation_response_and_store(
        self,
        execution_arn: str,
        response: Any,
        execution: Execution,
        invocation_seq: int | None = None,
    ) -> None:
        """Fail an execution whose result is over AWS's limit."""
        limit = limits.payload_limit(execution, OperationType.EXECUTION)
        if not execution.is_complete and limits.size_of(response.result) > limit:
            message = limits.too_large(OperationType.EXECUTION, limit).message
            self._fail_workflow(execution_arn, ErrorObject.from_message(message))
            return
        super()._validate_invocation_response_and_store(
            execution_arn, response, execution, invocation_seq
        )

    def _retry_after_timeout(
        self,
        execution_arn: str,
        error: ErrorObject,
        invocation_start: datetime,  # noqa: ARG002 - the one of the lane is taken
        invocation_end: datetime,  # noqa: ARG002 - the same
    ) -> None:
        """Record the invocation that took too long with its error."""
        error = replace(error, type="Sandbox.Timedout")
        self._invoker.failures[execution_arn] = Failure(error, str(uuid.uuid4()), reached=True)
        self._retry_after_error(execution_arn, error)

    def _retry_after_error(self, execution_arn: str, error: ErrorObject) -> None:  # noqa: ARG002
        """Record the failed invocation before trying again, as AWS's history does."""
        failure = self._invoker.failures.pop(execution_arn, None)
        execution = self._store.load(execution_arn)
        now = self.clock.now()
        started = self._invocation_started.pop(execution_arn, now)
        if failure is not None and failure.reached:
            execution.invocation_completions.append(
                FailedInvocation(started, now, failure.request_id, failure.error)
            )
        execution.current_invocation_id = ""
        reached = failure is None or failure.reached
        self._set_invocation_gate(execution_arn, InvocationState.PRE_INVOKE)
        if execution.is_complete:
            self._store.save(execution)
        else:
            self._try_again(execution, reached=reached)

    def _try_again(self, execution: Execution, *, reached: bool) -> None:
        """Back off exponentially until the execution times out, as AWS does."""
        arn, failures = (
            execution.durable_execution_arn,
            execution.consecutive_failed_invocation_attempts,
        )
        execution.consecutive_failed_invocation_attempts = failures + 1
        self._store.save(execution)
        self._retries[arn] = backoff(self.clock.now(), failures, reached=reached)
        self._schedule_earliest_pending(arn)

    # Ends

    def _complete_events(self, execution_arn: str) -> None:
        """Let others see the end only when it is written: who waits, a parent, the event bus."""
        self._store.after_write(lambda: self._end(execution_arn))

    def _end(self, execution_arn: str) -> None:
        execution = self._store.load(execution_arn)
        if execution.parent_execution_arn:
            self.clock.catch_up(execution.parent_execution_arn, execution_arn)
        super()._complete_events(execution_arn)
        self._status_changed(execution)
        self.clock.forget(execution_arn)
        self._retries.pop(execution_arn, None)
        for operation in execution.operations:
            if operation.callback_details:
                self._heartbeats.pop(operation.callback_details.callback_id, None)
        self._schedule_earliest_pending(execution_arn)
        self._armed.pop(execution_arn, None)

    # Restarts

    def resume_all(self) -> int:
        """After a restart, take up every execution that had not ended; returns how many."""
        running = self._store.running_before()
        for execution in running:
            self.clock.restore(execution.durable_execution_arn, _last_seen(execution))
        for execution in running:
            self._resume(execution)
        return len(running)

    def _resume(self, execution: Execution) -> None:
        """Invoke the function if it was running or about to; set the alarm in any case."""
        arn = execution.durable_execution_arn
        self._completion_events[arn] = self._scheduler.create_event()
        with self.clock.of(arn):
            for operation in execution.operations:
                if operation.callback_details:
                    self._heartbeats[operation.callback_details.callback_id] = self.clock.now()
        self._resume_children(execution)
        begun = execution.current_invocation_id or not execution.invocation_completions
        failed = execution.consecutive_failed_invocation_attempts > 0
        if begun or failed or execution.has_unseen_changes():
            self._invoke_execution(arn)
        self._schedule_earliest_pending(arn)

    def _resume_children(self, execution: Execution) -> None:
        """Invoke anew what was in flight, and pass on what ended without the parent knowing."""
        arn = execution.durable_execution_arn
        for update in execution.updates:
            options = update.chained_invoke_options
            if options is None or not _is_pending(execution, update.operation_id):
                continue
            child_arn = execution.chained_invoke_children.get(update.operation_id)
            if child_arn is None:
                self.on_chained_invoke_started(
                    arn,
                    update.operation_id,
                    options.function_name,
                    options.tenant_id,
                    update.payload,
                )
            elif self._store.load(child_arn).is_complete:
                self._notify_parent_of_terminal_child(child_arn)


def backoff(now: datetime, failures: int, *, reached: bool) -> Retry:
    """The next attempt after an invocation that failed, ``failures`` others having gone before."""
    doubled = 2 ** min(failures, 24)
    if not reached:
        seconds = min(UNREACHABLE_BACKOFF_SECONDS * doubled, LONGEST_UNREACHABLE_SECONDS)
        return Retry(now + timedelta(seconds=seconds), seconds, skippable=False)
    least = min(LEAST_SECONDS * doubled, LONGEST_LEAST_SECONDS)
    return Retry(now + timedelta(seconds=FIRST_BACKOFF_SECONDS * doubled), least, skippable=True)


def _is_pending(execution: Execution, id_: str) -> bool:
    """Whether a callback or chained invoke, given by its own or its callback's id, is pending."""
    return any(
        operation.status is OperationStatus.STARTED
        and id_
        in (
            operation.operation_id,
            operation.callback_details.callback_id if operation.callback_details else None,
        )
        for operation in execution.operations
        if operation.operation_type in (OperationType.CALLBACK, OperationType.CHAINED_INVOKE)
    )


def _last_seen(execution: Execution) -> datetime:
    """The latest time an execution has recorded."""
    started = execution.get_operation_execution_started().start_timestamp
    ends = [c.end_timestamp for c in execution.invocation_completions]
    finished = [o.end_timestamp for o in execution.operations if o.end_timestamp]
    return max([*execution.update_timestamps, *ends, *finished, *([started] if started else [])])
