"""What the tests of the app share: two empty tables, and a runner for the workflow."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.model import OperationModel

import database
import intake
import store
from tests.unit.order_api import Lambda
from tests.unit.samples import ORDER_ID, Run, posted

PROCESSOR = "arn:aws:lambda:us-east-2:123456789012:function:order-processor:live"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-2",
    "ORDERS_TABLE": "orders",
    "PARTNERS_TABLE": "partners",
    "PROCESSOR": PROCESSOR,
}


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """DynamoDB in memory. The modules' clients are made once: a client costs more than a test."""
    from moto import mock_aws

    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("AWS_ENDPOINT_URL", "AWS_PROF")):
                patch.delenv(name)
        for name, value in VARIABLES.items():
            patch.setenv(name, value)
        forget_clients()
        with mock_aws():
            yield database.dynamodb()
        forget_clients()


@pytest.fixture
def aws(dynamodb: Any) -> Any:
    """Both tables, empty; the client that the modules use."""
    empty_tables(dynamodb)
    return dynamodb


def empty_tables(client: Any) -> None:
    """Make both tables, without anything that was in them."""
    from moto.dynamodb.models import dynamodb_backends

    dynamodb_backends.reset()
    store.write_as("")
    make_table(client, "orders", HASH="orderId")
    make_table(client, "partners", HASH="subject", RANGE="record")


@pytest.fixture
def database_calls(aws: Any) -> Iterator[list[str]]:
    """The names of the calls that the modules make."""
    names: list[str] = []

    def note(model: OperationModel, **_: Any) -> None:
        names.append(model.name)

    aws.meta.events.register("before-call.dynamodb", note)
    yield names
    aws.meta.events.unregister("before-call.dynamodb", note)


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
def runner(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Run one execution in this process, with all waiting time skipped."""
    from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

    import workflow

    def run(
        event: dict[str, Any],
        name: str = "",
        meanwhile: Callable[[Any, str], None] = lambda _runner, _arn: None,
    ) -> Run:
        if name:  # the runner does not put names into ARNs
            monkeypatch.setattr(store, "name_of", lambda _arn: name)
        with DurableFunctionTestRunner(handler=workflow.handler, poll_interval=0.01) as runner:
            arn = runner.run_async(input=json.dumps(event))
            meanwhile(runner, arn)
            result = runner.wait_for_result(arn, timeout=60)
            events = runner.get_execution_history(arn).events
        runner._scheduler._loop.close()  # the runner stops its event loop, and leaves it open
        return Run(result, events, event["orderId"])

    return run


@pytest.fixture
def process(runner: Callable[..., Run]) -> Callable[..., Run]:
    """Process one order in this process, with all waiting time skipped."""

    def run(order: Any = None, /, order_id: str = ORDER_ID, **changes: Any) -> Run:
        return runner({"orderId": order_id, **(order or posted()), **changes})

    return run


@pytest.fixture
def processor(aws: Any) -> Iterator[Lambda]:
    made = Lambda()
    yield made
    made.close()


@pytest.fixture
def orders(aws: Any) -> Any:
    """All orders in the table."""

    def read() -> list[dict[str, Any]]:
        rows = aws.scan(TableName="orders")["Items"]
        return [row for row in rows if row["orderId"].startswith("ord-")]

    return read
