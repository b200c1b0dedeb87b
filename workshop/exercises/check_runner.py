"""The check runner: it runs an attempt with the modules of its stage and empty tables, no cloud.

It runs in a separate process, with the SDK's in-process runner, and skips all waiting time.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from aws_durable_execution_sdk_python import state

from workshop.exercises import callbacks, differences, other_process, outcome, raised_errors, sleeps
from workshop.exercises.cell import CELL, Cell
from workshop.exercises.error_meanings import in_words
from workshop.exercises.expect import NotYet
from workshop.exercises.limits import Limits
from workshop.exercises.outcome import Tried
from workshop.orders import client as orders

FUNCTION_SECONDS = 60  # the Timeout of the order processor in template.yaml
NEVER_SECONDS = 24 * 60 * 60


class CheckRunner:
    """Runs the modules that are first on the path, one of which is the attempt."""

    def __init__(self, attempt: str, limits: Limits) -> None:
        self._attempt = attempt
        self._limits = limits
        self._raised = raised_errors.Raised(attempt)
        self.sleeps = sleeps.notice(attempt)
        logging.getLogger().addHandler(self._raised)

    @cached_property
    def attempt(self) -> ModuleType:
        """Return what the learner wrote, as a module."""
        return self.module(self._attempt)

    @cached_property
    def cell(self) -> Cell:
        """Return the lines of what the learner wrote."""
        return Cell(Path(CELL))

    def module(self, name: str) -> ModuleType:
        """Return another module of the stage, such as `store`."""
        return importlib.import_module(name)

    def call(self, what: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return the result of a function of the attempt; raise `NotYet` for any error in it."""
        try:
            return function(*arguments)
        except NotYet:
            raise
        except Exception as error:
            got = in_words(raised_errors.told(error, self._attempt))
            raise NotYet(what, "to be returned", got) from error

    def begin_again(self) -> None:
        """Give the attempt its time again: its next run counts from here."""
        self._limits.begin_again()

    def elsewhere(self, function: str, *arguments: Any) -> Any:
        """Return the result of a function of the attempt in another process, as after a crash."""
        return other_process.call(self._attempt, function, *arguments)

    def replayed_elsewhere(self, order: Tried) -> Any:
        """Return the handler's result for an order in another process, after all operations."""
        return other_process.replay(self._attempt, dict(order.replay))

    def records(self, order_id: str) -> dict[str, dict[str, Any]]:
        """Return what the partners did for an order, by the name of the record."""
        return outcome.records(order_id)

    def process(
        self,
        handler: Callable[..., Any] | None = None,
        *,
        may_fail: bool = False,
        event: Any = None,
        on_callback: callbacks.Answer | None = None,
        **changes: Any,
    ) -> Tried:
        """Process an order to its end; `changes` are those of `orders.example`.

        The default handler is that of `workflow.py`. `on_callback` is called once for each
        callback, with the runner and its id. Raises `NotYet` if the execution fails, unless it
        `may_fail`.
        """
        from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner
        from aws_durable_execution_sdk_python_testing.stores.memory import InMemoryExecutionStore

        order_id = f"ord-{secrets.token_hex(16)}"
        order = {"orderId": order_id, **orders.example(**changes)} if event is None else event
        handler = handler or self.module("workflow").handler
        store = InMemoryExecutionStore()
        self._limits.begin_again()
        self.sleeps.clear()
        with DurableFunctionTestRunner(handler, poll_interval=0.01, store=store) as runner:
            arn = runner.run_async(input=json.dumps(order))
            if on_callback:
                callbacks.answer_each(runner, lambda: store.load(arn), on_callback)
            result = runner.wait_for_result(arn, timeout=NEVER_SECONDS)  # see Limits
            events = runner.get_execution_history(arn).events
        self._expect_awake()
        error = result.error
        done = Tried(
            order["orderId"],
            result.execution_status.value.lower(),
            json.loads(result.result) if result.result else None,
            self._raised.described(error.type, error.message) if error else "",
            list(result.operations),
            sum(event.event_type == "InvocationCompleted" for event in events),
            {e.name: e.wait_started_details.duration for e in events if e.wait_started_details},
            _replay(arn, store.load(arn).operations),
            _callback_seconds(store.load(arn)),
        )
        if error and not may_fail:
            raise NotYet("the execution", "to succeed", f"it failed with {in_words(done.error)}")
        return done

    def expect_operations(
        self, what: str, order: Tried, expected: Sequence[str], why: str = ""
    ) -> None:
        """Raise `NotYet` unless these are its operations; say what differs, and which line.

        `why` is a sentence that follows.
        """
        if order.names == list(expected):
            return
        at = differences.first(order.names, expected)
        got = [
            differences.around(order.names, at),
            differences.told(order, expected, at, self.cell),
            why,
        ]
        raise NotYet(what, differences.around(expected, at), ". ".join(filter(None, got)))

    def _expect_awake(self) -> None:
        """Refuse an attempt that sleeps so long that Lambda would stop its function."""
        slept = [sleep.seconds for sleep in self.sleeps if isinstance(sleep.seconds, int | float)]
        if sum(slept) >= FUNCTION_SECONDS:
            raise NotYet(
                "the execution",
                "to pause with ctx.wait, while no function runs",
                f"{self.sleeps[0]}: a function that sleeps runs and is paid for, and Lambda stops "
                f"it after {FUNCTION_SECONDS} s",
            )


def _callback_seconds(execution: Any) -> dict[str, int]:
    """Return the time limit of each callback by its name; the history of the runner lacks them."""
    return {
        update.name: update.callback_options.timeout_seconds
        for update in execution.updates
        if update.callback_options
    }


def _replay(arn: str, operations: Sequence[Any]) -> dict[str, Any]:
    """Return the event with which Lambda would invoke the function once more."""
    from aws_durable_execution_sdk_python.execution import InitialExecutionState

    state = InitialExecutionState(list(operations), "")
    return {
        "DurableExecutionArn": arn,
        "CheckpointToken": "replay",
        "InitialExecutionState": state.to_json_dict(),
    }


def prepare() -> None:
    """Point every AWS call of this process at tables in memory, and end runs without delay."""
    # The SDK polls, so it may notice the end of a run 0.1 s late, and a check has dozens of runs.
    # tests/contract/test_upstream.py fails when this can go.
    state._STOP_SIGNAL_POLL_SECONDS = 0.005
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",  # moto checks no credentials, but boto3 needs some
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-2",
        "ORDERS_TABLE": "orders",
        "PARTNERS_TABLE": "partners",
        "PROCESSOR": "arn:aws:lambda:us-east-2:123456789012:function:order-processor:live",
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    }
    # Imported here, so that the import does not count for the attempt.
    importlib.import_module("aws_durable_execution_sdk_python_testing")
    from moto import mock_aws

    mock_aws().start()
    import boto3

    client = boto3.client("dynamodb")
    for table, keys in {"orders": ["orderId"], "partners": ["subject", "record"]}.items():
        client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )
