"""Sends the events of executions that failed permanently to their function's dead-letter queue.

Fixes: neither the emulator nor ministack knows dead letters of durable functions. AWS sends the
event when an execution that was started asynchronously ends as FAILED, STOPPED or TIMED_OUT. Such
an execution is not retried, whatever ``MaximumRetryAttempts`` says, and has no destinations.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import boto3
from aws_durable_execution_sdk_python_testing.execution import Execution
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workshop.localcloud.durable.limits import EVENT

MOST_BYTES_OF_MESSAGE = 1024
log = logging.getLogger(__name__)


class DeadLetters:
    """Finds the queue or topic of a function's version, and sends without blocking."""

    def __init__(self, endpoint: str, region: str) -> None:
        options = {
            "endpoint_url": endpoint,
            "region_name": region,
            "config": Config(retries={"max_attempts": 5, "mode": "standard"}),
        }
        self._lambda = boto3.client("lambda", **options)
        self._queues = boto3.client("sqs", **options)
        self._topics = boto3.client("sns", **options)

    def consider(self, execution: Execution) -> None:
        """Send the execution's event if it is over and did not succeed."""
        start = execution.start_input
        asynchronous = (start.trace_fields or {}).get("InvocationType") == EVENT
        failed = execution.is_complete and execution.current_status().value != "SUCCEEDED"
        if asynchronous and failed:
            threading.Thread(target=self._send, args=(execution,), daemon=True).start()

    def _send(self, execution: Execution) -> None:
        start = execution.start_input
        try:
            function = self._lambda.get_function_configuration(
                FunctionName=start.function_name, Qualifier=start.function_qualifier
            )
            target = function.get("DeadLetterConfig", {}).get("TargetArn")
            if target:
                self._send_to(target, start.input or "{}", attributes(execution))
        except (BotoCoreError, ClientError) as error:
            log.warning("%s has no dead letter: %s", execution.durable_execution_arn, error)

    def _send_to(self, target: str, body: str, facts: dict[str, Any]) -> None:
        _, _, service, _, account, name = target.split(":")
        if service == "sqs":
            url = f"{self._queues.meta.endpoint_url}/{account}/{name}"
            self._queues.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=facts)
        else:
            self._topics.publish(TopicArn=target, Message=body, MessageAttributes=facts)


def attributes(execution: Execution) -> dict[str, Any]:
    """Return what AWS says about a dead letter in the attributes of its message."""
    error = execution.result.error if execution.result else None
    message = (error.message if error else None) or execution.current_status().value
    facts = {
        "RequestID": execution.start_input.invocation_id,
        "ErrorCode": "200",
        "ErrorMessage": message[:MOST_BYTES_OF_MESSAGE],
    }
    kinds = {"ErrorCode": "Number"}
    return {
        name: {"DataType": kinds.get(name, "String"), "StringValue": value}
        for name, value in facts.items()
    }
