"""Cleaning up after the workshop, on the local cloud, by the code that cleans up on AWS."""

from collections.abc import Iterator

import pytest

from workshop.aws import deployment, leftovers
from workshop.aws.stack import find
from workshop.aws.target import Target

NAME = "durable-orders-to-delete"


@pytest.fixture
def deployed(target: Target) -> Iterator[Target]:
    """A stack of this test's own."""
    deployment.deploy(target, name=NAME)
    yield target
    deployment.delete(target, NAME)


def test_a_deleted_stack_leaves_the_bucket_of_sam_cli_alone(deployed: Target) -> None:
    held = leftovers.resources(deployed, NAME)
    assert held is not None
    assert held["AWS::Lambda::Function"] == 3
    assert held["AWS::DynamoDB::Table"] == 2
    assert {"table", "function, with its versions", "role", "API"} <= kinds(deployed)

    assert deployment.delete(deployed, NAME)

    assert find(deployed, NAME) is None
    assert leftovers.resources(deployed, NAME) is None
    remains = leftovers.remains(deployed, NAME)
    assert remains.unseen == ()
    assert [left.name.partition("-samcli")[0] for left in remains.found] == [leftovers.SAM_STACK]


def test_what_somebody_makes_under_the_name_of_the_stack_is_found(target: Target) -> None:
    logs = target.client("logs")
    name = f"/aws/lambda/{NAME}-order-api"
    logs.create_log_group(logGroupName=name)
    assert "log group" in kinds(target)
    logs.delete_log_group(logGroupName=name)
    assert "log group" not in kinds(target)


def kinds(target: Target) -> set[str]:
    return {left.kind for left in leftovers.remains(target, NAME).found}
