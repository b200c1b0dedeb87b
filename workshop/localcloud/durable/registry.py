"""One queue of work for each execution: each task runs at its time and is stored once."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from aws_durable_execution_sdk_python_testing.scheduler import Scheduler
from aws_durable_execution_sdk_python_testing.worker.registry import ExecutionRegistry
from aws_durable_execution_sdk_python_testing.worker.task import (
    ExecutionTask,
    TaskOutcome,
    WorkerContext,
)

from workshop.localcloud.durable.clock import ExecutionClock
from workshop.localcloud.durable.store import LiveStore


class ClockedRegistry(ExecutionRegistry):
    """The emulator's registry, which sets the clock before each piece of work."""

    def __init__(self, store: LiveStore, scheduler: Scheduler, clock: ExecutionClock) -> None:
        super().__init__(store, scheduler)
        self._live, self._clock = store, clock

    def submit(self, execution_arn: str, task: ExecutionTask[Any]) -> Future[Any]:
        """Run ``task`` after the execution's earlier ones, at the execution's time."""
        return super().submit(execution_arn, _Clocked(execution_arn, task, self._clock, self._live))


class _Clocked(ExecutionTask[Any]):
    def __init__(
        self, arn: str, task: ExecutionTask[Any], clock: ExecutionClock, store: LiveStore
    ) -> None:
        self._arn, self._task, self._clock, self._store = arn, task, clock, store

    def execute(self, status: Any, worker: WorkerContext) -> TaskOutcome[Any]:
        with self._clock.of(self._arn), self._store.one_write():
            return self._task.execute(status, worker)
