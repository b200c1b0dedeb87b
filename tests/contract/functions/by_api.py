"""Durable functions that an API starts: each shows what it got, after a step and a wait."""

import json

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def proxied(event, context):
    """Return an answer in the shape of a proxy integration, or another one if asked to."""
    asked = event.get("queryStringParameters") or {}
    context.step(lambda _: "begun", name="begin")
    context.wait(Duration.from_seconds(60), name="pause")
    if asked.get("fail"):
        raise ValueError(asked["fail"])
    if asked.get("shape") == "none":
        return ["not", "in", "shape"]
    seen = {"body": event.get("body"), "version": event.get("version")}
    return {"statusCode": 201, "headers": {"X-Seen": "yes"}, "body": json.dumps(seen)}


@durable_execution
def mapped(event, context):
    """Return the event, which a mapping template has made; fail if it says so."""
    context.step(lambda _: "begun", name="begin")
    context.wait(Duration.from_seconds(60), name="pause")
    if event.get("fail"):
        raise ValueError(event["fail"])
    return {"got": event}
