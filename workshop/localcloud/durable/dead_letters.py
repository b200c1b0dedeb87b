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

from workshop.localcloud import dead_letter
from workshop.localcloud.durable.limits import EVENT

log = logging.getLogger(__name__)


class DeadLetters:
    """Finds the queue or topic of a function's version, and sends without blocking."""

    def __init__(self, endpoint: str, region: str) -> None:
        self._options: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": region,
            "config": Config(retries={"max_attempts": 5, "mode": "standard"}),
        }
        # Made when they are needed, which is seldom, and not at each start of the engine.
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

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
            function = self._client("lambda").get_function_configuration(
                FunctionName=start.function_name, Qualifier=start.function_qualifier
            )
            target = function.get("DeadLetterConfig", {}).get("TargetArn")
            if target:
                client = self._client(target.split(":")[2])
                body, request_id = start.input or "{}", str(start.invocation_id)
                dead_letter.send(client, target, body, request_id, _message(execution))
        except (BotoCoreError, ClientError) as error:
            log.warning("%s has no dead letter: %s", execution.durable_execution_arn, error)

    def _client(self, service: str) -> Any:
        with self._making:
            if service not in self._clients:
                self._clients[service] = boto3.client(service, **self._options)
        return self._clients[service]


def _message(execution: Execution) -> str:
    """Return what the execution failed with, or else how it ended."""
    error = execution.result.error if execution.result else None
    message: str | None = error.message if error else None
    return message or execution.current_status().value
