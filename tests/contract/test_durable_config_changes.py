"""Changes of a function's DurableConfig: in place, as a replacement, or refused, as on AWS."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from workshop.aws import deployment, stack
from workshop.aws.target import Target
from workshop.errors import WorkshopError

DURABLE = {"DurableConfig": {"ExecutionTimeout": 900, "RetentionPeriodInDays": 1}}
CUSTOM_NAME = (
    "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
    "Rename {} and update the stack again."
)


@dataclass
class Deployer:
    """Deploys a stack with one function, ``One``, whose alias is ``live``."""

    target: Target
    folder: Path
    stack: str

    def deploy(self, **properties: Any) -> str:
        """Deploy with SAM CLI as ``deploy()`` does, and return the function's name."""
        path = self.folder / "template.json"
        path.write_text(self.template(properties), encoding="utf-8")
        command = ["deploy", "--template-file", str(path), "--stack-name", self.stack]
        command += ["--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"]
        command += ["--region", self.target.region]
        deployment.run_sam(self.target, command, self.folder, self.stack)
        return self.name()

    def apply(self, **properties: Any) -> str:
        """Do the same without SAM CLI, which takes ten times as long."""
        client = self.target.client("cloudformation")
        made = stack.describe(self.target, self.stack)
        change, done = (
            (client.update_stack, "stack_update_complete")
            if made
            else (client.create_stack, "stack_create_complete")
        )
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
        body = self.template(properties)
        change(StackName=self.stack, TemplateBody=body, Capabilities=capabilities)
        try:
            client.get_waiter(done).wait(StackName=self.stack, WaiterConfig={"Delay": 0.2})
        except WaiterError:
            raise WorkshopError(str(stack.failure(self.target, self.stack))) from None
        return self.name()

    def template(self, properties: dict[str, Any]) -> str:
        function = {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": "def handler(event, context):\n    return event\n",
            "AutoPublishAlias": "live",
            **properties,
        }
        given = {name: value for name, value in function.items() if value is not None}
        resource = {"Type": "AWS::Serverless::Function", "Properties": given}
        transform = "AWS::Serverless-2016-10-31"
        return json.dumps({"Transform": transform, "Resources": {"One": resource}})

    def name(self) -> str:
        found = self.target.client("cloudformation").describe_stack_resource(
            StackName=self.stack, LogicalResourceId="One"
        )
        name: str = found["StackResourceDetail"]["PhysicalResourceId"]
        return name

    def reasons(self) -> list[str]:
        """The reasons of the events of its function."""
        pages = self.target.client("cloudformation").get_paginator("describe_stack_events")
        events = [e for p in pages.paginate(StackName=self.stack) for e in p["StackEvents"]]
        return [
            e.get("ResourceStatusReason", "") for e in events if e["LogicalResourceId"] == "One"
        ]


@pytest.fixture
def one(target, tmp_path, request):
    name = re.sub(r"\W+|_", "-", request.node.name)[:60].strip("-")
    return Deployer(target, tmp_path, name)


@pytest.fixture
def invoke(client):
    """Invoke a function's alias: ``invoke(name)``."""

    def call(name: str, **options: Any) -> Any:
        answer = client.invoke(FunctionName=name, Qualifier="live", Payload=b"{}", **options)
        answer["Payload"].close()
        return answer

    return call


MISSING = "#/DurableConfig: required key [ExecutionTimeout] not found"
FAILED = "Properties validation failed for resource One with message:"


def test_a_configuration_without_a_timeout_is_refused_at_deployment(one):
    with pytest.raises(WorkshopError) as refused:
        one.deploy(DurableConfig={"RetentionPeriodInDays": 1})
    assert f"{FAILED} {MISSING}" in str(refused.value)
    assert f"{FAILED}\n{MISSING}" in one.reasons()


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (
            {"ExecutionTimeout": 40_000_000},
            "/ExecutionTimeout: 40000000 is not less or equal to 31622400",
        ),
        (
            {"ExecutionTimeout": 900, "RetentionPeriodInDays": 365},
            "/RetentionPeriodInDays: 365 is not less or equal to 90",
        ),
        (
            {"ExecutionTimeout": 900, "AllowInvokeLatest": True},
            ": extraneous key [AllowInvokeLatest] is not permitted",
        ),
        ({"ExecutionTimeout": "1h"}, "/ExecutionTimeout: expected type: Integer, found: 1h"),
    ],
    ids=["timeout", "retention", "unknown", "text"],
)
def test_a_wrong_configuration_is_refused(one, config, why):
    with pytest.raises(WorkshopError) as refused:
        one.apply(DurableConfig=config)
    assert f"{FAILED} #/DurableConfig{why}" in str(refused.value)


