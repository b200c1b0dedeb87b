"""Executions of small handlers, recorded in process in the shape of their history on AWS."""

import gc
import json
import warnings
from typing import Any

from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
from aws_durable_execution_sdk_python_testing.stores.memory import InMemoryExecutionStore

from workshop.localcloud.durable.history import Event, Progress, new_events
from workshop.replay import recorded
from workshop.replay.recorded import Recorded

ENDLESS_SECONDS = 600
ARN = "arn:aws:lambda:us-east-2:000000000000:function:f:1/durable-execution/name/id"


def events_of(handler, event: Any = None, *, callback: str = "", until: str = "") -> list[Event]:
    """Run a handler, and return its history.

    The callback named gets the result "yes". With UNTIL, the history ends when an operation of that
    name has started, as if it were read at that moment.
    """
    store = InMemoryExecutionStore()
    with DurableFunctionTestRunner(handler, poll_interval=0.01, store=store) as runner:
        arn = runner.run_async(input=json.dumps(event))
        if callback:
            callback_id = runner.wait_for_callback(arn, name=callback, timeout=ENDLESS_SECONDS)
            runner.send_callback_success(callback_id, b'"yes"')
        runner.wait_for_result(arn, timeout=ENDLESS_SECONDS)
        execution = store.load(arn)
    del runner
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the runner does not close its event loop
        gc.collect()
    events = new_events(execution, Progress(), lambda *_: {})
    at = next((n for n, each in enumerate(events) if until and each.get("Name") == until), None)
    return events if at is None else events[: at + 1]


def record(handler, event: Any = None, **options: Any) -> Recorded:
    """Run a handler, and return its record."""
    return recorded.of(events_of(handler, event, **options), ARN)
