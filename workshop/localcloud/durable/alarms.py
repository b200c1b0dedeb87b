"""When an execution must wake next.

Fixes: the emulator has one timer for waits and retries, which the skip clock may shorten, and
others for timeouts, which always take their real time and are lost in a restart. Here all of them
follow from the execution's state, in its own time:

- The clock may skip to the end of a wait, the retry of a step, and the next attempt of an
  invocation that failed.
- Anything due on the way happens, each at its time: a wait longer than ``ExecutionTimeout`` times
  the execution out, and a callback whose timeout is inside the wait times out.
- A timeout with nothing else to wait for takes its real time, because somebody may complete the
  callback. An execution that waits for another one does not skip ahead of it either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_durable_execution_sdk_python.lambda_service import (
    CallbackOptions,
    CallbackTimeoutType,
    ErrorObject,
    Operation,
    OperationStatus,
    OperationType,
)
from aws_durable_execution_sdk_python_testing.execution import Execution

from workshop.localcloud.durable.pauses import lifetime

FIRST_BACKOFF_SECONDS = 1
LEAST_SECONDS, LONGEST_LEAST_SECONDS = 0.1, 1.0  # between attempts, when the backoff is skipped
UNREACHABLE_BACKOFF_SECONDS, LONGEST_UNREACHABLE_SECONDS = 0.25, 5.0


@dataclass(frozen=True)
class Retry:
    """The next attempt after a failed invocation: when, and the least real seconds until then.

    A function that fails is retried when AWS would retry it. The clock may skip to that time, but
    ``least_seconds`` pass. A function that could not be reached is retried in real time.
    """

    at: datetime
    least_seconds: float
    skippable: bool


@dataclass(frozen=True)
class Alarm:
    """The next time something is due, and whether the clock may skip to it.

    ``least_seconds`` of real time always pass.
    """

    at: datetime
    skippable: bool
    least_seconds: float = 0.0


@dataclass(frozen=True)
class CallbackTimeout:
    """The time at which a pending callback times out, and its error then."""

    at: datetime
    callback_id: str
    error: ErrorObject


def backoff(now: datetime, failures: int, *, reached: bool) -> Retry:
    """Return the next attempt after an invocation that failed, the ``failures`` + 1st failure."""
    doubled = 2 ** min(failures, 24)
    if not reached:
        seconds = min(UNREACHABLE_BACKOFF_SECONDS * doubled, LONGEST_UNREACHABLE_SECONDS)
        return Retry(now + timedelta(seconds=seconds), seconds, skippable=False)
    least = min(LEAST_SECONDS * doubled, LONGEST_LEAST_SECONDS)
    return Retry(now + timedelta(seconds=FIRST_BACKOFF_SECONDS * doubled), least, skippable=True)


def next_alarm(
    execution: Execution,
    wake_up: datetime | None,
    retry: Retry | None,
    heartbeats: Mapping[str, datetime],
) -> Alarm | None:
    """Return the next alarm of an execution; its next wait or retry ends at ``wake_up``."""
    due = [each.at for each in callback_timeouts(execution, heartbeats)]
    end = deadline(execution)
    due += [end] if end else []
    due += [wake_up] if wake_up else []
    due += [retry.at] if retry else []
    if not due:
        return None
    goal = retry.skippable if retry else wake_up is not None
    skippable = goal and not waits_for_another(execution)
    return Alarm(min(due), skippable, retry.least_seconds if retry else 0.0)


def deadline(execution: Execution) -> datetime | None:
    """Return when the execution times out."""
    started = execution.get_operation_execution_started().start_timestamp
    seconds = execution.start_input.execution_timeout_seconds
    return started + lifetime(execution) if started and seconds > 0 else None


def waits_for_another(execution: Execution) -> bool:
    """Return whether a function that it invoked has not returned yet."""
    return any(_pending(o, OperationType.CHAINED_INVOKE) for o in execution.operations)


def callback_timeouts(
    execution: Execution, heartbeats: Mapping[str, datetime]
) -> list[CallbackTimeout]:
    """Return the timeouts of pending callbacks; ``heartbeats`` has the last one by callback id."""
    pending = [o for o in execution.operations if _pending(o, OperationType.CALLBACK)]
    if not pending:
        return []
    options = {u.operation_id: u.callback_options for u in execution.updates if u.callback_options}
    return [
        timeout
        for operation in pending
        if operation.operation_id in options
        for timeout in _timeouts(operation, options[operation.operation_id], heartbeats)
    ]


def is_pending(execution: Execution, id_: str) -> bool:
    """Return whether a callback or chained invoke is pending; a callback id works, too."""
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


def _pending(operation: Operation, kind: OperationType) -> bool:
    return operation.operation_type is kind and operation.status is OperationStatus.STARTED


def _timeouts(
    operation: Operation, options: CallbackOptions | None, heartbeats: Mapping[str, datetime]
) -> Iterator[CallbackTimeout]:
    assert operation.callback_details is not None
    assert operation.start_timestamp is not None
    callback_id, start = operation.callback_details.callback_id, operation.start_timestamp
    if options is None:
        return
    if options.timeout_seconds:
        at = start + timedelta(seconds=options.timeout_seconds)
        yield CallbackTimeout(
            at, callback_id, _error("Callback timed out", CallbackTimeoutType.TIMEOUT)
        )
    if options.heartbeat_timeout_seconds:
        seconds = timedelta(seconds=options.heartbeat_timeout_seconds)
        at = heartbeats.get(callback_id, start) + seconds
        yield CallbackTimeout(
            at,
            callback_id,
            _error("Callback timed out on heartbeat", CallbackTimeoutType.HEARTBEAT),
        )


def _error(message: str, kind: CallbackTimeoutType) -> ErrorObject:
    return ErrorObject(message=message, type=kind.value, data=None, stack_trace=None)
