"""What the tests of the app share: two empty tables, and a runner for the workflow."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import database
import intake
from tests.unit.order_api import Lambda
from tests.unit.samples import ORDER_ID, Run, posted

PROCESSOR = "arn:aws:lambda:us-east-2:123456789012:function:order-processor:live"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Both tables, empty and in memory; the client that the modules use."""
    from moto import mock_aws

    for name in [name for name in os.environ if name.startswith(("AWS_ENDPOINT_URL", "AWS_PROF"))]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-2",
        "ORDERS_TABLE": "orders",
        "PARTNERS_TABLE": "partners",
        "PROCESSOR": PROCESSOR,
    }.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    with mock_aws():
        client = database.dynamodb()
        make_table(client, "orders", HASH="orderId")
        make_table(client, "partners", HASH="subject", RANGE="record")
        yield client
    forget_clients()


def forget_clients() -> None:
    """Make the modules' clients again, so that moto sees their calls."""
    database._client.cache_clear()
    intake._client.cache_clear()


def make_table(client: Any, name: str, **keys: str) -> None:
    """Create a table as template.yaml does."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys.values()],
        KeySchema=[{"AttributeName": k, "KeyType": kind} for kind, k in keys.items()],
    )


@pytest.fixture
def process(aws: Any) -> Callable[..., Run]:
    """Process one order in this process, with all waiting time skipped."""
    from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

    import workflow

    def run(order: Any = None, /, order_id: str = ORDER_ID, **changes: Any) -> Run:
        event = {"orderId": order_id, **(order or posted()), **changes}
        with DurableFunctionTestRunner(handler=workflow.handler, poll_interval=0.01) as runner:
            arn = runner.run_async(input=json.dumps(event))
            result = runner.wait_for_result(arn, timeout=60)
            events = runner.get_execution_history(arn).events
        runner._scheduler._loop.close()  # the runner stops its event loop, and leaves it open
        return Run(result, events, order_id)

    return run


@pytest.fixture
def processor(aws: Any) -> Lambda:
    return Lambda()


@pytest.fixture
def orders(aws: Any) -> Any:
    """All orders in the table."""

    def read() -> list[dict[str, Any]]:
        rows = aws.scan(TableName="orders")["Items"]
        return [row for row in rows if row["orderId"].startswith("ord-")]

    return read
