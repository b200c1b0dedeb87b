"""Invoke for a durable function, with AWS's rules."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import dataclass, field

from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput

from workshop.localcloud.durable.engine import Engine
from workshop.localcloud.lambda_api.errors import LambdaError, invalid_parameter
from workshop.localcloud.lambda_api.functions import DurableConfig, Function

SYNCHRONOUS_LIMIT_SECONDS = 900
SYNCHRONOUS_PAYLOAD_BYTES = 6 * 1024 * 1024
EVENT_PAYLOAD_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Invocation:
    """What a client asks for with Invoke."""

    function: Function
    qualifier: str | None
    kind: str
    payload: bytes
    execution_name: str | None


@dataclass(frozen=True)
class Answer:
    """The response of Invoke: a status, headers and a payload."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    payload: bytes = b""


class DurableInvoker:
    """Starts durable executions, once per execution name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._starting = threading.Lock()

    def invoke(self, invocation: Invocation) -> Answer:
        """Start, or find, the execution; wait for its end if the invocation is synchronous."""
        durable = invocation.function.durable
        assert durable is not None
        check(invocation, durable)
        if invocation.kind == "DryRun":
            return Answer(204)
        execution = self._start_once(invocation, durable)
        headers = {
            "X-Amz-Durable-Execution-Arn": execution.durable_execution_arn,
            "X-Amz-Executed-Version": invocation.function.version,
        }
        if invocation.kind == "Event":
            return Answer(202, headers)
        return self._wait(execution, headers)

    def _start_once(self, invocation: Invocation, durable: DurableConfig) -> Execution:
        name = invocation.execution_name or str(uuid.uuid4())
        text = invocation.payload.decode() or "{}"
        with self._starting:
            existing = self._find(invocation.function.name, name)
            if existing is not None:
                return same_payload(existing, text)
            started = self._engine.executor.start_execution(
                StartDurableExecutionInput(
                    account_id=invocation.function.account_id,
                    function_name=invocation.function.name,
                    function_qualifier=invocation.function.version,
                    execution_name=name,
                    execution_timeout_seconds=durable.execution_timeout_seconds,
                    execution_retention_period_days=durable.retention_days,
                    trace_fields={"InvocationType": invocation.kind},  # limits the result
                    input=text,
                )
            )
        assert started.execution_arn is not None
        return self._engine.store.load(started.execution_arn)

    def _find(self, function: str, name: str) -> Execution | None:
        found, _ = self._engine.store.query(function_name=function, execution_name=name, limit=1)
        return found[0] if found else None

    def _wait(self, execution: Execution, headers: dict[str, str]) -> Answer:
        arn = execution.durable_execution_arn
        if not execution.is_complete:
            self._engine.executor.wait_until_complete(arn)
        ended = self._engine.store.load(arn).result
        if ended is None or ended.error is not None:
            failure = ended.error if ended else None
            headers = {**headers, "X-Amz-Function-Error": "Unhandled"}
            return Answer(200, headers, json.dumps(error_payload(failure)).encode())
        return Answer(200, headers, (ended.result or "null").encode())


def check(invocation: Invocation, durable: DurableConfig) -> None:
    """Refuse an invocation that AWS refuses."""
    if invocation.qualifier is None:
        raise invalid_parameter("You cannot invoke a durable function using an unqualified ARN.")
    synchronous = invocation.kind == "RequestResponse"
    if synchronous and durable.execution_timeout_seconds > SYNCHRONOUS_LIMIT_SECONDS:
        raise invalid_parameter(
            "You cannot synchronously invoke a durable function with an executionTimeout "
            "greater than 15 minutes."
        )
    limit = SYNCHRONOUS_PAYLOAD_BYTES if synchronous else EVENT_PAYLOAD_BYTES
    if len(invocation.payload) > limit:
        raise LambdaError(
            413, "RequestTooLargeException", f"Request must be smaller than {limit} bytes"
        )


def same_payload(existing: Execution, payload: str) -> Execution:
    """Return the execution of that name, if it was started with the same payload."""
    if existing.start_input.input != payload:
        raise LambdaError(
            409,
            "DurableExecutionAlreadyStartedException",
            f"Durable execution {existing.start_input.execution_name} was already started "
            "with a different payload",
        )
    return existing


def error_payload(error: ErrorObject | None) -> dict[str, object]:
    """Return a failed execution's error as a Lambda function error."""
    if error is None:
        return {"errorMessage": "The execution ended without a result", "errorType": "Unknown"}
    return {
        "errorMessage": error.message,
        "errorType": error.type,
        "errorData": error.data,
        "stackTrace": error.stack_trace,
    }
