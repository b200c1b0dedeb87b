"""Orders whose process dies again and again, until their execution times out.

`make test ARGS="tests/integration -k timed_out --all-faults"` has them in each phase.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.contract.waiting import until
from tests.integration.conftest import PATIENCE_SECONDS, Partners
from tests.integration.lost_orders import balanced
from tests.integration.test_recovery_of_orders import names_in
from workshop import localcloud
from workshop.aws.stack import Stack
from workshop.orders import client as orders
from workshop.orders import history

TIMEOUT_SECONDS = 600  # more than both waits together
# A step of each phase, and how its order ends.
STEPS = {
    "validate-order": "failed",
    "process-payment": "failed",
    "fraud-check": "failed",
    "quality-check": "failed",
    "generate-shipping-label": "failed",
    "update-loyalty-points": "completed",  # the parcel has left
}
QUICK = ["process-payment"]
TRIES = 3  # orders


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("name", chosen(metafunc.config))


def chosen(config: pytest.Config) -> list[str]:
    """The steps in which orders time out; each attempt needs a new process, which takes long."""
    return list(STEPS) if config.getoption("--all-faults") else QUICK


@pytest.fixture(scope="module")
def hasty(stack: Stack) -> Iterator[None]:
    """Publish a version whose executions time out soon; the alias has it for a while."""
    functions, name = stack.target.client("lambda"), stack.processor
    before = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    config = functions.get_function_configuration(FunctionName=name)["DurableConfig"]
    short = {**config, "ExecutionTimeout": TIMEOUT_SECONDS}
    try:
        functions.update_function_configuration(FunctionName=name, DurableConfig=short)
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, DurableConfig=config)
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=before)


@pytest.fixture(scope="module")
def timed_out(stack: Stack, hasty: None, request: pytest.FixtureRequest) -> dict[str, str]:
    """An order for each of these steps, whose execution timed out in it."""
    names = chosen(request.config)
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(partial(crash_in, stack), names), strict=True))


def crash_in(stack: Stack, name: str) -> str:
    """Kill the processes of an order from a step on; take another one if that was too late."""
    client = stack.target.client("lambda")
    for _ in range(TRIES):
        order_id = orders.submit(stack, orders.example(payment_token="tok_slow"))
        arn = until(partial(history.find_execution, stack, order_id), "its start")
        until(lambda: name in names_in(client, arn), name)  # noqa: B023 - called at once

        def has_ended() -> bool:
            localcloud.crash(arn)  # noqa: B023 - called at once
            found = client.get_durable_execution(DurableExecutionArn=arn)  # noqa: B023
            return bool(found["Status"] != "RUNNING")

        until(has_ended, f"the end of {order_id}", PATIENCE_SECONDS)
        run = history.read(stack, arn)
        if (run.state, run.names[-1]) == ("timed out", name):
            assert len([each for each in run.invocations if each.error]) > 1
            return order_id
    raise AssertionError(f"no order timed out in {name}")


def test_an_order_whose_execution_timed_out_ends(
    stack: Stack, partners: Partners, timed_out: dict[str, str], name: str
) -> None:
    assert balanced(stack, partners, timed_out[name]) == STEPS[name]
