"""The bench on which a check tries an attempt: modules of its stage, empty tables, no cloud.

It runs in a process of its own, with the SDK's in-process runner and all waiting time skipped.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial, wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from aws_durable_execution_sdk_python import state

from workshop import orders
from workshop.exercises.exercise import NotYet
from workshop.exercises.raised import Raised
from workshop.operations import decode, short_error

RUN_SECONDS = 12
NO_END = (
    f"no end after {RUN_SECONDS} s. A wait of the context takes no time here; time.sleep(…) does, "
    "and so does a loop without end"
)
MEANINGS = {
    "function is not JSON serializable": "a step was prepared and not run. The context runs it, "
    "with ctx.step(…)",
    "has no attribute 'sub_type'": "config takes the StepConfig itself, such as WAREHOUSE, and no "
    "text",
    "Unsupported type: <class 'function'>": "a step is missing its arguments, as in "
    "validate_order(event)",
    "takes 0 positional arguments but 1 was given": "the context hands a step its own context, "
    "so its function takes one argument, as in lambda _step: …",
    "has no attribute 'to_seconds'": "a time is a Duration, such as Duration.from_seconds(300)",
    "'RetryStrategyConfig' object is not callable": "a StepConfig takes a strategy, which "
    "create_retry_strategy(…) makes of a RetryStrategyConfig",
    "'type' object is not iterable": "retryable_error_types is a list, such as [Fault]",
}
ELSEWHERE = """
import importlib, json, sys
module, function, arguments = sys.argv[1:]
answer = getattr(importlib.import_module(module), function)(*json.loads(arguments))
print("\\n" + json.dumps(answer), end="")
"""


@dataclass(frozen=True)
class Tried:
    """What one order left behind on the bench."""

    order_id: str
    state: str
    answer: Any
    error: str
    operations: list[Any]
    invocations: int

    @property
    def names(self) -> list[str]:
        """Names of the top-level operations, in order."""
        return [operation.name or "(no name)" for operation in self.operations]

    def find(self, name: str) -> Any:
        """The SDK's record of an operation; raises `NotYet` if it did not run."""
        for operation in self.operations:
            if operation.name == name:
                return operation
        names = ", ".join(self.names) or "none"
        raise NotYet("the operations of an order", f"one named {name}", names)

    def result(self, name: str) -> Any:
        """What an operation returned."""
        return decode(self.find(name).result)

    def attempts(self, name: str) -> int:
        """How often an operation was tried; raises `NotYet` if it never was."""
        attempts = int(self.find(name).attempt)
        if not attempts:
            got = f"it failed with {in_words(self.error)}"
            raise NotYet(f"the operation {name}", "to be tried", got)
        return attempts

    @property
    def order(self) -> dict[str, Any]:
        """The stored order; empty if there is none."""
        store = importlib.import_module("store")
        return dict(store.load(self.order_id) or {})

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        """What the partners did for the order, by the name of the record."""
        return records(self.order_id)

    @property
    def ledger(self) -> dict[str, int]:
        """The order's money: {charges, calls, chargedCents, refundedCents}."""
        return dict(importlib.import_module("partners").ledger(self.order_id))


class Bench:
    """Tries the modules that lie first on the path, one of which is the attempt."""

    def __init__(self, attempt: str) -> None:
        self._attempt = attempt
        self._raised = Raised(attempt)
        logging.getLogger().addHandler(self._raised)

    @cached_property
    def attempt(self) -> ModuleType:
        """What the learner wrote, as a module."""
        return self.module(self._attempt)

    def module(self, name: str) -> ModuleType:
        """Another module of the stage, such as `store`."""
        return importlib.import_module(name)

    def elsewhere(self, function: str, *arguments: Any) -> Any:
        """What a function of the attempt answers in another process, as after a crash.

        Arguments and answer are what JSON can hold. Raises `NotYet` if there is no answer.
        """
        program = [sys.executable, "-c", ELSEWHERE, self._attempt, function, json.dumps(arguments)]
        environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "PYTHONHASHSEED": "1"}
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = done.stderr.strip().rpartition("\n")[2]
            raise NotYet(f"{function} in another process", "an answer", last)
        return json.loads(done.stdout.rpartition("\n")[2])

    def records(self, order_id: str) -> dict[str, dict[str, Any]]:
        """What the partners did for an order, by the name of the record."""
        return records(order_id)

    def process(
        self,
        handler: Callable[..., Any] | None = None,
        *,
        may_fail: bool = False,
        event: Any = None,
        **changes: Any,
    ) -> Tried:
        """Process an order to its end; `changes` are those of `orders.example`.

        Without a handler it is that of `workflow.py`. Raises `NotYet` if the execution fails,
        unless it `may_fail`.
        """
        from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

        order_id = f"ord-{secrets.token_hex(16)}"
        order = {"orderId": order_id, **orders.example(**changes)} if event is None else event
        handler = handler or self.module("workflow").handler
        handler = self._in_a_new_process_each_time(handler)
        with DurableFunctionTestRunner(handler=handler, poll_interval=0.01) as runner:
            arn = runner.run_async(input=json.dumps(order))
            try:
                result = runner.wait_for_result(arn, timeout=RUN_SECONDS)
            except TimeoutError:
                raise NotYet("the execution", "to end", NO_END) from None
            events = runner.get_execution_history(arn).events
        error = result.error
        tried = Tried(
            order_id,
            result.execution_status.value.lower(),
            json.loads(result.result) if result.result else None,
            self._raised.described(error.type, error.message) if error else "",
            list(result.operations),
            sum(event.event_type == "InvocationCompleted" for event in events),
        )
        if error and not may_fail:
            raise NotYet("the execution", "to succeed", f"it failed with {in_words(tried.error)}")
        return tried

    def _in_a_new_process_each_time(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """A handler whose runs differ as those in different processes do: in what `hash` answers.

        Without it a key made by `hash(text)` would look the same in every run.
        """

        @wraps(handler)
        def run(*arguments: Any) -> Any:
            ours = vars(self.attempt).get("hash", partial(_hash, ""))
            if isinstance(ours, partial):  # and no function of the learner's own
                vars(self.attempt)["hash"] = partial(_hash, secrets.token_hex(8))
            return handler(*arguments)

        return run


def _hash(salt: str, value: object) -> int:
    if isinstance(value, tuple):
        return hash(tuple(_hash(salt, part) for part in value))
    return hash((salt, value)) if isinstance(value, str | bytes) else hash(value)


def in_words(error: str) -> str:
    """An error, and what it means if it is the one that most people meet first."""
    error = short_error(error)
    for sign, meaning in MEANINGS.items():
        if sign in error:
            return f"{error}: {meaning}"
    return error


def records(order_id: str) -> dict[str, dict[str, Any]]:
    """What the partners did for an order, by the name of the record."""
    partners = importlib.import_module("partners")
    return {row["record"]: row for row in partners.activity(order_id)}


def prepare() -> None:
    """Point every AWS call of this process at tables in memory, and let runs end without delay."""
    # The SDK may notice the end of a run 0.1 s late, and a check has dozens of runs.
    state._STOP_SIGNAL_POLL_SECONDS = 0.005
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-2",
        "ORDERS_TABLE": "orders",
        "PARTNERS_TABLE": "partners",
        "PROCESSOR": "arn:aws:lambda:us-east-2:123456789012:function:order-processor:live",
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    }
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
