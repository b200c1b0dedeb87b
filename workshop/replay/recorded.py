"""A recorded execution: its operations as the SDK gets them when Lambda invokes the function again.

Its source is the history of a durable execution, as `GetDurableExecutionHistory` returns it with
`IncludeExecutionData`, from the local cloud or from AWS.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import (
    ContextDetails,
    Operation,
    OperationStatus,
    OperationType,
)

from workshop.replay.events import PAUSES, split

Event = Mapping[str, Any]

TYPES = {
    "Execution": OperationType.EXECUTION,
    "Context": OperationType.CONTEXT,
    "Wait": OperationType.WAIT,
    "Step": OperationType.STEP,
    "ChainedInvoke": OperationType.CHAINED_INVOKE,
    "Callback": OperationType.CALLBACK,
}
STATUSES = {
    "Started": OperationStatus.STARTED,
    "Succeeded": OperationStatus.SUCCEEDED,
    "Failed": OperationStatus.FAILED,
    "TimedOut": OperationStatus.TIMED_OUT,
    "Stopped": OperationStatus.STOPPED,
    "Cancelled": OperationStatus.CANCELLED,
}
OPEN = {OperationStatus.STARTED, OperationStatus.PENDING, OperationStatus.READY}
FUNCTION = "arn:aws:lambda:us-east-2:000000000000:function:replay:1"
SUMMARIES = ("MapResult", "ParallelResult")  # stands for a result that is too large to keep


@dataclass(frozen=True)
class Recorded:
    """One recorded execution. `operations` are in the order in which they started, by id.

    `event` is what the function was given; `outcome` is the value it returned or the type of the
    error it raised.
    """

    arn: str
    event: Any
    status: OperationStatus
    outcome: Any
    operations: dict[str, Operation]

    @property
    def has_ended(self) -> bool:
        """Whether the function returned or raised; a stop and a timeout came from outside."""
        return self.status in (OperationStatus.SUCCEEDED, OperationStatus.FAILED)

    @cached_property
    def _by_parent(self) -> dict[str | None, list[Operation]]:
        found: dict[str | None, list[Operation]] = {}
        for operation in self.operations.values():
            found.setdefault(operation.parent_id, []).append(operation)
        return found

    def children(self, parent_id: str | None) -> list[Operation]:
        """Return the operations of a context, in order; None for those of the handler itself."""
        return self._by_parent.get(parent_id, [])

    def number(self, operation_id: str) -> int:
        """Return the place of an operation among those of its context, from 1."""
        operation = self.operations[operation_id]
        return self.children(operation.parent_id).index(operation) + 1

    def places(self, parent_id: str | None = None) -> list[str]:
        """Return the ids of all operations, each before those inside it."""
        found = []
        for child in self.children(parent_id):
            found += [child.operation_id, *self.places(child.operation_id)]
        return found

    def with_open_contexts(self) -> dict[str, Operation]:
        """Return the operations as they were before a context had ended, so that all run again."""
        return {
            id_: replace(o, status=OperationStatus.STARTED, context_details=ContextDetails())
            if o.operation_type is OperationType.CONTEXT
            else o
            for id_, o in self.operations.items()
        }


def of(events: Iterable[Event], arn: str = "") -> Recorded:
    """Return the execution that a history tells of.

    Raises:
        ValueError: The history does not begin with the start of an execution, or lacks payloads.
    """
    execution: dict[str, Any] = {}
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        if event["EventType"] in ("InvocationCompleted", *PAUSES):
            continue
        kind, outcome = split(event["EventType"])
        fields = execution if kind == "Execution" else found.setdefault(event["Id"], {})
        _apply(fields, event, kind, outcome)
    if "Type" not in execution:
        raise ValueError("A history begins with ExecutionStarted, and this one does not.")
    given = execution["details"].get("Input") or "null"
    result = execution["details"].get("Result")
    error = execution["details"].get("Error") or {}
    return Recorded(
        arn or f"{FUNCTION}/durable-execution/{execution['Name']}/{execution['Id']}",
        json.loads(given),
        OperationStatus(execution["Status"]),
        json.loads(result) if result else error.get("ErrorType"),
        {id_: _operation(fields) for id_, fields in found.items()},
    )


def _apply(fields: dict[str, Any], event: Event, kind: str, outcome: str) -> None:
    """Bring what is known of an operation to the state after one event."""
    details = event.get(f"{event['EventType']}Details") or {}
    status = STATUSES[outcome]
    retry = details.get("RetryDetails") or {}
    if retry.get("NextAttemptDelaySeconds"):
        status = OperationStatus.PENDING
    known = fields.setdefault("details", {})
    known |= {**_data(event, details), "Attempt": retry.get("CurrentAttempt") or 0}
    fields |= {
        "Id": event["Id"],
        "Type": TYPES[kind].value,
        "Status": status.value,
        "SubType": event.get("SubType"),
        "Name": event.get("Name"),
        "ParentId": event.get("ParentId"),
    }


def _data(event: Event, details: Event) -> dict[str, Any]:
    """Return the plain values of an event's details: input, result, error and callback id."""
    found = {}
    for key in ("Input", "Result", "Error"):
        wrapped = details.get(key) or {}
        if wrapped.get("Truncated"):
            what = f"{event['EventType']} of {event.get('Name') or event['Id']}"
            raise ValueError(
                f"The history lacks the payload of {what}. Get it with IncludeExecutionData."
            )
        if "Payload" in wrapped:
            found[key] = wrapped["Payload"]
    if "CallbackId" in details:
        found["CallbackId"] = details["CallbackId"]
    return found


def _operation(fields: dict[str, Any]) -> Operation:
    details = fields.pop("details")
    if fields["Type"] == OperationType.CONTEXT.value:
        details["ReplayChildren"] = _is_summary(details.get("Result"))
    names = {
        OperationType.CONTEXT.value: "ContextDetails",
        OperationType.STEP.value: "StepDetails",
        OperationType.CALLBACK.value: "CallbackDetails",
        OperationType.CHAINED_INVOKE.value: "ChainedInvokeDetails",
    }
    name = names.get(fields["Type"])
    return Operation.from_dict({**fields, **({name: details} if name else {})})


def _is_summary(result: str | None) -> bool:
    """Return whether a context's result was too large, so that its operations are replayed."""
    if result is None:
        return False
    if not result:
        return True
    try:
        kept = json.loads(result)
    except ValueError:
        return False
    return isinstance(kept, dict) and kept.get("type") in SUMMARIES
