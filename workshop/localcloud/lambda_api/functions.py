"""What the local cloud knows about a Lambda function: its version, and whether it is durable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Any

import boto3
import yaml
from aws_durable_execution_sdk_python_testing.child_dispatcher import (
    ChainedInvokeRequest,
    FunctionTarget,
    parse_function_target,
)
from botocore.config import Config
from botocore.exceptions import ClientError

from workshop.localcloud.durable.children import TargetFunction
from workshop.localcloud.lambda_api.errors import LambdaError, invalid_parameter

REMEMBER_SECONDS = 5  # how long to keep the DurableConfig of $LATEST


@dataclass(frozen=True)
class DurableConfig:
    """A function's ``DurableConfig``."""

    execution_timeout_seconds: int
    retention_days: int


@dataclass(frozen=True)
class Function:
    """One version of a function. ``durable`` is None for an ordinary function.

    ``arn`` is the function's, without the version.
    """

    name: str
    version: str
    arn: str
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

    def __init__(self, endpoint: str, region: str) -> None:
        options: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": region,
            "config": Config(retries={"max_attempts": 1}, max_pool_connections=50),
        }
        self._lambda = boto3.client("lambda", **options)
        self._stacks = boto3.client("cloudformation", **options)
        self._durable = lru_cache(maxsize=512)(self._read_durable)

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
        own = found.get("DurableConfig")
        durable = (
            DurableConfig(own["ExecutionTimeout"], own.get("RetentionPeriodInDays", 14))
            if own
            else self._durable(found["FunctionArn"], found["CodeSha256"], _period(found["Version"]))
        )
        arn = ":".join(found["FunctionArn"].split(":")[:7])
        return Function(found["FunctionName"], found["Version"], arn, durable)

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

    def _read_durable(self, arn: str, _code: str, _period: int) -> DurableConfig | None:
        """Read ``DurableConfig`` from the template of the function's stack.

        ministack's CloudFormation drops the property, but keeps the template. A published version
        never changes, so it is read once; the other arguments say when to read it again.
        """
        tags = self._lambda.get_function(FunctionName=arn.split(":")[6]).get("Tags", {})
        stack, logical_id = (
            tags.get(f"aws:cloudformation:{k}") for k in ("stack-name", "logical-id")
        )
        if stack is None:
            return None  # a function made without CloudFormation
        template = self._stacks.get_template(StackName=stack, TemplateStage="Processed")
        body = template["TemplateBody"]  # text, if it is YAML without a transform
        parsed = yaml.load(body, PlainYaml) if isinstance(body, str) else body  # noqa: S506 - safe
        resource = parsed["Resources"].get(logical_id, {})
        return _durable_config(resource.get("Properties", {}).get("DurableConfig"))


class PlainYaml(yaml.SafeLoader):
    """CloudFormation's YAML, without the values of intrinsic functions such as ``!Ref``."""


PlainYaml.add_multi_constructor("!", lambda *_: None)


def _period(version: str) -> int:
    """Return a number that changes when a version's DurableConfig must be read again."""
    return int(monotonic() / REMEMBER_SECONDS) if version == "$LATEST" else 0


def _durable_config(declared: dict[str, Any] | None) -> DurableConfig | None:
    if not declared:
        return None
    return DurableConfig(
        int(declared["ExecutionTimeout"]), int(declared.get("RetentionPeriodInDays", 14))
    )
