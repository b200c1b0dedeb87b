"""Executions of handlers, recorded in process in the shape of their history on AWS."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
from aws_durable_execution_sdk_python_testing.stores.memory import InMemoryExecutionStore

from workshop.localcloud.durable.history import Event, Progress, new_events
from workshop.replay import recorded
from workshop.replay.recorded import Recorded

ENDLESS_SECONDS = 600
ARN = "arn:aws:lambda:us-east-2:000000000000:function:f:1/durable-execution/name/id"
NO = ErrorObject(message="no", type="Refusal", data=None, stack_trace=None)


def events_of(
    handler,
    event: Any = None,
    *,
    callback: str = "",
    answer: bytes | ErrorObject = b'"yes"',
    functions: Mapping[str, Callable[..., Any]] = {},
    until: str = "",
) -> list[Event]:
    """Run a handler, and return its history.

    The callback named gets the answer. With UNTIL, the history ends when an operation of that name
    has started, as if it were read at that moment.
    """
    store = InMemoryExecutionStore()
    with DurableFunctionTestRunner(handler, poll_interval=0.01, store=store) as runner:
        for name, function in functions.items():
            runner.register_function(name, function)
        arn = runner.run_async(input=json.dumps(event))
        if callback:
            callback_id = runner.wait_for_callback(arn, name=callback, timeout=ENDLESS_SECONDS)
            if isinstance(answer, bytes):
                runner.send_callback_success(callback_id, answer)
            else:
                runner.send_callback_failure(callback_id, answer)
        runner.wait_for_result(arn, timeout=ENDLESS_SECONDS)
        execution = store.load(arn)
    runner._scheduler._loop.close()  # the runner stops its event loop, and leaves it open
    events = new_events(execution, Progress(), lambda *_: {})
    events.sort(key=lambda event: event["EventTimestamp"])
    at = next((n for n, each in enumerate(events) if until and each.get("Name") == until), None)
    return events if at is None else events[: at + 1]


def stopped(events: list[Event]) -> list[Event]:
    """Return the history of an execution that was stopped then."""
    error = {"Payload": {"ErrorType": "Cancelled", "ErrorMessage": "cancelled by the customer"}}
    details = {"ExecutionStoppedDetails": {"Error": error}}
    return [*events, {**events[0], "EventType": "ExecutionStopped", **details}]


def record(handler, event: Any = None, **options: Any) -> Recorded:
    """Run a handler, and return its record."""
    return recorded.of(events_of(handler, event, **options), ARN)
