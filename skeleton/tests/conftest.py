"""What the tests share: an empty table in memory, and `run`, which runs one reservation."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
from moto import mock_aws

from service import reservations, workflow

EVENT = {"reservationId": "r-1", "item": "a table for two", "quantity": 1}
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-2",
    "RESERVATIONS_TABLE": "reservations",
}
Run = Callable[..., Any]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The table of template.yaml, empty and in memory: no cloud, no account, no network."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        reservations._table.cache_clear()
        yield boto3.resource("dynamodb").create_table(
            TableName="reservations",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "reservationId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "reservationId", "KeyType": "HASH"}],
        )
        reservations._table.cache_clear()


@pytest.fixture
def stored(table: Any) -> Callable[[], dict[str, Any]]:
    """Return a function that reads the reservation; empty if it was never made."""
    return lambda: dict(table.get_item(Key={"reservationId": "r-1"}).get("Item", {}))


@pytest.fixture
def run(table: Any) -> Run:
    """Return a function that runs one reservation to its end; its arguments change the event."""

    def run_it(**changes: Any) -> Any:
        with DurableFunctionTestRunner(workflow.handler, poll_interval=0.01) as runner:
            return runner.run(input=json.dumps(EVENT | changes))

    return run_it
