"""Runs durable executions: the emulator's executor, closer to AWS.

Fixes, each in the method that says so: opaque execution names, missing limits, crashes that leave
no trace, a fixed backoff, ends that a client sees before they are stored, and executions that do
not resume after a restart.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import (
    ErrorObject,
    OperationType,
    OperationUpdate,
)
from aws_durable_execution_sdk_python_testing.exceptions import ResourceNotFoundException
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput
from aws_durable_execution_sdk_python_testing.threads import DaemonThreadPool
from aws_durable_execution_sdk_python_testing.worker.status import InvocationState

from workshop.localcloud.durable import limits
from workshop.localcloud.durable.alarms import backoff, is_pending
from workshop.localcloud.durable.arns import execution_arn
from workshop.localcloud.durable.clock import ExecutionClock
from workshop.localcloud.durable.history import FailedInvocation
from workshop.localcloud.durable.invoker import Failure, FunctionInvoker
from workshop.localcloud.durable.pauses import PausableExecution
from workshop.localcloud.durable.timers import TimedExecutor

INVOCATIONS_AT_A_TIME = min(24, 6 * (os.cpu_count() or 2))

StatusChanged = Callable[[Execution], None]


class DurableExecutor(TimedExecutor):
    """The emulator's executor with AWS's names, limits and backoff, which survives a restart."""

    _invoker: FunctionInvoker

    def __init__(self, clock: ExecutionClock, status_changed: StatusChanged, **parts: Any) -> None:
        super().__init__(clock=clock, **parts)
        self._status_changed = status_changed
        self._invocation_started: dict[str, datetime] = {}
        # The SDK idles for 0.1 s at the end of an invocation. With the emulator's number of
        # invocations at a time, a third of the machine is unused, and six that hang block all.
        self._invocation_pool = DaemonThreadPool(INVOCATIONS_AT_A_TIME, "durable-invocation")

    # Names

    def _create_execution(
        self,
        input: StartDurableExecutionInput,  # noqa: A002 - the emulator's name
        parent_execution_arn: str | None = None,
    ) -> Execution:
        """Give the execution its AWS name. A child starts only once, at its parent's time."""
        unique_id = input.invocation_id or str(uuid.uuid4())
        start = replace(input, invocation_id=unique_id)
        execution = self._named(start)
        arn = execution.durable_execution_arn
        if parent_execution_arn:
            try:
                return self._store.load(arn)
            except ResourceNotFoundException:
                self.clock.inherit(arn, parent_execution_arn)
        execution.parent_execution_arn = parent_execution_arn
        with self.clock.of(arn):
            execution.start(now=self.clock.now())
        self._store.save(execution)
        self._status_changed(execution)
        return execution

    def _named(self, start: StartDurableExecutionInput) -> PausableExecution:
        """Return an execution that has not begun, with its AWS name."""
        arn = execution_arn(
            region=self.region,
            account_id=start.account_id,
            function=start.function_name,
            version=start.function_qualifier,
            name=start.execution_name,
            unique_id=str(start.invocation_id),  # the SDK finds the execution's input by this id
        )
        execution = PausableExecution(arn, start, [])
        execution.region = self.region
        return execution

    # Checkpoints

    def _checkpoint_execution(
        self,
        execution_arn: str,
        checkpoint_token: str,
        updates: list[OperationUpdate] | None = None,
        client_token: str | None = None,
    ) -> Any:
        """Refuse updates that are over AWS's limits."""
        limits.check(self.get_execution(execution_arn), updates or [])
        return super()._checkpoint_execution(execution_arn, checkpoint_token, updates, client_token)

    # Invocations

    def _invoke_handler(self, execution_arn: str) -> Callable[[], Awaitable[None]]:
        """Run the invocation on the execution's own clock."""
        invoke = super()._invoke_handler(execution_arn)

        async def invoke_on_its_clock() -> None:
            with self.clock.of(execution_arn):
                await invoke()

        return invoke_on_its_clock

    def _begin_invocation(self, execution_arn: str) -> Any:
        """Remember when the invocation starts: a crash leaves no other trace of it.

        The response to a checkpoint does not repeat what the input told the function.
        """
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
        invocation_end: datetime,  # noqa: ARG002 - the time before the task waited
        invocation_seq: int | None = None,
    ) -> None:
        """Put the invocation's end into the execution's events, in order."""
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
        """Add the invocation that timed out to the history, with its error."""
        error = replace(error, type="Sandbox.Timedout")
        self._invoker.failures[execution_arn] = Failure(error, str(uuid.uuid4()), reached=True)
        self._retry_after_error(execution_arn, error)

    def _retry_after_error(self, execution_arn: str, error: ErrorObject) -> None:  # noqa: ARG002
        """Add the failed invocation to the history before the retry, as AWS does."""
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
        arn = execution.durable_execution_arn
        failures = execution.consecutive_failed_invocation_attempts
        execution.consecutive_failed_invocation_attempts = failures + 1
        self._store.save(execution)
        self._retries[arn] = backoff(self.clock.now(), failures, reached=reached)
        self._schedule_earliest_pending(arn)

    # Ends

    def _complete_events(self, execution_arn: str) -> None:
        """Tell clients, a parent and the event bus about the end only after it is stored."""
        self._store.after_write(lambda: self._end(execution_arn))

    def _end(self, execution_arn: str) -> None:
        execution = self._store.load(execution_arn)
        if execution.parent_execution_arn:
            self.clock.catch_up(execution.parent_execution_arn, execution_arn)
        super()._complete_events(execution_arn)
        self._status_changed(execution)
        self._invocation_started.pop(execution_arn, None)
        self.forget(execution)

    # Restarts

    def resume_all(self) -> int:
        """After a restart, resume every execution that has not ended; return how many."""
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
        """Invoke again the children that were running, and tell the parent which have ended."""
        arn = execution.durable_execution_arn
        for update in execution.updates:
            options = update.chained_invoke_options
            if options is None or not is_pending(execution, update.operation_id):
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


def _last_seen(execution: Execution) -> datetime:
    """Return the latest time that is stored in an execution."""
    started = execution.get_operation_execution_started().start_timestamp
    ends = [c.end_timestamp for c in execution.invocation_completions]
    finished = [o.end_timestamp for o in execution.operations if o.end_timestamp]
    return max([*execution.update_timestamps, *ends, *finished, *([started] if started else [])])
