"""A pause outlives the engine's process, and a pause that waited for an invocation is complete."""

from types import SimpleNamespace

import pytest
from aws_durable_execution_sdk_python_testing.clock import real_now
from aws_durable_execution_sdk_python_testing.invoker import InvokeResponse
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput

from workshop.localcloud.durable import engine as engine_module
from workshop.localcloud.durable.engine import Engine
from workshop.localcloud.durable.pauses import PausableExecution, Pause
from workshop.localcloud.durable.pausing import Request
from workshop.localcloud.durable.store import LiveStore

PATIENCE_SECONDS = 60
ARN = "arn:aws:lambda:us-east-2:000000000000:function:f:1/durable-execution/name/an-id"
START = StartDurableExecutionInput("000000000000", "f", "1", "name", 900, 1, "an-id", input="{}")


@pytest.fixture
def restarted(tmp_path, monkeypatch):
    """Restart the engine with an execution that was paused, or about to be."""
    output = {"Status": "SUCCEEDED", "Result": "1"}
    invoker = SimpleNamespace(
        lambda_client=SimpleNamespace(meta=SimpleNamespace(service_model=None)),
        unmarked_client_for=None,
        failures={},
        create_invocation_input=lambda **_: None,
        invoke=lambda *_, **__: InvokeResponse.from_output(output, "a-request"),
    )
    announcer = SimpleNamespace(announce=lambda _: None)
    monkeypatch.setattr(engine_module, "FunctionInvoker", lambda *_, **__: invoker)
    monkeypatch.setattr(engine_module, "Announcer", lambda *_: announcer)
    engines = []

    def restart(*, was_complete):
        execution = PausableExecution(ARN, START, [])
        execution.start(now=real_now())
        execution.pauses.current = Pause(1.0, "a reason", stops_timeout=True)
        execution.pause()
        if was_complete:
            execution.pause_now(real_now())
        store = LiveStore(tmp_path / "executions.sqlite")
        store.save(execution)
        store.close()
        engine = Engine(
            database=tmp_path / "executions.sqlite",
            lambda_endpoint="http://127.0.0.1:1",
            region="us-east-2",
            clock="skip",
            functions=None,
        )
        engines.append(engine)
        assert engine.start() == 1
        return engine

    yield restart
    for engine in engines:
        engine.stop()
        engine._scheduler._loop.close()  # which the emulator leaves open


@pytest.mark.parametrize("was_complete", [True, False])
def test_an_execution_is_paused_after_a_restart(restarted, was_complete):
    engine = restarted(was_complete=was_complete)
    execution = engine.store.load(ARN)
    assert execution.current_status().value == "PAUSED"
    events = engine.store.events(ARN, first=None, limit=9, reverse=False)
    assert [each["EventType"] for each in events] == ["ExecutionStarted", "ExecutionPaused"]
    assert not engine.executor.pause(ARN, Request("pause", "another", None))
    assert engine.executor.resume(ARN, Request("resume", "a-token", None))
    assert engine.executor.wait_until_complete(ARN, timeout=PATIENCE_SECONDS)
    assert engine.store.load(ARN).current_status().value == "SUCCEEDED"
