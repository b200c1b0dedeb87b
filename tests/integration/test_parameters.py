"""A parameter of the template takes effect when it is deployed, though the code is as it was."""

import pytest

from workshop.aws import deployment
from workshop.orders import client as orders
from workshop.orders import history


@pytest.fixture
def name(target):
    yield "parameters"
    deployment.delete(target, name="parameters")


def wait_seconds(stack) -> int | None:
    """How long a new order waits for the warehouse."""
    *_, run = history.watch(stack, orders.submit(stack, orders.example()))
    return run.find("warehouse-processing").wait_seconds


def test_a_new_order_waits_as_long_as_was_deployed_last(target, name) -> None:
    for seconds in (300, 12, 300):
        parameters = {"WarehouseWaitSeconds": seconds}
        assert wait_seconds(deployment.deploy(target, name=name, parameters=parameters)) == seconds
