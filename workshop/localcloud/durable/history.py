"""The events of an execution, in the shape of ``GetDurableExecutionHistory``.

Fixes: the emulator builds the history at every read, from the state of the operations at that time.
Numbers may change between two reads, and the details of invocations and retries, timeouts of
callbacks, payloads of retried conditions, and versions of chained invokes are lost. Here each event
is made once, when it happens, and keeps its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import (
    ErrorObject,
    Operation,
    OperationAction,
    OperationStatus,
    OperationType,
    OperationUpdate,
)
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.model import InvocationCompletedDetails

from workshop.localcloud.durable.pauses import PausableExecution

Event = dict[str, Any]
Child = Callable[[str, str, str], dict[str, str]]  # see ``ChildDispatcher.describe``

KINDS = {
    OperationType.EXECUTION: "Execution",
    OperationType.CONTEXT: "Context",
    OperationType.STEP: "Step",
    OperationType.WAIT: "Wait",
    OperationType.CALLBACK: "Callback",
    OperationType.CHAINED_INVOKE: "ChainedInvoke",
}
OUTCOMES = {
    OperationStatus.SUCCEEDED: "Succeeded",
    OperationStatus.FAILED: "Failed",
    OperationStatus.TIMED_OUT: "TimedOut",
    OperationStatus.STOPPED: "Stopped",
    OperationStatus.CANCELLED: "Cancelled",
}
DATA = ("Input", "Result", "Error", "Reason")


@dataclass(frozen=True)
class FailedInvocation(InvocationCompletedDetails):
    """An invocation that crashed or timed out, which the emulator leaves out of the history."""

    error: ErrorObject | None = None


@dataclass
class Progress:
    """How many changes of an execution are events already."""

    events: int = 0
    updates: int = 0
    invocations: int = 0
    pauses: int = 0
    started: bool = False
    ended: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, execution: Execution, events: int) -> Progress:
        """Return the progress of an execution whose changes are all in ``events`` events."""
        ended = {o.operation_id for o in execution.operations if o.status in OUTCOMES}
        updates, invocations = len(execution.updates), len(execution.invocation_completions)
        return cls(events, updates, invocations, len(_pauses(execution)), True, ended)


def new_events(execution: Execution, progress: Progress, child: Child) -> list[Event]:
    """Return the events since the last call, with numbers, and advance ``progress``."""
    events = list(_changes(execution, progress, child))
    for number, event in enumerate(events, progress.events + 1):
        event["EventId"] = number
    progress.events += len(events)
    return events


def without_data(event: Event) -> Event:
    """Return the event without its payloads, as when ``IncludeExecutionData`` is false."""
    name = f"{event['EventType']}Details"
    details = {
        key: {"Truncated": True} if key in DATA else value for key, value in event[name].items()
    }
    return {**event, name: details}


def _changes(execution: Execution, progress: Progress, child: Child) -> Iterator[Event]:
    operations = {o.operation_id: o for o in execution.operations}
    if not progress.started:
        progress.started = True
        yield _execution_started(execution)
    stamped = list(zip(execution.updates, execution.update_timestamps, strict=True))
    for update, at in stamped[progress.updates :]:
        if update.operation_type is not OperationType.EXECUTION:
            details = _details(execution, operations[update.operation_id], update, child)
            if update.action in (OperationAction.SUCCEED, OperationAction.FAIL):
                progress.ended.add(update.operation_id)
            yield _event(operations[update.operation_id], _outcome(update), at, details)
    progress.updates = len(stamped)
    unseen = [o for i, o in operations.items() if o.status in OUTCOMES and i not in progress.ended]
    progress.ended.update(o.operation_id for o in unseen)
    execution_ended = [o for o in unseen if o.operation_type is OperationType.EXECUTION]
    for operation in sorted((o for o in unseen if o not in execution_ended), key=_end):
        yield _ended(operation)
    yield from _invocations_and_pauses(execution, progress)
    for operation in execution_ended:
        yield _execution_ended(execution, operation)


def _invocations_and_pauses(execution: Execution, progress: Progress) -> Iterator[Event]:
    for completion in execution.invocation_completions[progress.invocations :]:
        yield _invocation_completed(completion)
    progress.invocations = len(execution.invocation_completions)
    for event in _pauses(execution)[progress.pauses :]:
        yield dict(event)
    progress.pauses = len(_pauses(execution))


def _pauses(execution: Execution) -> list[Event]:
    return execution.pauses.events if isinstance(execution, PausableExecution) else []


def _outcome(update: OperationUpdate) -> str:
    """Return AWS's name for the effect of an update. A retry without an error is a success."""
    match update.action:
        case OperationAction.START:
            return "Started"
        case OperationAction.CANCEL:
            return "Cancelled"
        case OperationAction.RETRY | OperationAction.FAIL if update.error is not None:
            return "Failed"
        case OperationAction.FAIL:
            return "Failed"
        case _:
            return "Succeeded"


