"""A laptop that sleeps: its clock jumps, and what was due meanwhile is due at once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from aws_durable_execution_sdk_python.lambda_service import (
    OperationAction,
    OperationType,
    OperationUpdate,
    WaitOptions,
)
from aws_durable_execution_sdk_python_testing.clock import real_now
from aws_durable_execution_sdk_python_testing.invoker import InvokeResponse
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput

from workshop.localcloud.durable import clock as clock_module
from workshop.localcloud.durable import engine as engine_module
from workshop.localcloud.durable import timers
from workshop.localcloud.durable.engine import Engine

PATIENCE_SECONDS = 60
FIVE_MINUTES = OperationUpdate(
    "warehouse", OperationType.WAIT, OperationAction.START, wait_options=WaitOptions(300)
)
ORDER = StartDurableExecutionInput("000000000000", "f", "1", "order", 86400, 1, "id", input="1")


class OneWait:
    """A function that waits for five minutes and is done; counts its invocations."""

    checkpoint: Callable[..., object]

    def __init__(self):
        self.failures: dict[str, object] = {}
        self.invocations = 0
        self.waits = threading.Event()
        self.lambda_client = SimpleNamespace(meta=SimpleNamespace(service_model=None))
        self.unmarked_client_for = None

    def create_invocation_input(self, execution, *_arguments, **_options):
        return execution

    def invoke(self, _function, execution, *_arguments, **_options):
        self.invocations += 1
        if self.invocations == 1:
            token = execution.get_new_checkpoint_token()
            self.checkpoint(execution.durable_execution_arn, token, [FIVE_MINUTES])
            self.waits.set()
            return InvokeResponse.from_output({"Status": "PENDING"}, "first")
        return InvokeResponse.from_output({"Status": "SUCCEEDED", "Result": "1"}, "second")


@pytest.fixture
def function(monkeypatch):
    """The function of the engine's executions."""
    made = OneWait()
    monkeypatch.setattr(engine_module, "FunctionInvoker", lambda *_, **__: made)
    return made


@pytest.fixture
def engine(function, tmp_path, monkeypatch):
    monkeypatch.setattr(timers, "LONGEST_SLEEP_SECONDS", 0.05)
    # No bus exists here: a thread that tries again would outlive this test, and disturb others.
    unheard = SimpleNamespace(announce=lambda _execution: None)
    monkeypatch.setattr(engine_module, "Announcer", lambda *_: unheard)
    made = Engine(
        database=tmp_path / "executions.sqlite",
        lambda_endpoint="http://127.0.0.1:1",
        region="us-east-2",
        clock="real",
        functions=None,
    )
    function.checkpoint = made.executor.checkpoint_execution
    made.start()
    yield made
    made.stop()
    made._scheduler._loop.close()  # which the emulator leaves open


def test_an_hour_asleep_ends_a_wait_of_five_minutes_at_once(engine, function, monkeypatch):
    arn = engine.executor.start_execution(ORDER).execution_arn
    assert function.waits.wait(PATIENCE_SECONDS)
    assert not engine.store.load(arn).is_complete
    monkeypatch.setattr(clock_module, "real_now", lambda: real_now() + timedelta(hours=1))
    assert engine.executor.wait_until_complete(arn, timeout=PATIENCE_SECONDS)
    assert engine.store.load(arn).result.result == "1"
    assert function.invocations == 2
