"""A parameter of the template takes effect when it is deployed, though the code is as it was."""

import pytest

from workshop import deploy, operations, orders


@pytest.fixture
def name(target):
    yield "parameters"
    deploy.delete(target, name="parameters")


def wait_seconds(stack) -> int:
    """How long a new order waits for the warehouse."""
    *_, run = operations.watch(stack, orders.submit(stack, orders.example()))
    return run.find("warehouse-processing").wait_seconds


def test_a_new_order_waits_as_long_as_was_deployed_last(target, name) -> None:
    for seconds in (300, 12, 300):
        parameters = {"WarehouseWaitSeconds": seconds}
        assert wait_seconds(deploy.deploy(target, name=name, parameters=parameters)) == seconds
