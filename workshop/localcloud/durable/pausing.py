"""Pauses and resumes executions: see :mod:`workshop.localcloud.durable.pauses`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aws_durable_execution_sdk_python_testing.clock import real_now
from aws_durable_execution_sdk_python_testing.worker.checkpoint_tasks import CallableTask
from aws_durable_execution_sdk_python_testing.worker.status import InvocationState

from workshop.localcloud.durable.executor import DurableExecutor
from workshop.localcloud.durable.pauses import PausableExecution, Pause

REMEMBERED = timedelta(minutes=15)  # how long a client token stands for its request


@dataclass(frozen=True)
class Request:
    """A request to pause or to resume: two that are equal are one."""

    verb: str
    client_token: str | None
    reason: str | None
    stops_timeout: bool = True

    def is_recent(self, at: datetime) -> bool:
        """Return whether a request that repeats this one, made at ``at``, is the same request."""
        return self.client_token is not None and real_now() - at < REMEMBERED


class PausingExecutor(DurableExecutor):
    """The executor with pauses. A pause holds back invocations, and nothing else."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._last: dict[str, tuple[Request, datetime]] = {}

    def pause(self, arn: str, request: Request) -> bool:
        """Pause an execution; return False if it does not run."""
        return self._once(arn, request, self._pause)

    def resume(self, arn: str, request: Request) -> bool:
        """Resume an execution; return False if it is not paused or about to be."""
        return self._once(arn, request, self._end_pause)

    def _once(
        self,
        arn: str,
        request: Request,
        change: Callable[[PausableExecution, Request], bool],
    ) -> bool:
        self.get_execution(arn)  # or it does not exist

        def apply() -> bool:
            last = self._last.get(arn)
            if last and last[0] == request and request.is_recent(last[1]):
                return True
            execution = self.get_execution(arn)
            assert isinstance(execution, PausableExecution)
            if execution.is_complete or not change(execution, request):
                return False
            self._last[arn] = request, real_now()
            return True

        done: bool = self._registry.submit(arn, CallableTask(apply)).result()
        return done

    def _pause(self, execution: PausableExecution, request: Request) -> bool:
        if execution.pauses.current is not None:
            return False
        now = self.clock.now().timestamp()
        execution.pauses.current = Pause(now, request.reason, request.stops_timeout)
        execution.pause()
        if not self._settle(execution):
            self._store.save(execution)
            self._status_changed(execution)
        return True

    def _end_pause(self, execution: PausableExecution, request: Request) -> bool:
        if execution.pauses.current is None:
            return False
        execution.end_pause(self.clock.now(), request.reason)
        arn = execution.durable_execution_arn
        self._resume_execution(arn)  # which invokes the function, if it was held back
        self._status_changed(execution)
        self._schedule_earliest_pending(arn)
        return True

    def _settle(self, execution: Any) -> bool:
        """Complete a pause that waits for the end of an invocation; return whether it did."""
        arn, pause = execution.durable_execution_arn, execution.pauses.current
        running = self._invocation_gate(arn) is InvocationState.INVOKING
        if pause is None or pause.paused_at is not None or execution.is_complete or running:
            return False
        execution.pause_now(self.clock.now())
        self._store.save(execution)
        self._status_changed(execution)
        self._schedule_earliest_pending(arn)
        return True

    def _finish_invocation(self, execution_arn: str, *parts: Any, **named: Any) -> None:
        """Complete a pause that waited for this."""
        super()._finish_invocation(execution_arn, *parts, **named)
        self._settle(self._store.load(execution_arn))

    def _retry_after_error(self, execution_arn: str, error: Any) -> None:
        """Do the same after an invocation that failed."""
        super()._retry_after_error(execution_arn, error)
        self._settle(self._store.load(execution_arn))

    def _resume(self, execution: Any) -> None:
        """After a restart, complete a pause: the invocation that it waited for is gone."""
        with self.clock.of(execution.durable_execution_arn):
            self._settle(execution)
        super()._resume(execution)

    def _end(self, execution_arn: str) -> None:
        super()._end(execution_arn)
        self._last.pop(execution_arn, None)
