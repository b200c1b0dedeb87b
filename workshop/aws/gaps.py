"""What a template asks for and the local cloud accepts but does not do, one row each.

A row here has a row in docs/local-cloud.md. What would go wrong silently is refused instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workshop.aws.stack import Stack

GAPS: Mapping[tuple[str, str], str] = {
    ("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification"): "there is no recovery",
    ("AWS::DynamoDB::Table", "SSESpecification"): "the table is not encrypted",
    ("AWS::DynamoDB::Table", "TimeToLiveSpecification"): "items do not expire",
    ("AWS::Lambda::EventInvokeConfig", "DestinationConfig"): (
        "AWS, too, sends nothing to the destinations of a durable function"
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        "MaximumBatchingWindowInSeconds",
    ): "a batch is sent at once",
    ("AWS::Lambda::EventSourceMapping", "ParallelizationFactor"): "a shard has one batch at a time",
    ("AWS::Lambda::EventSourceMapping", "TumblingWindowInSeconds"): "batches have no windows",
    ("AWS::Lambda::Function", "KmsKeyArn"): "the environment is not encrypted",
    ("AWS::Lambda::Function", "TracingConfig"): "X-Ray is missing",
    ("AWS::Lambda::Function", "VpcConfig"): "functions use the network of this machine",
    ("AWS::Scheduler::Schedule", "KmsKeyArn"): "the schedule is not encrypted",
    ("AWS::SNS::Subscription", "RedrivePolicy"): "messages that fail are dropped",
}
# The workshop's own template has these. Its notebooks do not repeat them at each deployment.
OF_THE_WORKSHOP = {
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "TimeToLiveSpecification",
    "TracingConfig",
}
ONLY_DURABLE = ("AWS::Lambda::EventInvokeConfig", "DestinationConfig")


@dataclass(frozen=True)
class Gap:
    """A property of some resources that does nothing."""

    resources: tuple[str, ...]
    name: str
    effect: str

    @property
    def is_of_the_workshop(self) -> bool:
        """Return whether the workshop's own template has it."""
        return self.name in OF_THE_WORKSHOP

    def __str__(self) -> str:
        concerned = ", ".join(self.resources)
        return f"{self.name} of {concerned} does nothing on the local cloud: {self.effect}."


def find(stack: Stack) -> list[Gap]:
    """Return the gaps that concern a stack; none if it is on AWS."""
    if not stack.target.variables:
        return []
    template = stack.target.client("cloudformation").get_template(
        StackName=stack.name, TemplateStage="Processed"
    )["TemplateBody"]
    return list(in_template(template)) if isinstance(template, Mapping) else []


def in_template(template: Mapping[str, Any]) -> Iterator[Gap]:
    """Return the gaps that a template's resources meet."""
    resources = template.get("Resources", {})
    for (kind, name), effect in GAPS.items():
        concerned = [
            logical_id
            for logical_id, resource in resources.items()
            if resource["Type"] == kind
            and resource.get("Properties", {}).get(name)
            and ((kind, name) != ONLY_DURABLE or _is_of_durable(resource, resources))
        ]
        if concerned:
            yield Gap(tuple(concerned), name, effect)


def _is_of_durable(config: Mapping[str, Any], resources: Mapping[str, Any]) -> bool:
    function = config["Properties"].get("FunctionName")
    name = function.get("Ref", "") if isinstance(function, Mapping) else ""
    return bool(resources.get(name, {}).get("Properties", {}).get("DurableConfig"))
