"""The deployed application: its outputs, and the address and key of its API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from workshop.aws.target import Target
from workshop.errors import WorkshopError

STACK_NAME = "durable-orders"
COMPLETE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}

BEGUN = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}


@dataclass(frozen=True)
class Stack:
    """A deployed stack and its outputs. ``revision`` changes with each update."""

    target: Target
    name: str
    revision: str
    outputs: Mapping[str, str] = field(repr=False)

    @property
    def processor(self) -> str:
        """Name of the durable function."""
        return self.outputs["ProcessorFunctionName"]

    @cached_property
    def api_url(self) -> str:
        """Address of the order API, without a slash at the end."""
        endpoint = self.target.variables.get("AWS_ENDPOINT_URL")
        if endpoint is None:
            return self.outputs["ApiUrl"]
        # The local cloud has one address, and serves deployed APIs under a path of it.
        return f"{endpoint}/_aws/execute-api/{self.outputs['ApiId']}/{self.outputs['ApiStage']}"

    @cached_property
    def api_key(self) -> str:
        """The key that the order API asks for. Keep it to yourself."""
        key: str = self.target.client("apigateway").get_api_key(
            apiKey=self.outputs["ApiKeyId"], includeValue=True
        )["value"]
        return key


def describe(target: Target, name: str = STACK_NAME) -> dict[str, Any] | None:
    """Return the stack as CloudFormation describes it; None if it does not exist."""
    try:
        found = target.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return found[0] if found else None


def parameters(target: Target, name: str = STACK_NAME) -> dict[str, str]:
    """Return the values of the deployed stack's parameters; none if it does not exist."""
    described = describe(target, name) or {}
    return {p["ParameterKey"]: p["ParameterValue"] for p in described.get("Parameters", [])}


def find(target: Target, name: str = STACK_NAME) -> Stack | None:
    """Return the stack, if it is deployed and complete, else None."""
    described = describe(target, name)
    if described is None or described["StackStatus"] not in COMPLETE:
        return None
    outputs = {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])}
    changed = described.get("LastUpdatedTime") or described["CreationTime"]
    return Stack(target, name, f"{described['StackId']} {changed.isoformat()}", outputs)


def get(target: Target, name: str = STACK_NAME) -> Stack:
    """Return the stack; raise ``WorkshopError`` if it is not deployed."""
    stack = find(target, name)
    if stack is None:
        raise WorkshopError(
            "The application is not deployed.", "Run: make deploy (in a notebook: deploy())."
        )
    return stack


def failure(target: Target, name: str) -> str | None:
    """Return what failed first in the last deployment, in one line; None if nothing failed."""
    pages = target.client("cloudformation").get_paginator("describe_stack_events")
    first = None
    for event in (e for page in pages.paginate(StackName=name) for e in page["StackEvents"]):
        status, why = event["ResourceStatus"], event.get("ResourceStatusReason")
        if event["PhysicalResourceId"] == event["StackId"] and status in BEGUN:
            break  # the newest event comes first
        if status.endswith("_FAILED") and why:
            first = f"{event['LogicalResourceId']}: {' '.join(why.split())}"
    return first
