"""Small functions that show one behavior of the Lambda API each."""

import json
import logging
import os
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration

log = logging.getLogger("audit")


@durable_execution
def echo_after_a_wait(event, context):
    """Return the event after one step and, if it asks for it, one wait."""
    context.step(lambda _: "begun", name="begin")
    if event.get("waitSeconds"):
        context.wait(Duration.from_seconds(event["waitSeconds"]), name="pause")
    if event.get("fail"):
        raise ValueError(event["fail"])
    return {"echo": event}


@durable_execution
def crash_once(event, context):
    """Kill the process in the middle of a step, the first time."""

    def die_or_go_on(_):
        marker = Path(event["marker"])
        if not marker.exists():
            marker.touch()
            os._exit(1)
        return "survived"

    context.step(lambda _: "before", name="before")
    return context.step(die_or_go_on, name="crash-once")


@durable_execution
def caller(event, context):
    """Invoke a durable and an ordinary function, and one that does not exist if asked to."""
    if event.get("missing"):
        return context.invoke(event["missing"], {}, name="missing")
    durable = context.invoke(os.environ["DURABLE"], {"waitSeconds": 60}, name="durable")
    plain = context.invoke(os.environ["PLAIN"], {"a": 1}, name="plain")
    return {"durable": durable, "plain": plain}


def plain(event, context):
    """An ordinary function."""
    return {"plain": event}


def recursive(event, context):
    """Invoke itself until ``depth`` is 0."""
    if not event["depth"]:
        return 0
    answer = boto3.client("lambda").invoke(
        FunctionName=context.invoked_function_arn,
        Payload=json.dumps({"depth": event["depth"] - 1}),
    )
    return json.load(answer["Payload"])


def environment(_event, _context):
    """Return everything that the process finds in its environment."""
    return dict(os.environ)


def answer_cloudformation(event, _context):
    """Answer a custom resource by its presigned link, as AWS's cfn-response does."""
    same = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer = {**same, "Status": "SUCCESS", "PhysicalResourceId": "it", "Data": {"Said": "yes"}}
    body = json.dumps(answer).encode()
    headers = {"Content-Type": "", "Content-Length": str(len(body))}
    request = Request(event["ResponseURL"], body, headers, method="PUT")
    with urlopen(request, timeout=10):
        pass


def say(event, _context):
    """Log ``say`` as information and as a warning."""
    log.info(event["say"])
    log.warning("%s, with a warning", event["say"])
