"""Waiting for an execution to end."""

import time
from typing import Any

PATIENCE_SECONDS = 30


def ended(client: Any, arn: str) -> dict[str, Any]:
    """The execution once it has ended; fails if it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found: dict[str, Any] = client.get_durable_execution(DurableExecutionArn=arn)
        if found["Status"] != "RUNNING":
            return found
        assert time.monotonic() < deadline, f"{arn} is still running"
        time.sleep(0.02)
