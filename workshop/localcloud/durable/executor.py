"""Runs durable executions: the emulator's executor, closer to AWS.

Mends, each in the method that says so: opaque execution names, one clock for all, crashed
invocations missing from the history, a fixed back-off, and no resumption after a restart.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.executor import Executor
from aws_durable_execution_sdk_python_testing.model import (
    GetDurableExecutionHistoryResponse,
    StartDurableExecutionInput,
)
from aws_durable_execution_sdk_python_testing.worker.status import InvocationState

from workshop.localcloud.durable import history
from workshop.localcloud.durable.arns import execution_arn
from workshop.localcloud.durable.clock import ExecutionClock
from workshop.localcloud.durable.store import FailedInvocation

FIRST_BACKOFF_SECONDS = 1


class DurableExecutor(Executor):
    """The emulator's executor with AWS's names, clocks, history and back-off."""

    def __init__(self, clock: ExecutionClock, **parts: Any) -> None:
        super().__init__(clock=clock, **parts)
        self.clock = clock
        self._invocation_due: set[str] = set()
        self._invocation_started: dict[str, datetime] = {}

    def _create_execution(
        self,
        input: StartDurableExecutionInput,  # noqa: A002 - the emulator's name
        parent_execution_arn: str | None = None,
    ) -> Execution:
        """Give the execution its AWS name; a child starts at its parent's time."""
        unique_id = input.invocation_id or str(uuid.uuid4())
        start = replace(input, invocation_id=unique_id)
        execution = Execution.new(input=start)
        execution.durable_execution_arn = arn = execution_arn(
            region=self.region,
            account_id=start.account_id,
            function=start.function_name,
            version=start.function_qualifier,
            name=start.execution_name,
            unique_id=unique_id,  # the SDK finds the execution's input by this id
        )
        execution.region = self.region
        execution.parent_execution_arn = parent_execution_arn
        if parent_execution_arn:
            self.clock.inherit(arn, parent_execution_arn)
        with self.clock.of(arn):
            execution.start(now=self.clock.now())
        self._store.save(execution)
        return execution

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
        """Remember when the invocation starts: a crash leaves no other trace of it."""
        self._invocation_due.discard(execution_arn)
        claim = super()._begin_invocation(execution_arn)
        if claim is not None:
            self._invocation_started[execution_arn] = self.clock.now()
        return claim

    def _schedule_earliest_pending(self, execution_arn: str) -> None:
        """Skip ahead only while nothing of the execution runs or is about to."""
        running = self._invocation_gate(execution_arn) is InvocationState.INVOKING
        idle = not running and execution_arn not in self._invocation_due
        with self.clock.of(execution_arn, idle=idle):
            super()._schedule_earliest_pending(execution_arn)

    def _retry_after_error(self, execution_arn: str, error: ErrorObject) -> None:
        """Record the crashed invocation before trying again."""
        execution = self.get_execution(execution_arn)
        now = self.clock.now()
        execution.invocation_completions.append(
            FailedInvocation(
                start_timestamp=self._invocation_started.pop(execution_arn, now),
                end_timestamp=now,
                request_id=str(uuid.uuid4()),
                error=error,
            )
        )
        self._store.save(execution)
        super()._retry_after_error(execution_arn, error)

    def _retry_invocation(
        self, execution: Execution, error: ErrorObject, max_attempts: int | None = None
    ) -> None:
        """Back off exponentially until the execution times out, as AWS does."""
        arn = execution.durable_execution_arn
        if execution.is_complete:
            return
        if max_attempts is not None:
            super()._retry_invocation(execution, error, max_attempts)
            return
        failures = execution.consecutive_failed_invocation_attempts
        execution.consecutive_failed_invocation_attempts = failures + 1
        self._store.save(execution)
        delay = timedelta(seconds=FIRST_BACKOFF_SECONDS * 2**failures)
        deadline = self._deadline(execution)
        if deadline is not None and self.clock.now() + delay >= deadline:
            self._fail_workflow(arn, error)
            return
        with self.clock.of(arn, idle=True):
            self._invoke_execution(arn, self.clock.arm(self.clock.now() + delay))

    @staticmethod
    def _deadline(execution: Execution) -> datetime | None:
        started = execution.get_operation_execution_started().start_timestamp
        seconds = execution.start_input.execution_timeout_seconds
        return started + timedelta(seconds=seconds) if started and seconds > 0 else None

    def _complete_events(self, execution_arn: str) -> None:
        """Forget what was kept for an execution that has ended."""
        super()._complete_events(execution_arn)
        self.clock.forget(execution_arn)
        self._invocation_started.pop(execution_arn, None)

    def get_execution_history(
        self,
        execution_arn: str,
        include_execution_data: bool = True,
        reverse_order: bool = False,
        marker: str | None = None,
        max_items: int | None = None,
    ) -> GetDurableExecutionHistoryResponse:
        """The history with the details of every invocation, a page at a time."""
        everything = super().get_execution_history(
            execution_arn, include_execution_data, max_items=10**6
        )
        completions = self.get_execution(execution_arn).invocation_completions
        events = history.with_invocations(everything.events, list(completions))
        return history.page(events, reverse=reverse_order, marker=marker, max_items=max_items)

    def resume_all(self) -> int:
        """After a restart, invoke every execution that had not ended; returns how many."""
        running = [e for e in self._store.list_all() if not e.is_complete]
        for stored in running:
            execution = self._store.load(stored.durable_execution_arn)
            arn = execution.durable_execution_arn
            self._store.save(execution)
            self.clock.restore(arn, _last_seen(execution))
            remaining = self._deadline(execution)
            with self.clock.of(arn):
                left = (remaining - self.clock.now()).total_seconds() if remaining else 0
            self._launch_execution(execution, max(int(left), 1) if remaining else 0)
        return len(running)


def _last_seen(execution: Execution) -> datetime:
    """The latest time an execution has recorded."""
    started = execution.get_operation_execution_started().start_timestamp
    ends = [c.end_timestamp for c in execution.invocation_completions]
    finished = [o.end_timestamp for o in execution.operations if o.end_timestamp]
    return max([*execution.update_timestamps, *ends, *finished, *([started] if started else [])])
