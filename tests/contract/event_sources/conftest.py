"""A stack with everything that starts functions by events, deployed by the real SAM CLI."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.deploying import deploy
from tests.contract.waiting import ended, until

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def deployed(target):
    """The outputs of the stack with all event sources."""
    return deploy(target, HERE, "event-sources")


@pytest.fixture(scope="session")
def send(target, deployed):
    """Send a message to a queue by what it is for."""

    def put(queue, *bodies):
        for body in bodies:
            target.client("sqs").send_message(QueueUrl=deployed[queue], MessageBody=body)

    return put


@pytest.fixture(scope="session")
def received(target, deployed):
    """The first message in a queue whose body has a text in it."""
    seen: dict[str, list[dict[str, Any]]] = {}

    def message(queue, text):
        queues, url = target.client("sqs"), deployed[queue]

        def find():
            answer = queues.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            for each in answer.get("Messages", []):
                queues.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                seen.setdefault(queue, []).append(each)
            return next((m for m in seen.get(queue, []) if text in m["Body"]), None)

        return until(find, f"a message with {text} in {queue}")

    return message


@pytest.fixture(scope="session")
def executions(client, deployed):
    """The executions of a function so far whose input has a text in it, the oldest first."""

    def having(function, text):
        pages = client.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName=deployed[function]
        )
        arns = [e["DurableExecutionArn"] for page in pages for e in page["DurableExecutions"]]
        found = [client.get_durable_execution(DurableExecutionArn=arn) for arn in arns]
        found = [each for each in found if text in each["InputPayload"]]
        return sorted(found, key=lambda each: each["StartTimestamp"])

    return having


@pytest.fixture(scope="session")
def started(client, executions):
    """The first execution whose input has a text in it, once it has ended, and that input."""

    def find(function, text):
        found = until(lambda: executions(function, text), f"an execution with {text}")
        return ended(client, found[0]["DurableExecutionArn"]), json.loads(found[0]["InputPayload"])

    return find


@pytest.fixture(scope="session")
def put_event(target):
    """Put an event of a kind on the bus."""

    def put(kind, **detail):
        entry = {"Source": "shop", "DetailType": kind, "Detail": json.dumps(detail)}
        assert not target.client("events").put_events(Entries=[entry])["FailedEntryCount"]

    return put
