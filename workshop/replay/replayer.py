"""Replay: run changed code against a recorded execution, before a deployment does it for real.

After every wait, Lambda invokes a durable function again, from its first line, and the SDK returns
the checkpointed result of each operation that has ended. So an execution in flight meets new code,
unless it is pinned to a version. A replay does the same in this process. Nothing is executed: an
operation that has not ended in the history stops it.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from aws_durable_execution_sdk_python import BatchResult, execution
from aws_durable_execution_sdk_python.concurrency.executor import ConcurrentExecutor
from aws_durable_execution_sdk_python.config import NestingType
from aws_durable_execution_sdk_python.context import DurableContext
from aws_durable_execution_sdk_python.exceptions import (
    NonDeterministicExecutionError,
    SuspendExecution,
)
from aws_durable_execution_sdk_python.identifier import OperationIdentifier
from aws_durable_execution_sdk_python.lambda_service import (
    Operation,
    OperationStatus,
    OperationType,
)
from aws_durable_execution_sdk_python.state import ExecutionState, ReplayStatus

from workshop.replay.misfit import Line, Misfit, line_of_error, told_operation
from workshop.replay.recorded import Recorded
from workshop.replay.state import RecordedState

Handler = Callable[..., Any]
Batch = ConcurrentExecutor[Any, Any]
SDK_WRAPPER = execution.__file__
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Replayed:
    """What a replay has found. `misfit` is None if the code fits the history.

    `notes` are sentences about what a replay cannot decide: another result, unnamed operations.
    """

    misfit: Misfit | None
    operations: int
    notes: list[str] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether an execution with this record could go on with this code."""
        return self.misfit is None

    def __str__(self) -> str:
        if self.misfit is not None:
            return str(self.misfit)
        return "\n".join([f"It fits: {self.operations} recorded operations.", *self.notes])


def replay(recorded: Recorded, handler: Handler) -> Replayed:
    """Run a durable handler against a recorded execution; execute nothing.

    First with the results of the whole record, then once for each map, parallel and child context,
    as if the function had been interrupted while that ran: the branches are replayed, too.

    Raises:
        TypeError: The handler has no `@durable_execution`.
    """
    function = undecorated(handler)
    code = inspect.unwrap(function).__code__
    start = Line(code.co_filename, code.co_firstlineno)
    misfits: list[Misfit] = []
    notes = [] if all(o.name for o in recorded.operations.values()) else [_unnamed(recorded)]
    with _one_at_a_time, _quiet():
        misfits += _run(recorded, function, start, "", notes)
        for context in _contexts(recorded):
            misfits += _run(recorded, function, start, context.operation_id, [])
    first = min(misfits, key=lambda misfit: misfit.rank, default=None)
    return Replayed(first, len(recorded.operations), notes)


def undecorated(handler: Handler) -> Handler:
    """Return the function that `@durable_execution` has decorated."""
    found: Any = handler
    while found is not None:
        code = getattr(found, "__code__", None)
        if code is not None and code.co_filename == SDK_WRAPPER:
            return found.__wrapped__  # type: ignore[no-any-return]
        found = getattr(found, "__wrapped__", None)
    raise TypeError(f"{handler!r} has no @durable_execution, so nothing of it is replayed.")


def _contexts(recorded: Recorded) -> list[Operation]:
    """Return the handler's own contexts that have ended; those inside are replayed with them."""
    return [
        operation
        for operation in recorded.children(None)
        if operation.operation_type is OperationType.CONTEXT
        and operation.status in (OperationStatus.SUCCEEDED, OperationStatus.FAILED)
    ]


def _run(
    recorded: Recorded, function: Handler, start: Line, stop_after: str, notes: list[str]
) -> list[Misfit]:
    """Run the function once; return the misfits, of which the first by rank counts."""
    state = RecordedState(recorded, start, stop_after)
    replaying = ReplayStatus.REPLAY if recorded.operations else ReplayStatus.NEW
    context = DurableContext.from_lambda_context(state, LAMBDA_CONTEXT, replaying)
    with _watching(state):
        try:
            returned = function(recorded.event, context)
        except SuspendExecution:
            if not (state.misfits or stop_after) and recorded.has_ended:
                state.note_at_end("waits for more", None)
        except Exception as error:  # noqa: BLE001 - whatever the code under test raises
            line = line_of_error(error, state.folder)
            if isinstance(error, NonDeterministicExecutionError):
                state.note_at_end(f"is refused by the SDK: {error}", line)
            elif not state.misfits:
                state.note_unasked(None, line)
                if recorded.status is OperationStatus.SUCCEEDED:
                    state.note_at_end(f"raises {type(error).__name__}: {error}", line)
        else:
            state.note_unasked(None)
            notes += _other_result(recorded, returned)
        finally:
            state.close()  # type: ignore[no-untyped-call]
    return state.misfits


def _other_result(recorded: Recorded, returned: Any) -> Iterator[str]:
    if recorded.status is OperationStatus.FAILED:
        yield f"The recorded execution failed with {recorded.outcome}; this code returns a result."
    elif recorded.has_ended and returned != recorded.outcome:
        yield "The result of this code differs from the recorded one."


def _unnamed(recorded: Recorded) -> str:
    unnamed = [told_operation(o) for o in recorded.operations.values() if not o.name]
    return (
        f"{len(unnamed)} recorded operations have no name. If two of the same kind change places, "
        "nobody can tell: give each operation a name."
    )


@contextmanager
def _watching(state: RecordedState) -> Iterator[None]:
    """Let the state know which operation the code asks for instead of a recorded one.

    The SDK raises an error, which the code under test could catch. And the state learns all
    branches of a map or a parallel, of which the SDK asks for one after the other.
    """
    validate, execute = OperationIdentifier.validate_checkpoint, ConcurrentExecutor.execute

    def validate_or_reject(identifier: OperationIdentifier, checkpoint: Operation | None) -> None:
        try:
            validate(identifier, checkpoint)
        except NonDeterministicExecutionError:
            state.reject(identifier)

    def note_and_execute(
        batch: Batch, execution_state: ExecutionState, executor_context: DurableContext
    ) -> BatchResult[Any]:
        if batch.nesting_type is NestingType.NESTED:
            ids = batch.operation_id_namespace.create_id_for_step
            branches = [ids(executable.index) for executable in batch.executables]
            state.note_branches(executor_context._parent_id, branches)
        return execute(batch, execution_state, executor_context)

    with (
        patch.object(OperationIdentifier, "validate_checkpoint", validate_or_reject),
        patch.object(ConcurrentExecutor, "execute", note_and_execute),
    ):
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log lines of the code under test to itself."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


LAMBDA_CONTEXT: Any = SimpleNamespace(
    aws_request_id="replay",
    function_name="replay",
    function_version="$LATEST",
    invoked_function_arn="arn:aws:lambda:us-east-2:000000000000:function:replay",
    memory_limit_in_mb="128",
    get_remaining_time_in_millis=lambda: 60_000,
)
