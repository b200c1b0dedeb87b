"""What a policy must allow: for an execution its own ARN, for an invocation the qualifier's."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.contract.waiting import ended, happened
from workshop.aws.target import Target

BY_FUNCTION = {"ListDurableExecutionsByFunction"}
TOKEN = "eyJ9"  # what the operations of the SDK need besides; it is wrong
NUMBERS = count()


@pytest.fixture
def may(target: Target) -> Callable[..., Any]:
    """A Lambda client whose role has one statement: ``may("lambda:*", resource)``."""

    def make(action: str, *resources: str) -> Any:
        iam, name = target.client("iam"), f"caller-{next(NUMBERS)}"
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        role = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
        )["Role"]
        allowed = {"Effect": "Allow", "Action": action, "Resource": resources}
        iam.put_role_policy(
            RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Statement": [allowed]})
        )
        sts = target.client("sts")
        keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]
        return boto3.client(
            "lambda",
            endpoint_url=target.variables["AWS_ENDPOINT_URL_LAMBDA"],
            region_name=target.region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    return make


@pytest.fixture(scope="module")
def waiting(client, start) -> tuple[str, str]:
    """The ARN of an execution that waits for a callback, and the callback's id."""
    arn = start("Day", {"do": "callback", "name": "answer"})
    details = happened(client, arn, "CallbackStarted")["CallbackStartedDetails"]
    return arn, details["CallbackId"]


def operations(client: Any) -> list[str]:
    names: list[str] = client.meta.service_model.operation_names
    return [name for name in names if "Durable" in name and name not in BY_FUNCTION]


def call_operation(client: Any, operation: str, waiting: tuple[str, str]) -> str:
    """Call one operation on the execution; return the code of its error, if any."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    values = {"DurableExecutionArn": waiting[0], "CallbackId": waiting[1], "CheckpointToken": TOKEN}
    given = {name: values[name] for name in shape.members if name in values}
    try:
        client._make_api_call(operation, given)
    except ClientError as error:
        return str(error)
    return ""


def is_denied(message: str) -> bool:
    return "AccessDeniedException" in message


def test_every_operation_on_an_execution_needs_a_right_to_the_execution(client, may, waiting):
    arn = waiting[0]
    function = arn.split("/")[0].rpartition(":")[0]
    unqualified = may("lambda:*", function, f"{function}:live")
    for operation in operations(client):
        answer = call_operation(unqualified, operation, waiting)
        assert f"perform: lambda:{operation} on resource: {arn}" in answer
    allowed = may("lambda:*", f"{function}:*/durable-execution/*")
    for operation in sorted(operations(client), reverse=True):
        assert not is_denied(call_operation(allowed, operation, waiting)), operation


@pytest.mark.parametrize(
    ("pattern", "is_enough"),
    [
        ("{function}:*", True),
        ("{function}:*/durable-execution/*", True),
        ("{function}:1/durable-execution/{name}/*", True),
        ("{arn}", True),
        ("{function}", False),
        ("{function}:live/durable-execution/*", False),
        ("{function}:2/durable-execution/*", False),
        ("{function}:1/durable-execution/another/*", False),
    ],
)
def test_a_policy_matches_the_arn_of_an_execution(may, waiting, pattern, is_enough):
    arn = waiting[0]
    qualified, _, name, _ = arn.split("/")
    function = qualified.rpartition(":")[0]
    resource = pattern.format(arn=arn, function=function, name=name)
    caller = may("lambda:GetDurableExecution", resource)
    assert is_denied(call_operation(caller, "GetDurableExecution", waiting)) != is_enough


def test_a_list_of_executions_needs_a_right_to_the_function(may, waiting):
    function = waiting[0].split("/")[0].rpartition(":")[0]
    action = "lambda:ListDurableExecutionsByFunction"
    may(action, function).list_durable_executions_by_function(FunctionName=function)
    with pytest.raises(ClientError, match="AccessDenied"):
        may(action, f"{function}:*").list_durable_executions_by_function(FunctionName=function)


def test_a_function_needs_a_right_only_to_its_executions(client, call):
    arn = call("Scoped", {}, InvocationType="Event")["DurableExecutionArn"]
    assert ended(client, arn)["Status"] == "SUCCEEDED"


@pytest.mark.parametrize("function", ["Short", "Plain"])
def test_an_invocation_needs_a_right_to_the_qualifier_that_it_names(
    client, functions, may, function
):
    arn = client.get_function_configuration(FunctionName=functions[function])["FunctionArn"]
    for named, others in (("live", ["1"]), ("1", ["live"]), ("$LATEST", ["live"])):
        caller = may("lambda:InvokeFunction", f"{arn}:{named}")
        done = caller.invoke(FunctionName=arn, Qualifier=named, InvocationType="Event")
        done["Payload"].close()
        for other in others:
            with pytest.raises(ClientError, match="AccessDenied"):
                caller.invoke(FunctionName=arn, Qualifier=other, InvocationType="Event")
        with pytest.raises(ClientError, match="AccessDenied"):
            caller.invoke(FunctionName=functions["Plain"], InvocationType="Event")
