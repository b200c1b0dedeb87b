"""What the tests share: two empty tables in memory, and `process`, which runs one order."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
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
        expect_known(order | changes)
        with DurableFunctionTestRunner(workflow.handler, poll_interval=0.01) as runner:
            return runner.run(input=json.dumps(order | changes))

    return run


def expect_known(order: dict[str, Any]) -> None:
    """Raise ValueError for a field or a test card that does not exist: it would test nothing."""
    import rules
    import triggers

    known = {"orderId", *rules.ORDER_FIELDS}
    unknown = sorted(order.keys() - known)
    if unknown:
        raise ValueError(f"An order has no {unknown[0]}. It has {', '.join(sorted(known))}.")
    tokens = [row.value for row in triggers.TRIGGERS if row.field == "paymentToken"]
    cards = ["tok_ok", *(token.replace("NAME", step) for token in tokens for step in steps())]
    card = order.get("paymentToken")
    if isinstance(card, str) and card.startswith("tok_") and card not in cards:
        there = f"There are tok_ok, {', '.join(tokens)}. NAME is the name of a step."
        raise ValueError(f"The test card '{card}' does not exist. {there}")


def steps() -> list[str]:
    """Return the names of the steps of the application, which may be your own."""
    import workflow

    modules = Path(workflow.__file__).parent.glob("*.py")
    code = "".join(module.read_text("utf-8") for module in modules)
    return re.findall(r"""@operation\(["'](.+?)["']\)""", code)
