"""Finds the targets of chained invokes.

Fixes: the emulator does not resolve an alias to its version. It gives a child a random name, so a
crash after the child's start and before the checkpoint would start the child twice. It asks nobody
whether the parent's role allows the invoke.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from aws_durable_execution_sdk_python_testing.child_dispatcher import (
    ChainedInvokeRequest,
    ChildOutcome,
    DispatchResult,
    EndpointChildDispatcher,
    FunctionConfig,
    FunctionTarget,
    KnownOutcome,
    StartChild,
    failed_to_start,
    parse_function_target,
)

from workshop.localcloud.durable.arns import execution_arn

INVOKE = "lambda:InvokeFunction"


@dataclass(frozen=True)
class TargetFunction(FunctionConfig):
    """The target of a chained invoke, with the version of its alias."""

    version: str = "$LATEST"


class ChildDispatcher(EndpointChildDispatcher):
    """The emulator's dispatcher, which resolves versions and names children after their parent."""

    def __init__(self, *, region: str, functions: Any, **parts: Any) -> None:
        super().__init__(functions, **parts)
        self._region = region
        self._functions = functions
        self._found: dict[tuple[str, str | None], TargetFunction] = {}

    def preflight(self, target: FunctionTarget) -> ChildOutcome | None:
        """See the emulator; remember the target for :meth:`describe`."""
        found = self._functions.lookup(target.name, target.qualifier)
        if found is None:
            return super().preflight(target)
        self._found[target.name, target.qualifier] = found
        return None

    def dispatch(self, request: ChainedInvokeRequest) -> DispatchResult:
        """See the emulator; a child's ids are derived from its parent's."""
        result = super().dispatch(request)
        if isinstance(result, KnownOutcome):
            return result
        if not self._functions.may_invoke(request):
            message = f"The function's role does not allow {INVOKE} on {request.function_name}."
            return failed_to_start(message, error_type="AccessDeniedException")
        if not isinstance(result, StartChild):
            return result
        unique = child_id(request.parent_execution_arn, request.operation_id)
        found = self._functions.lookup(request.function_name, request.qualifier)
        start = replace(
            result.child_start,
            function_qualifier=found.version if found else request.child_qualifier(),
            execution_name=unique,
            invocation_id=unique,
        )
        return StartChild(start)

    def describe(self, parent_arn: str, operation_id: str, function_name: str) -> dict[str, str]:
        """Return what the history says about the child that a chained invoke starts."""
        target = parse_function_target(function_name)
        found = self._found.get((target.name, target.qualifier))
        if found is None:
            return {}
        if not found.is_durable:
            return {"ExecutedVersion": found.version}
        unique = child_id(parent_arn, operation_id)
        arn = execution_arn(
            region=self._region,
            account_id=parent_arn.split(":")[4],
            function=target.name,
            version=found.version,
            name=unique,
            unique_id=unique,
        )
        return {"ExecutedVersion": found.version, "DurableExecutionArn": arn}


def child_id(parent_arn: str, operation_id: str) -> str:
    """Return the name of the child execution of an operation: the same in every attempt."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{parent_arn}#{operation_id}"))