def _details(
    execution: Execution, operation: Operation, update: OperationUpdate, child: Child
) -> dict[str, Any]:
    """Return the details of the event that an update makes."""
    if update.action is not OperationAction.START:
        details = _data("Error" if _outcome(update) == "Failed" else "Result", update)
        return details | _retry_details(operation, update)
    match update.operation_type:
        case OperationType.WAIT:
            return _wait_started(operation)
        case OperationType.CALLBACK:
            return _callback_started(operation, update)
        case OperationType.CHAINED_INVOKE:
            return _chained_invoke_started(execution, update, child)
        case _:
            return {}


def _data(key: str, update: OperationUpdate) -> dict[str, Any]:
    return {key: _error(update.error) if key == "Error" else _payload(update.payload)}


def _retry_details(operation: Operation, update: OperationUpdate) -> dict[str, Any]:
    if operation.step_details is None:
        return {}
    details = {"CurrentAttempt": operation.step_details.attempt}
    if update.action is OperationAction.RETRY and update.step_options:
        details["NextAttemptDelaySeconds"] = update.step_options.next_attempt_delay_seconds
    return {"RetryDetails": details}


def _wait_started(operation: Operation) -> dict[str, Any]:
    assert operation.wait_details is not None
    end = operation.wait_details.scheduled_end_timestamp
    assert end is not None
    return {"Duration": _wait_seconds(operation), "ScheduledEndTimestamp": end.timestamp()}


def _wait_seconds(operation: Operation) -> int:
    assert operation.wait_details is not None
    end, start = operation.wait_details.scheduled_end_timestamp, operation.start_timestamp
    assert end is not None
    assert start is not None
    return round((end - start).total_seconds())


def _callback_started(operation: Operation, update: OperationUpdate) -> dict[str, Any]:
    assert operation.callback_details is not None
    options = update.callback_options
    seconds = {
        "Timeout": options.timeout_seconds if options else 0,
        "HeartbeatTimeout": options.heartbeat_timeout_seconds if options else 0,
    }
    given = {name: value for name, value in seconds.items() if value}
    return {"CallbackId": operation.callback_details.callback_id, **given}


def _chained_invoke_started(
    execution: Execution, update: OperationUpdate, child: Child
) -> dict[str, Any]:
    assert update.chained_invoke_options is not None
    options = update.chained_invoke_options
    function, tenant = options.function_name, options.tenant_id
    described = child(execution.durable_execution_arn, update.operation_id, function)
    sent = {"Input": _payload(update.payload)} if update.payload is not None else {}
    given = {"TenantId": tenant} if tenant is not None else {}
    return {"FunctionName": function, **given, **sent, **described}


def _ended(operation: Operation) -> Event:
    """Return the end of an operation that no update of the function caused."""
    found = operation.callback_details or operation.chained_invoke_details
    outcome = OUTCOMES[operation.status]
    if operation.operation_type is OperationType.WAIT:
        details: dict[str, Any] = {"Duration": _wait_seconds(operation)}
    elif outcome == "Succeeded":
        details = {"Result": _payload(found.result if found else None)}
    else:
        details = {"Error": _error(found.error if found else None)}
    return _event(operation, outcome, _end(operation), details)


def _execution_started(execution: Execution) -> Event:
    operation = execution.get_operation_execution_started()
    assert operation.start_timestamp is not None
    given = operation.execution_details.input_payload if operation.execution_details else None
    timeout = execution.start_input.execution_timeout_seconds
    details = {"Input": _payload(given), "ExecutionTimeout": timeout}
    return _event(operation, "Started", operation.start_timestamp, details)


def _execution_ended(execution: Execution, operation: Operation) -> Event:
    output, outcome = execution.result, OUTCOMES[operation.status]
    if outcome == "Succeeded":
        details = {"Result": _payload(output.result if output else None)}
    else:
        details = {"Error": _error(output.error if output else None)}
    return _event(operation, outcome, _end(operation), details)


def _invocation_completed(completion: InvocationCompletedDetails) -> Event:
    details: dict[str, Any] = {
        "StartTimestamp": completion.start_timestamp.timestamp(),
        "EndTimestamp": completion.end_timestamp.timestamp(),
        "RequestId": completion.request_id,
    }
    if isinstance(completion, FailedInvocation):
        details["Error"] = _error(completion.error)
    return {
        "EventType": "InvocationCompleted",
        "EventTimestamp": details["EndTimestamp"],
        "InvocationCompletedDetails": details,
    }


def _event(operation: Operation, outcome: str, at: datetime, details: dict[str, Any]) -> Event:
    kind = f"{KINDS[operation.operation_type]}{outcome}"
    optional = {
        "SubType": operation.sub_type,
        "Name": operation.name,
        "ParentId": operation.parent_id,
    }
    return {
        "EventType": kind,
        "EventTimestamp": at.timestamp(),
        "Id": operation.operation_id,
        **{key: value for key, value in optional.items() if value is not None},
        f"{kind}Details": details,
    }


def _end(operation: Operation) -> datetime:
    assert operation.end_timestamp is not None
    return operation.end_timestamp


def _payload(text: str | None) -> dict[str, Any]:
    return {"Truncated": False} if text is None else {"Payload": text, "Truncated": False}


def _error(error: ErrorObject | None) -> dict[str, Any]:
    return {"Payload": error.to_dict() if error else {}, "Truncated": False}
