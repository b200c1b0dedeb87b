"""One lane of work per execution, each on its execution's own clock."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from aws_durable_execution_sdk_python_testing.scheduler import Scheduler
from aws_durable_execution_sdk_python_testing.stores.base import ExecutionStore
from aws_durable_execution_sdk_python_testing.worker.registry import ExecutionRegistry
from aws_durable_execution_sdk_python_testing.worker.task import (
    ExecutionTask,
    TaskOutcome,
    WorkerContext,
)

from workshop.localcloud.durable.clock import ExecutionClock


class ClockedRegistry(ExecutionRegistry):
    """The emulator's registry, which sets the clock before each piece of work."""

    def __init__(self, store: ExecutionStore, scheduler: Scheduler, clock: ExecutionClock) -> None:
        super().__init__(store, scheduler)
        self._clock = clock

    def submit(self, execution_arn: str, task: ExecutionTask[Any]) -> Future[Any]:
        """Run ``task`` after the execution's earlier ones, at the execution's time."""
        return super().submit(execution_arn, _Clocked(execution_arn, task, self._clock))


class _Clocked(ExecutionTask[Any]):
    def __init__(self, arn: str, task: ExecutionTask[Any], clock: ExecutionClock) -> None:
        self._arn, self._task, self._clock = arn, task, clock

    def execute(self, status: Any, worker: WorkerContext) -> TaskOutcome[Any]:
        with self._clock.of(self._arn):
            return self._task.execute(status, worker)
