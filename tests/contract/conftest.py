"""The functions of the contract tests, deployed once, and ways to invoke them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.deploying import deploy
from workshop import localcloud
from workshop.aws.target import Target

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def functions(target: Target) -> dict[str, str]:
    """The deployed functions' names, by what they are for."""
    return deploy(target, HERE, "contract")


@pytest.fixture(scope="session")
def client(target: Target) -> Any:
    """A boto3 client of the Lambda API."""
    return target.client("lambda")


@pytest.fixture(scope="session")
def call(client, functions):
    """Invoke a function by what it is for: ``call("Short", {...})``."""

    def invoke(name: str, event: object = None, qualifier: str | None = "live", **options):
        payload = event if isinstance(event, bytes) else json.dumps(event or {}).encode()
        if qualifier:
            options["Qualifier"] = qualifier
        return client.invoke(FunctionName=functions[name], Payload=payload, **options)

    return invoke


@pytest.fixture(scope="session")
def start(call):
    """Start a script with ``start("Day", {"do": …}, …)``; returns the execution's ARN."""

    def run(function: str, *script: dict[str, Any], **options: Any) -> str:
        answer = call(function, {"script": script}, InvocationType="Event", **options)
        arn: str = answer["DurableExecutionArn"]
        return arn

    return run


@pytest.fixture
def real_clock(target: Target) -> Iterator[None]:
    """Waits take their real time during this test."""
    localcloud.set_clock("real")
    yield
    localcloud.set_clock("skip")
