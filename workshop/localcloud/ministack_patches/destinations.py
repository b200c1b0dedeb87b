"""Sends the outcome of an asynchronous invocation where its function wants it, with its role.

Fixes: ministack sends what belongs to a destination to a dead-letter queue too, knows no
destination for successes, and asks nobody whether the function's role allows it.
"""

import json
import logging
import os
from collections.abc import Callable
from typing import Any

import boto3
import callers
import dead_letter
from ministack.core.responses import new_uuid

_log = logging.getLogger(__name__)
Send = Callable[[Any, str, dict[str, Any]], object]


def send_record(config: dict[str, Any], target: str, record: dict[str, Any]) -> None:
    """Send the record of an invocation to a destination, as the function's role."""
    service = target.split(":")[2]
    _as_function(config, target, lambda client: DESTINATIONS[service](client, target, record))


def send_dead_letter(
    config: dict[str, Any], target: str, payload: object, request_id: str, message: str
) -> None:
    """Send an event that failed permanently to the dead-letter queue or topic, unchanged."""
    body = json.dumps(payload)
    _as_function(
        config, target, lambda client: dead_letter.send(client, target, body, request_id, message)
    )


def queue_url(arn: str) -> str:
    """Return the URL of a queue."""
    account, name = arn.split(":")[4:6]
    return f"{os.environ['AWS_ENDPOINT_URL']}/{account}/{name}"


def _as_function(config: dict[str, Any], target: str, send: Callable[[Any], object]) -> None:
    keys = callers.execution_credentials(config)
    client = boto3.client(
        target.split(":")[2],
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
    )
    try:
        send(client)
    except Exception as error:  # noqa: BLE001 - nobody waits for the answer; the log has it
        name = config["FunctionName"]
        _log.warning("The outcome of %s could not be sent to %s: %s", name, target, error)


def _to_queue(client: Any, arn: str, record: dict[str, Any]) -> None:
    client.send_message(QueueUrl=queue_url(arn), MessageBody=json.dumps(record))


def _to_topic(client: Any, arn: str, record: dict[str, Any]) -> None:
    client.publish(TopicArn=arn, Message=json.dumps(record))


def _to_function(client: Any, arn: str, record: dict[str, Any]) -> None:
    client.invoke(FunctionName=arn, InvocationType="Event", Payload=json.dumps(record).encode())


def _to_bus(client: Any, arn: str, record: dict[str, Any]) -> None:
    outcome = "Success" if record["requestContext"]["condition"] == "Success" else "Failure"
    entry = {
        "EventBusName": arn,
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {outcome}",
        "Detail": json.dumps(record),
        "Resources": [arn, record["requestContext"]["functionArn"]],
    }
    client.put_events(Entries=[entry])


def _to_bucket(client: Any, arn: str, record: dict[str, Any]) -> None:
    function = record["requestContext"]["functionArn"].split(":")[6]
    day = record["timestamp"].partition("T")[0].replace("-", "/")
    key = f"aws/lambda/async/{function}/{day}/{record['timestamp']}-{new_uuid()}"
    client.put_object(Bucket=arn.rpartition(":")[2], Key=key, Body=json.dumps(record).encode())


DESTINATIONS: dict[str, Send] = {
    "sqs": _to_queue,
    "sns": _to_topic,
    "lambda": _to_function,
    "events": _to_bus,
    "s3": _to_bucket,
}