@pytest.mark.parametrize(
    ("before", "after"), [({}, DURABLE), (DURABLE, {})], ids=["added", "removed"]
)
def test_a_function_with_a_name_of_its_own_is_not_replaced(one, client, invoke, before, after):
    own = {"FunctionName": one.stack}
    one.apply(**own, **before)
    with pytest.raises(WorkshopError) as refused:
        one.deploy(**own, **after)
    assert CUSTOM_NAME.format(one.stack) in str(refused.value)
    assert CUSTOM_NAME.format(one.stack) in one.reasons()
    versions = client.list_versions_by_function(FunctionName=one.stack)["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1"]
    assert [each.get("DurableConfig") for each in versions] == [before.get("DurableConfig")] * 2
    started = invoke(one.stack, InvocationType="Event")
    assert ("DurableExecutionArn" in started) == bool(before)


@pytest.mark.parametrize("rename", [False, True], ids=["own-name", "renamed"])
def test_a_function_that_becomes_durable_is_replaced(one, client, invoke, rename):
    first = one.apply(**({"FunctionName": f"{one.stack}-a"} if rename else {}))
    name = {"FunctionName": f"{one.stack}-b"} if rename else {}
    second = one.apply(**name, **DURABLE)
    assert second != first
    arn = invoke(second, InvocationType="Event")["DurableExecutionArn"]
    assert f":function:{second}:1/durable-execution/" in arn
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        invoke(first)
    assert one.apply() not in (first, second), "it is replaced again when it is removed"


def test_a_timeout_and_a_retention_change_in_place(one, client):
    name = one.apply(**DURABLE)
    changed = {"ExecutionTimeout": 60, "RetentionPeriodInDays": 14}
    assert one.apply(DurableConfig={"ExecutionTimeout": "60"}, InlineCode=OTHER_CODE) == name
    versions = client.list_versions_by_function(FunctionName=name)["Versions"]
    found = {each["Version"]: each["DurableConfig"] for each in versions}
    assert found == {"$LATEST": changed, "1": DURABLE["DurableConfig"], "2": changed}


def test_a_package_of_another_type_replaces_a_function(one):
    one.apply(FunctionName=one.stack)
    with pytest.raises(WorkshopError, match="requires replacing"):
        one.apply(FunctionName=one.stack, PackageType="Image", ImageUri=IMAGE, **NO_CODE)
    assert one.name() == one.stack


OTHER_CODE = "def handler(event, context):\n    return 1\n"
IMAGE = "000000000000.dkr.ecr.us-east-2.amazonaws.com/one:1"
NO_CODE = {"InlineCode": None, "Handler": None, "Runtime": None}


def test_an_alias_and_a_version_are_replaced(one, client, invoke):
    name = one.apply()
    one.apply(AutoPublishAlias="green", VersionDescription="the second", Timeout=9)
    aliases = client.list_aliases(FunctionName=name)["Aliases"]
    assert [each["Name"] for each in aliases] == ["green"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        invoke(name)


def test_the_lambda_api_refuses_what_cloudformation_does(client, one):
    ordinary, durable = one.apply(), {"ExecutionTimeout": 60}
    update = client.update_function_configuration
    with pytest.raises(ClientError, match="only enable durable execution when you create"):
        update(FunctionName=ordinary, DurableConfig=durable)
    role = client.get_function_configuration(FunctionName=ordinary)["Role"]
    made = {"Role": role, "Handler": "index.handler", "Runtime": "python3.13"}
    code = {"ImageUri": IMAGE}
    for wrong in ({"RetentionPeriodInDays": 1}, durable | {"RetentionPeriodInDays": 91}):
        with pytest.raises(client.exceptions.InvalidParameterValueException):
            client.create_function(FunctionName="x", Code=code, DurableConfig=wrong, **made)
    named = client.create_function(FunctionName="y", Code=code, DurableConfig=durable, **made)
    assert named["DurableConfig"] == durable | {"RetentionPeriodInDays": 14}
    client.get_waiter("function_active_v2").wait(FunctionName="y", WaiterConfig={"Delay": 1})
    changed = update(FunctionName="y", DurableConfig={"RetentionPeriodInDays": 2})
    assert changed["DurableConfig"] == durable | {"RetentionPeriodInDays": 2}
