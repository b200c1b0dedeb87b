"""The durable execution service as one object: build, start, stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_durable_execution_sdk_python_testing.checkpoint.processor import CheckpointProcessor
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.scheduler import Scheduler

from workshop.localcloud.durable.announcer import Announcer
from workshop.localcloud.durable.children import ChildDispatcher
from workshop.localcloud.durable.clock import ClockMode, ExecutionClock
from workshop.localcloud.durable.dead_letters import DeadLetters
from workshop.localcloud.durable.executor import StatusChanged
from workshop.localcloud.durable.forks import ForkingExecutor
from workshop.localcloud.durable.invoker import FunctionInvoker
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
        invoker = FunctionInvoker(
            lambda_endpoint, region, read_timeout_seconds=INVOCATION_TIMEOUT_SECONDS + 10
        )
        children = ChildDispatcher(
            region=region,
            functions=functions,
            client_provider=invoker.unmarked_client_for,
            invocation_timeout_seconds=INVOCATION_TIMEOUT_SECONDS,
        )
        self.service_model = invoker.lambda_client.meta.service_model
        self.store.child = children.describe
        self.executor = ForkingExecutor(
            store=self.store,
            scheduler=self._scheduler,
            invoker=invoker,
            checkpoint_processor=CheckpointProcessor(self.store, self._scheduler, clock=self.clock),
            invocation_timeout_seconds=INVOCATION_TIMEOUT_SECONDS,
            registry=self._registry,
            clock=self.clock,
            child_dispatcher=children,
            region=region,
            status_changed=_tell(
                Announcer(lambda_endpoint, region).announce,
                DeadLetters(lambda_endpoint, region).consider,
            ),
        )

    def start(self) -> int:
        """Start, and resume the running executions; return how many they are."""
        self._scheduler.start()
        return self.executor.resume_all()

    def stop(self) -> None:
        """Stop. Running executions resume at the next start."""
        self.executor.shutdown()
        self._registry.shutdown()
        self._scheduler.stop()
        self.store.close()


def _tell(*listeners: StatusChanged) -> StatusChanged:
    """Return a function that passes an execution on to all of these."""

    def tell(execution: Execution) -> None:
        for listener in listeners:
            listener(execution)

    return tell
