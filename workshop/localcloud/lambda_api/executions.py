"""The Lambda API's operations on durable executions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from aws_durable_execution_sdk_python.lambda_service import ErrorObject, OperationStatus
from aws_durable_execution_sdk_python_testing.exceptions import (
    AwsApiException,
    IllegalStateException,
    ResourceNotFoundException,
)
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.model import (
    CheckpointDurableExecutionRequest,
)
from aws_durable_execution_sdk_python_testing.model import Execution as Summary
from aws_durable_execution_sdk_python_testing.token import CallbackToken, CheckpointToken

from workshop.localcloud.durable.alarms import deadline
from workshop.localcloud.durable.engine import Engine
from workshop.localcloud.durable.history import without_data
from workshop.localcloud.durable.store import Filter
from workshop.localcloud.lambda_api import pauses
from workshop.localcloud.lambda_api.errors import LambdaError, conflict, invalid_parameter
from workshop.localcloud.lambda_api.functions import Functions, parse_target
from workshop.localcloud.lambda_api.model import Parameters, Request

PAGE = 100
ACCEPTED = {"DeleteDurableExecution", "PauseDurableExecution", "ResumeDurableExecution"}
MARKER = re.compile(r"[0-9]{1,18}")  # SQLite counts no further than 64 bits
Token = TypeVar("Token", CallbackToken, CheckpointToken)
Answer = tuple[int, dict[str, str], bytes]


class ExecutionsApi:
    """Serves ``/2025-12-01/…`` from the engine, with the error codes of the service model."""

    def __init__(self, engine: Engine, functions: Functions) -> None:
        self._executor, self._store = engine.executor, engine.store
        self._region = engine.executor.region
        self._functions = functions
        pausing = pauses.PausesApi(engine.executor)
        self._operations: dict[str, Callable[[Parameters], dict[str, Any]]] = {
            "CheckpointDurableExecution": self.checkpoint,
            "GetDurableExecutionState": self.get_state,
            "GetDurableExecution": self.get,
            "GetDurableExecutionHistory": self.get_history,
            "ListDurableExecutionsByFunction": self.list,
            "StopDurableExecution": self.stop,
            "PauseDurableExecution": pausing.pause,
            "ResumeDurableExecution": pausing.resume,
            "DeleteDurableExecution": self.delete,
            "SendDurableExecutionCallbackSuccess": self.callback_success,
            "SendDurableExecutionCallbackFailure": self.callback_failure,
            "SendDurableExecutionCallbackHeartbeat": self.callback_heartbeat,
        }

    def answer(self, request: Request) -> Answer:
        """Return status, headers and body for one request. Raises ``LambdaError``."""
        operation = self._operations.get(request.operation)
        if operation is None:
            raise invalid_parameter(f"The local cloud does not support {request.operation}.")
        try:
            found = operation(request.parameters)
        except AwsApiException as error:
            raise as_lambda_error(error) from error
        status = 202 if request.operation in ACCEPTED else 200
        text = json.dumps(found, default=datetime.timestamp)
        return status, {"Content-Type": "application/json"}, text.encode()

    # What the SDK calls

    def checkpoint(self, parameters: Parameters) -> dict[str, Any]:
        """Store the checkpoints of the function that is running."""
        arn = self._known(parameters)
        request = CheckpointDurableExecutionRequest.from_dict(parameters, arn)
        response = self._executor.checkpoint_execution(
            arn, request.checkpoint_token, request.updates, request.client_token
        )
        return response.to_dict()

    def get_state(self, parameters: Parameters) -> dict[str, Any]:
        """Return a page of the operations that the running function replays."""
        response = self._executor.get_execution_state(
            self._known(parameters),
            parameters["CheckpointToken"],
            parameters.get("Marker") or None,
            parameters.get("MaxItems") or None,
        )
        return response.to_dict()

    def _known(self, parameters: Parameters) -> str:
        """Return the ARN of an existing execution; these two operations have no 404."""
        arn: str = parameters["DurableExecutionArn"]
        try:
            self._store.load(arn)
        except ResourceNotFoundException:
            raise invalid_parameter("Invalid Durable Execution ARN") from None
        _token(CheckpointToken, parameters["CheckpointToken"], "checkpoint token")
        return arn

    # What any client calls

    def get(self, parameters: Parameters) -> dict[str, Any]:
        """Return one execution; with its input and outcome unless they are not wanted."""
        execution = self._executor.get_execution(parameters["DurableExecutionArn"])
        details = self._executor.get_execution_details(execution.durable_execution_arn).to_dict()
        included = parameters.get("IncludeExecutionData", True)
        if not included:
            for name in ("InputPayload", "Result", "Error"):
                details.pop(name, None)
        details["ExecutionDataIncluded"] = included
        details["DurableConfig"] = {
            "ExecutionTimeout": execution.start_input.execution_timeout_seconds,
            "RetentionPeriodInDays": execution.start_input.execution_retention_period_days,
        }
        details |= pauses.details(execution, included=included)
        end = deadline(execution)
        if end and not execution.is_complete:
            details["ExpectedExecutionTimeoutTimestamp"] = end
        return details

    def get_history(self, parameters: Parameters) -> dict[str, Any]:
        """Return a page of an execution's events."""
        arn = self._executor.get_execution(parameters["DurableExecutionArn"]).durable_execution_arn
        limit = parameters.get("MaxItems") or PAGE
        events = self._store.events(
            arn,
            first=_marker(parameters),
            limit=limit + 1,
            reverse=parameters.get("ReverseOrder", False),
        )
        page = events[:limit]
        if not parameters.get("IncludeExecutionData", True):
            page = [without_data(event) for event in page]
        following = events[limit:]
        return {"Events": page} | (
            {"NextMarker": str(following[0]["EventId"])} if following else {}
        )

    def list(self, parameters: Parameters) -> dict[str, Any]:
        """Return a page of a function's executions, the newest first unless ``ReverseOrder``."""
        limit, offset = parameters.get("MaxItems") or PAGE, _marker(parameters) or 0
        found = self._store.find(
            self._filter(parameters),
            offset=offset,
            limit=limit + 1,
            oldest_first=parameters.get("ReverseOrder", False),
        )
        more = {"NextMarker": str(offset + limit)} if len(found) > limit else {}
        return {"DurableExecutions": [self._summary(each) for each in found[:limit]]} | more

    def _filter(self, parameters: Parameters) -> Filter:
        target = parse_target(parameters["FunctionName"])
        qualifier = target.qualifier or parameters.get("Qualifier")
        function = self._functions.find(target.name, qualifier)
        return Filter(
            function.name,
            version=function.version if qualifier else None,
            name=parameters.get("DurableExecutionName"),
            statuses=parameters.get("Statuses"),
            started_after=parameters.get("StartedAfter"),
            started_before=parameters.get("StartedBefore"),
        )

    def _summary(self, execution: Execution) -> dict[str, Any]:
        status = execution.current_status().value
        return Summary.from_execution(execution, status, self._region).to_dict()

    def stop(self, parameters: Parameters) -> dict[str, Any]:
        """Stop an execution; a running invocation ends at its next checkpoint."""
        error = _error(parameters)
        return self._executor.stop_execution(parameters["DurableExecutionArn"], error).to_dict()

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """Delete an execution that has ended."""
        execution = self._executor.get_execution(parameters["DurableExecutionArn"])
        if not execution.is_complete:
            raise conflict("Only an execution that has ended can be deleted.")
        self._store.delete(execution.durable_execution_arn)
        return {"DeletionRequestTimestamp": self._executor.clock.now()}

    # What the party calls that an execution waits for

    def callback_success(self, parameters: Parameters) -> dict[str, Any]:
        """Give a callback its result."""
        result: bytes = parameters.get("Result") or b""
        try:
            result.decode()
        except UnicodeDecodeError:
            raise invalid_parameter("The result of a callback must be UTF-8 text.") from None
        send = self._executor.send_callback_success
        return self._send(parameters, lambda callback_id: send(callback_id, result))

    def callback_failure(self, parameters: Parameters) -> dict[str, Any]:
        """Let a callback fail."""
        error, send = _error(parameters), self._executor.send_callback_failure
        return self._send(parameters, lambda callback_id: send(callback_id, error))

    def callback_heartbeat(self, parameters: Parameters) -> dict[str, Any]:
        """Keep a callback from timing out."""
        return self._send(parameters, self._executor.send_callback_heartbeat)

    def _send(self, parameters: Parameters, send: Callable[[str], Any]) -> dict[str, Any]:
        callback_id: str = parameters["CallbackId"]
        self._check_open(callback_id)
        try:
            send(callback_id)
        except ResourceNotFoundException:
            self._check_open(callback_id)  # another response may have been faster
            raise
        return {}

    def _check_open(self, callback_id: str) -> None:
        token = _token(CallbackToken, callback_id, "callback id")
        execution = self._store.load(token.execution_arn)
        try:
            _, operation = execution.find_operation(token.operation_id)
        except IllegalStateException:
            raise ResourceNotFoundException("The callback does not exist.") from None
        if execution.is_complete or operation.status is not OperationStatus.STARTED:
            raise LambdaError(
                400, "CallbackTimeoutException", "The callback has expired or was already closed."
            )


