"""Cleaning up after the workshop, on the local cloud, by the code that cleans up on AWS."""

from collections.abc import Iterator

import pytest

from workshop import cleanup, deploy
from workshop.stack import find
from workshop.target import Target

NAME = "durable-orders-to-delete"


@pytest.fixture
def deployed(target: Target) -> Iterator[Target]:
    """A stack of this test's own."""
    deploy.deploy(target, name=NAME)
    yield target
    deploy.delete(target, NAME)


def test_a_deleted_stack_leaves_the_bucket_of_sam_cli_alone(deployed: Target) -> None:
    held = cleanup.resources(deployed, NAME)
    assert held is not None
    assert held["AWS::Lambda::Function"] == 2
    assert held["AWS::DynamoDB::Table"] == 2
    assert {"table", "function, with its versions", "role", "API"} <= kinds(deployed)

    assert deploy.delete(deployed, NAME)

    assert find(deployed, NAME) is None
    assert cleanup.resources(deployed, NAME) is None
    remains = cleanup.remains(deployed, NAME)
    assert remains.unseen == ()
    assert [left.name.partition("-samcli")[0] for left in remains.found] == [cleanup.SAM_STACK]


def test_what_somebody_makes_under_the_name_of_the_stack_is_found(target: Target) -> None:
    logs = target.client("logs")
    name = f"/aws/lambda/{NAME}-order-api"
    logs.create_log_group(logGroupName=name)
    assert "log group" in kinds(target)
    logs.delete_log_group(logGroupName=name)
    assert "log group" not in kinds(target)


def kinds(target: Target) -> set[str]:
    return {left.kind for left in cleanup.remains(target, NAME).found}
