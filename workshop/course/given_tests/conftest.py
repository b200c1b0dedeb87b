"""What the tests share: two empty tables in memory, and `process`, which runs one order."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
from moto import mock_aws

ORDER = {
    "orderId": "ord-" + "0123456789abcdef" * 2,
    "customerId": "cust-ada",
    "customerEmail": "ada@example.com",
    "paymentToken": "tok_ok",
    "items": [{"productId": "sku-mug", "name": "Mug", "quantity": 2, "price": 45.99}],
}
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-2",
    "ORDERS_TABLE": "orders",
    "PARTNERS_TABLE": "partners",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}
KEYS = {"orders": ["orderId"], "partners": ["subject", "record"]}


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """DynamoDB in memory: no cloud, no account, no network."""
    import database

    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        for name, value in VARIABLES.items():
            patch.setenv(name, value)
        database._client.cache_clear()
        yield database.dynamodb()
        database._client.cache_clear()


@pytest.fixture
def tables(dynamodb: Any) -> Iterator[Any]:
    """Both tables of template.yaml, empty for each test."""
    for table, keys in KEYS.items():
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )
    yield dynamodb
    for table in KEYS:
        dynamodb.delete_table(TableName=table)


@pytest.fixture
def order() -> dict[str, Any]:
    """Return the event of an order that goes well: two mugs, 91.98."""
    return dict(ORDER)


@pytest.fixture
def process(tables: Any, order: dict[str, Any]) -> Callable[..., Any]:
    """Return a function that runs one order to its end; its arguments change the order."""
    import workflow

    def run(**changes: Any) -> Any:
        with DurableFunctionTestRunner(workflow.handler, poll_interval=0.01) as runner:
            return runner.run(input=json.dumps(order | changes))

    return run
