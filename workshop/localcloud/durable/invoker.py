"""Invokes functions.

Fixes: the emulator keeps only a text about the error of an invocation. AWS shows the error's type
and message, from the function's process or from Lambda, and distinguishes a function that failed
from one that was never reached.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from aws_durable_execution_sdk_python.execution import DurableExecutionInvocationInput
from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.exceptions import (
    DurableFunctionsTestError,
    ResourceNotFoundException,
)
from aws_durable_execution_sdk_python_testing.invoker import (
    InvokeResponse,
    LambdaInvoker,
    create_lambda_client,
)
from botocore.exceptions import BotoCoreError, ClientError


@dataclass(frozen=True)
class Failure:
    """A failed invocation. ``reached`` is false if the function did not start."""

    error: ErrorObject
    request_id: str
    reached: bool


class InvocationFailed(DurableFunctionsTestError):
    """Stops an invocation; the reason is in :attr:`FunctionInvoker.failures`."""


class FunctionInvoker(LambdaInvoker):
    """The emulator's invoker, which remembers how each execution's last invocation failed."""

    def __init__(self, endpoint: str, region: str, *, read_timeout_seconds: int) -> None:
        super().__init__(
            create_lambda_client(endpoint, region, read_timeout_seconds),
            read_timeout_seconds=read_timeout_seconds,
            endpoint_url=endpoint,
            region_name=region,
        )
        self.failures: dict[str, Failure] = {}  # by execution

    def invoke(
        self,
        function_name: str,
        input: DurableExecutionInvocationInput,  # noqa: A002 - the emulator's name
        endpoint_url: str | None = None,
        tenant_id: str | None = None,
        account_id: str | None = None,  # noqa: ARG002 - as the emulator calls it
        region_name: str | None = None,
    ) -> InvokeResponse:
        """Invoke a function once. Raises ``InvocationFailed``, or ``ResourceNotFoundException``."""
        arn = input.durable_execution_arn
        client = self._get_client_for_execution(arn, endpoint_url, region_name)
        tenant = {"TenantId": tenant_id} if tenant_id is not None else {}
        payload = json.dumps(input.to_json_dict())
        try:
            response = client.invoke(FunctionName=function_name, Payload=payload, **tenant)
            answer: bytes = response["Payload"].read()
        except client.exceptions.ResourceNotFoundException as error:
            raise ResourceNotFoundException(f"Function not found: {function_name}") from error
        except (ClientError, BotoCoreError) as error:
            raise self._failed(arn, _not_reached(error)) from error
        request_id = response["ResponseMetadata"].get("RequestId") or str(uuid.uuid4())
        if "FunctionError" in response:
            raise self._failed(arn, Failure(function_error(answer), request_id, reached=True))
        return InvokeResponse.from_payload(answer, request_id)

    def _failed(self, arn: str, failure: Failure) -> InvocationFailed:
        self.failures[arn] = failure
        return InvocationFailed(failure.error.message)


def function_error(payload: bytes) -> ErrorObject:
    """Return the error of a function that failed, as Invoke shows it."""
    try:
        body: Any = json.loads(payload)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {"errorMessage": payload.decode(errors="replace")}
    return ErrorObject(
        message=str(body.get("errorMessage", "")),
        type=body.get("errorType") or "Unhandled",
        data=None,
        stack_trace=body.get("stackTrace"),
    )


def _not_reached(error: ClientError | BotoCoreError) -> Failure:
    response = getattr(error, "response", {}).get("Error", {})
    found = ErrorObject(
        message=response.get("Message") or str(error),
        type=response.get("Code") or "ServiceException",
        data=None,
        stack_trace=None,
    )
    return Failure(found, str(uuid.uuid4()), reached=False)
