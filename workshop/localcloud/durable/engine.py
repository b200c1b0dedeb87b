"""The durable execution service as one object: build, start, stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_durable_execution_sdk_python_testing.checkpoint.processor import CheckpointProcessor
from aws_durable_execution_sdk_python_testing.child_dispatcher import EndpointChildDispatcher
from aws_durable_execution_sdk_python_testing.scheduler import Scheduler

from workshop.localcloud.durable.clock import ClockMode, ExecutionClock
from workshop.localcloud.durable.executor import DurableExecutor
from workshop.localcloud.durable.invoker import PatientInvoker
from workshop.localcloud.durable.registry import ClockedRegistry
from workshop.localcloud.durable.store import LiveStore

INVOCATION_TIMEOUT_SECONDS = 900  # the longest a Lambda function may run


class Engine:
    """Durable executions, kept in ``database`` and invoked at ``lambda_endpoint``.

    ``functions`` finds the targets of chained invokes, as the emulator's ``FunctionConfigs`` does.
    """

    def __init__(
        self,
        *,
        database: Path,
        lambda_endpoint: str,
        region: str,
        clock: ClockMode,
        functions: Any,
    ) -> None:
        self.clock = ExecutionClock(clock)
        self.store = LiveStore(database)
        self._scheduler = Scheduler()
        self._registry = ClockedRegistry(self.store, self._scheduler, self.clock)
        invoker = PatientInvoker(lambda_endpoint, region, INVOCATION_TIMEOUT_SECONDS + 10)
        processor = CheckpointProcessor(self.store, self._scheduler, clock=self.clock)
        self.executor = DurableExecutor(
            store=self.store,
            scheduler=self._scheduler,
            invoker=invoker,
            checkpoint_processor=processor,
            invocation_timeout_seconds=INVOCATION_TIMEOUT_SECONDS,
            registry=self._registry,
            clock=self.clock,
            child_dispatcher=EndpointChildDispatcher(
                functions, invoker.unmarked_client_for, INVOCATION_TIMEOUT_SECONDS
            ),
            region=region,
        )
        processor.add_execution_observer(self.executor)

    def start(self) -> int:
        """Begin work, and resume what was running; returns how many executions that is."""
        self._scheduler.start()
        return self.executor.resume_all()

    def stop(self) -> None:
        """End work; what was running resumes at the next start."""
        self.executor.shutdown()
        self._registry.shutdown()
        self._scheduler.stop()
        self.store.close()
