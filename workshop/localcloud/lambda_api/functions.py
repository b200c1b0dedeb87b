"""What the local cloud knows about a Lambda function: its version, and whether it is durable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from aws_durable_execution_sdk_python_testing.child_dispatcher import (
    ChainedInvokeRequest,
    FunctionTarget,
    parse_function_target,
)
from botocore.config import Config
from botocore.exceptions import ClientError

from workshop.localcloud.durable.children import INVOKE, TargetFunction
from workshop.localcloud.lambda_api.authorization import Authorizer
from workshop.localcloud.lambda_api.errors import LambdaError, invalid_parameter


@dataclass(frozen=True)
class DurableConfig:
    """A function's ``DurableConfig``."""

    execution_timeout_seconds: int
    retention_days: int


@dataclass(frozen=True)
class Function:
    """One version of a function. ``durable`` is None for an ordinary function.

    ``arn`` is the function's, without the version; ``role`` is the ARN of its role.
    """

    name: str
    version: str
    arn: str
    role: str
    durable: DurableConfig | None

    @property
    def account_id(self) -> str:
        """Return the id of its account."""
        return self.arn.split(":")[4]


def parse_target(name: str) -> FunctionTarget:
    """Return the parts of a function name, partial ARN or ARN."""
    try:
        return parse_function_target(name)
    except ValueError:
        raise invalid_parameter(f"Invalid function name or ARN: {name}") from None


class Functions:
    """Functions by name, read from ministack when they are needed.

    Replaces the emulator's ``FunctionConfigs``, which must know its functions in advance.
    """

    def __init__(self, endpoint: str, region: str, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        options: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": region,
            "config": Config(retries={"max_attempts": 1}, max_pool_connections=50),
        }
        self._lambda = boto3.client("lambda", **options)

    def find(self, name: str, qualifier: str | None) -> Function:
        """Return the function version of a name and qualifier, or raise ``LambdaError``."""
        choice = {"Qualifier": qualifier} if qualifier else {}
        try:
            found = self._lambda.get_function_configuration(FunctionName=name, **choice)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise LambdaError(
                status, error.response["Error"]["Code"], error.response["Error"]["Message"]
            ) from None
        arn = ":".join(found["FunctionArn"].split(":")[:7])
        return Function(
            found["FunctionName"], found["Version"], arn, found["Role"], _durable(found)
        )

    def lookup(self, function_name: str, qualifier: str | None) -> TargetFunction | None:
        """Return the same for the target of a chained invoke, as the emulator needs it."""
        try:
            found = self.find(function_name, qualifier)
        except LambdaError:
            return None
        durable = found.durable
        if durable is None:
            return TargetFunction(is_durable=False, version=found.version)
        seconds, days = durable.execution_timeout_seconds, durable.retention_days
        return TargetFunction(True, seconds, days, version=found.version)

    def resolve(self, request: ChainedInvokeRequest) -> TargetFunction | None:
        """See :meth:`lookup`."""
        return self.lookup(request.function_name, request.qualifier)

    def may_invoke(self, request: ChainedInvokeRequest) -> bool:
        """Return whether the role of a parent allows its chained invoke."""
        name, version = request.parent_execution_arn.partition("/")[0].split(":")[6:]
        arn = self.find(request.function_name, request.qualifier).arn
        target = f"{arn}:{request.qualifier}" if request.qualifier else arn
        return self._authorizer.allows(self.find(name, version).role, INVOKE, target)


def _durable(configuration: dict[str, Any]) -> DurableConfig | None:
    declared = configuration.get("DurableConfig")
    if not declared:
        return None
    return DurableConfig(declared["ExecutionTimeout"], declared["RetentionPeriodInDays"])
