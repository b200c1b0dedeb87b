"""AWS's limits on durable executions, with AWS's errors.

Fixes: the emulator enforces only the limits of chained invokes, and a wrong limit of 32,768 bytes
for errors. The service model says 1 MB for the payload of an operation; some public tests against
AWS saw 256 KiB. This module enforces the model; on AWS it is safe to stay below 256 KiB.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from aws_durable_execution_sdk_python.lambda_service import (
    ErrorObject,
    OperationAction,
    OperationType,
    OperationUpdate,
)
from aws_durable_execution_sdk_python_testing.checkpoint.validators import checkpoint
from aws_durable_execution_sdk_python_testing.exceptions import InvalidParameterValueException
from aws_durable_execution_sdk_python_testing.execution import Execution

MIB = 1024 * 1024
OPERATIONS = 3000  # per execution; every retry counts as one
PAYLOAD_BYTES = MIB  # of an operation
ERROR_BYTES = MIB  # all fields of an error together
RESULT_BYTES = 6 * MIB  # of an execution
EVENT_RESULT_BYTES = MIB  # of an execution that was started asynchronously
EXECUTION_BYTES = 100 * MIB  # everything an execution ever stored
EVENT = "Event"

checkpoint.MAX_ERROR_PAYLOAD_SIZE_BYTES = ERROR_BYTES


def check(execution: Execution, updates: Sequence[OperationUpdate]) -> None:
    """Raise ``InvalidParameterValueException`` if the updates go over a limit."""
    for update in updates:
        kind = update.operation_type
        limit = payload_limit(execution, kind)
        # The emulator checks what is sent to another function.
        if kind is not OperationType.CHAINED_INVOKE and size_of(update.payload) > limit:
            raise too_large(kind, limit)
        if error_size(update.error) > ERROR_BYTES:
            raise over(f"Error object size must be less than or equal to {ERROR_BYTES} bytes.")
    if operations_used(execution, updates) > OPERATIONS:
        raise over(f"Durable execution exceeds the limit of {OPERATIONS} operations.")
    if bytes_stored(execution.updates) + bytes_stored(updates) > EXECUTION_BYTES:
        raise over(f"Durable execution exceeds the limit of {EXECUTION_BYTES} stored bytes.")


def payload_limit(execution: Execution, kind: OperationType) -> int:
    """Return the most bytes that an update of that type may carry."""
    if kind is not OperationType.EXECUTION:
        return PAYLOAD_BYTES
    started_by = (execution.start_input.trace_fields or {}).get("InvocationType")
    return EVENT_RESULT_BYTES if started_by == EVENT else RESULT_BYTES


def operations_used(execution: Execution, updates: Iterable[OperationUpdate] = ()) -> int:
    """Return how many operations an execution has used, as AWS counts them for the bill."""
    every = [*execution.updates, *updates]
    ids = {u.operation_id for u in every if u.operation_type is not OperationType.EXECUTION}
    return len(ids) + sum(u.action is OperationAction.RETRY for u in every)


def bytes_stored(updates: Iterable[OperationUpdate]) -> int:
    """Return the bytes that updates add to an execution."""
    return sum(size_of(u.payload) + error_size(u.error) for u in updates)


def size_of(payload: str | None) -> int:
    """Return the bytes of a payload."""
    return len(payload.encode()) if payload else 0


def error_size(error: ErrorObject | None) -> int:
    """Return the bytes of all fields of an error."""
    return len(json.dumps(error.to_dict()).encode()) if error else 0


def too_large(kind: OperationType, limit: int) -> InvalidParameterValueException:
    """Return the error for a payload over its limit."""
    name = "Execution" if kind is OperationType.EXECUTION else kind.value
    return over(f"{name} output payload size must be less than or equal to {limit} bytes.")


def over(message: str) -> InvalidParameterValueException:
    """Return the error for a value over a limit."""
    return InvalidParameterValueException(message)
