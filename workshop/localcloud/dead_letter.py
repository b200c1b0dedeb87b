"""A dead letter: the event of a function that failed permanently, on its way to a queue or topic.

Both processes of the local cloud send some, ministack and the engine, so this needs neither.
"""

from __future__ import annotations

from typing import Any

MOST_BYTES_OF_MESSAGE = 1024


def send(client: Any, target: str, body: str, request_id: str, message: str) -> None:
    """Send an event, unchanged, by a client of the target's service."""
    facts = {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", message[:MOST_BYTES_OF_MESSAGE]),
    }
    attributes = {
        name: {"DataType": kind, "StringValue": value} for name, (kind, value) in facts.items()
    }
    _, _, service, _, account, name = target.split(":")
    if service == "sqs":
        url = f"{client.meta.endpoint_url}/{account}/{name}"
        client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
    else:
        client.publish(TopicArn=target, Message=body, MessageAttributes=attributes)
