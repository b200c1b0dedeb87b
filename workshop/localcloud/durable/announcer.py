"""Tells the event bus when the status of an execution changes, as AWS does.

Fixes: neither the emulator nor ministack emits ``Durable Execution Status Change`` events.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from typing import Any

import boto3
from aws_durable_execution_sdk_python_testing.execution import Execution
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

MOST_AT_ONCE = 10  # entries of one PutEvents
log = logging.getLogger(__name__)


class Announcer:
    """Puts events on the default bus, in order, without blocking the execution.

    An event that the bus refuses is logged and dropped: AWS delivers them as best effort, too.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        self._region = region
        self._events = boto3.client(
            "events",
            endpoint_url=endpoint,
            region_name=region,
            config=Config(retries={"max_attempts": 5, "mode": "standard"}),
        )
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="announcer", daemon=True).start()

    def announce(self, execution: Execution) -> None:
        """Announce the execution's current status."""
        self._waiting.put(entry(execution, self._region))

    def _run(self) -> None:
        while True:
            entries = [self._waiting.get()]
            while len(entries) < MOST_AT_ONCE and not self._waiting.empty():
                entries.append(self._waiting.get())
            try:
                answer = self._events.put_events(Entries=entries)
            except (BotoCoreError, ClientError) as error:
                log.warning("%s status events were not delivered: %s", len(entries), error)
            else:
                for refused in (e for e in answer["Entries"] if "ErrorCode" in e):
                    log.warning("A status event was refused: %s", refused["ErrorMessage"])


def entry(execution: Execution, region: str) -> dict[str, Any]:
    """Return the event for an execution's current status, as PutEvents takes it."""
    operation = execution.get_operation_execution_started()
    assert operation.start_timestamp is not None
    detail = {
        "durableExecutionArn": execution.durable_execution_arn,
        "durableExecutionName": execution.start_input.execution_name,
        "functionArn": execution.function_arn(region),
        "status": execution.current_status().value,
        "startTimestamp": operation.start_timestamp.isoformat(timespec="milliseconds"),
    }
    if operation.end_timestamp:
        detail["endTimestamp"] = operation.end_timestamp.isoformat(timespec="milliseconds")
    return {
        "Source": "aws.lambda",
        "DetailType": "Durable Execution Status Change",
        "Detail": json.dumps(detail),
        "Resources": [execution.durable_execution_arn],
    }
