"""Runs each broken function once, and returns the history that it leaves.

`python -m tests.contract.broken_runs.recording` writes those of exercise 11b. The wait of B is an
hour, which the local cloud skips, and the function's clock does not: put the hour into its last
name by hand, as on AWS.
"""

import json
import secrets
import time
from pathlib import Path
from typing import Any

from tests.contract.deploying import deploy
from workshop.aws.target import Target, connect
from workshop.course.broken_runs import FOLDER
from workshop.replay import save

Event = dict[str, Any]
# In the order of the letters A to F.
MISTAKES = ("Interrupted", "Clock", "Partner", "Callback", "Timeout", "Renamed")
LONGEST_SECONDS = 120


def histories(target: Target) -> dict[str, list[Event]]:
    """Deploy the functions, run each once, and return the events, by the names A to F."""
    functions = deploy(target, Path(__file__).parent, "broken-runs")
    found = {}
    for letter, mistake in zip("ABCDEF", MISTAKES, strict=True):
        found[letter] = _run(target.client("lambda"), functions[mistake], mistake)
    return found


def _run(client: Any, function: str, mistake: str) -> list[Event]:
    in_flight = mistake == "Renamed"
    arn = client.invoke(
        FunctionName=f"{function}:{'$LATEST' if in_flight else 'live'}",
        InvocationType="Event",
        DurableExecutionName=f"ord-{secrets.token_hex(16)}",
        Payload=json.dumps({"orderId": "ord-1"}),
    )["DurableExecutionArn"]
    if in_flight:
        _rename_while_it_waits(client, function, arn)
    return _until(client, arn, lambda events: "Execution" in events[-1]["EventType"])


def _rename_while_it_waits(client: Any, function: str, arn: str) -> None:
    events = _until(client, arn, lambda events: events[-1]["EventType"] == "InvocationCompleted")
    client.update_function_configuration(
        FunctionName=function, Environment={"Variables": {"SECOND_STEP": "hold-stock"}}
    )
    client.get_waiter("function_updated_v2").wait(FunctionName=function)
    started = next(e for e in events if e["EventType"] == "CallbackStarted")
    client.send_durable_execution_callback_success(
        CallbackId=started["CallbackStartedDetails"]["CallbackId"]
    )


def _until(client: Any, arn: str, is_so: Any) -> list[Event]:
    """Return the history once a condition holds that needs more than its first event."""
    pages = client.get_paginator("get_durable_execution_history")
    give_up = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < give_up:
        found = pages.paginate(DurableExecutionArn=arn, IncludeExecutionData=True)
        events = [event for page in found for event in page["Events"]]
        if len(events) > 1 and is_so(events):
            return events
        time.sleep(0.2)
    raise AssertionError(f"{arn} has not come so far: {[e['EventType'] for e in events]}")


if __name__ == "__main__":
    for letter, events in histories(connect("local")).items():
        save(FOLDER / f"{letter}.json", events)