def permission(request: Request, functions: Functions) -> tuple[str, str]:
    """Return the IAM action that a request needs, and the resource that it needs it for.

    That is the execution, and not its function, except for a list of executions. An unqualified
    ARN of a function in a policy never matches the ARN of an execution.
    """
    parameters = request.parameters
    action = f"lambda:{request.operation}"
    if "FunctionName" in parameters:
        target = parse_target(parameters["FunctionName"])
        qualifier = target.qualifier or parameters.get("Qualifier")
        return action, functions.find(target.name, qualifier).arn
    arn: str = parameters.get("DurableExecutionArn", "")
    if "CallbackId" in parameters:
        arn = _token(CallbackToken, parameters["CallbackId"], "callback id").execution_arn
    return action, arn


def as_lambda_error(error: AwsApiException) -> LambdaError:
    """Return the emulator's error as AWS would."""
    body = error.to_dict()
    message = body.get("message") or body.get("Message") or str(error)
    return LambdaError(error.http_status_code, body.get("Type", "ServiceException"), message)


def _marker(parameters: Parameters) -> int | None:
    marker: str | None = parameters.get("Marker")
    if not marker:
        return None
    if not MARKER.fullmatch(marker):
        raise invalid_parameter("Invalid marker.")
    return int(marker)


def _token(kind: type[Token], text: str, what: str) -> Token:
    """Return the content of a token; the emulator trusts that it made every token itself."""
    with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        token = kind.from_str(text)
        if token.execution_arn.encode().startswith(b"arn:"):
            return token
    raise invalid_parameter(f"Invalid {what}")


def _error(parameters: Parameters) -> ErrorObject | None:
    fields = parameters.get("Error")
    return ErrorObject.from_dict(fields) if fields else None
