"""Waiting for an execution to get somewhere."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

PATIENCE_SECONDS = 60
SLACK_SECONDS = 60  # between what is due and what a busy machine does about it
T = TypeVar("T")


def until(find: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """What ``find`` finds, as soon as it finds something; fails if it never does."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"gave up waiting for {what}"
        time.sleep(0.02)
    return found


def ended(client: Any, arn: str) -> dict[str, Any]:
    """The execution once it has ended; fails if it does not."""

    def find() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get_durable_execution(DurableExecutionArn=arn)
        return found if found["Status"] != "RUNNING" else None

    return until(find, f"the end of {arn}")


def events(client: Any, arn: str, kind: str | None = None, **options: Any) -> list[dict[str, Any]]:
    """The history of an execution, or the events of one kind."""
    pages = client.get_paginator("get_durable_execution_history").paginate(
        DurableExecutionArn=arn, **options
    )
    return [e for page in pages for e in page["Events"] if kind in (None, e["EventType"])]


def happened(client: Any, arn: str, kind: str) -> dict[str, Any]:
    """The first event of a kind, once there is one."""
    return until(lambda: events(client, arn, kind), f"{kind} in {arn}")[0]


def seconds_between(first: dict[str, Any], second: dict[str, Any]) -> float:
    """The modelled time from one event to another."""
    return float((second["EventTimestamp"] - first["EventTimestamp"]).total_seconds())
