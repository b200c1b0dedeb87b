"""Each execution's time: what may be skipped, and what wakes it next."""

from datetime import UTC, datetime, timedelta

import pytest
from aws_durable_execution_sdk_python.lambda_service import (
    CallbackOptions,
    ChainedInvokeOptions,
    OperationAction,
    OperationType,
    OperationUpdate,
    WaitOptions,
)
from aws_durable_execution_sdk_python_testing.checkpoint.core import CheckpointCore
from aws_durable_execution_sdk_python_testing.checkpoint.transformer import (
    CheckpointRequestDispatcher,
)
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.executor import Executor
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput
from aws_durable_execution_sdk_python_testing.token import CallbackToken

from workshop.localcloud.durable import clock as clock_module
from workshop.localcloud.durable.alarms import Retry, next_alarm
from workshop.localcloud.durable.clock import ExecutionClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def seconds(alarm):
    """How long after the start the alarm is, and whether time may be skipped up to it."""
    return (alarm.at - NOW).total_seconds(), alarm.skippable


@pytest.fixture
def alarm():
    """The next alarm of an execution of 900 s after some updates."""
    start = StartDurableExecutionInput("000000000000", "f", "1", "name", 900, 1, "id")
    execution = Execution.new(start)
    execution.region = "us-east-2"
    execution.start(now=NOW)

    def after(*updates, retry=None, last_heartbeat=None):
        for number, (kind, options) in enumerate(updates):
            update = OperationUpdate(
                f"op-{number}", OperationType[kind], OperationAction.START, **options
            )
            dispatcher = CheckpointRequestDispatcher()
            CheckpointCore.apply(execution, "token", [update], None, dispatcher, NOW)
        wake_up = Executor._earliest_pending_timestamp(execution)
        callback_id = CallbackToken(execution.durable_execution_arn, "op-0").to_str()
        heartbeats = {callback_id: last_heartbeat} if last_heartbeat else {}
        return next_alarm(execution, wake_up, retry, heartbeats)

    return after


def wait(duration):
    return "WAIT", {"wait_options": WaitOptions(duration)}


def callback(timeout=0, heartbeat=0):
    return "CALLBACK", {"callback_options": CallbackOptions(timeout, heartbeat)}


INVOKE = "CHAINED_INVOKE", {"chained_invoke_options": ChainedInvokeOptions("target:live")}


@pytest.mark.parametrize(
    ("pending", "expected"),
    [
        ([wait(300)], (300, True)),
        ([wait(300), wait(60)], (60, True)),
        ([wait(3600)], (900, True)),
        ([callback(60)], (60, False)),
        ([callback()], (900, False)),
        ([callback(60), wait(300)], (60, True)),
        ([callback(600, heartbeat=30), wait(300)], (30, True)),
        ([callback(600), wait(300)], (300, True)),
        ([wait(300), INVOKE], (300, False)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_next_alarm_is_the_earliest_and_may_be_skipped_to_on_the_way_to_a_wake_up(
    alarm, pending, expected
):
    assert seconds(alarm(*pending)) == expected


def test_a_heartbeat_puts_its_timeout_off(alarm):
    beat = NOW + timedelta(seconds=20)
    assert seconds(alarm(callback(heartbeat=30), last_heartbeat=beat)) == (50, False)


def test_the_next_attempt_of_an_invocation_is_an_alarm_too(alarm):
    retry = Retry(NOW + timedelta(seconds=8), least_seconds=0.8, skippable=True)
    found = alarm(wait(300), retry=retry)
    assert (seconds(found), found.least_seconds) == ((8, True), 0.8)
    unreachable = Retry(NOW + timedelta(seconds=1), least_seconds=1, skippable=False)
    assert seconds(alarm(retry=unreachable)) == (1, False)


def test_time_is_skipped_for_only_one_execution(monkeypatch):
    monkeypatch.setattr(clock_module, "real_now", lambda: NOW)
    clock = ExecutionClock("skip")
    with clock.of("one", idle=True):
        assert clock.arm(NOW + timedelta(days=30)) == 0
        assert clock.now() > NOW + timedelta(days=30)
    with clock.of("another"):
        assert clock.now() == NOW


def test_a_parent_catches_up_with_its_child(monkeypatch):
    monkeypatch.setattr(clock_module, "real_now", lambda: NOW)
    clock = ExecutionClock("skip")
    with clock.of("child", idle=True):
        clock.skip(timedelta(days=1))
    clock.catch_up("parent", "child")
    with clock.of("parent"):
        assert clock.now() == NOW + timedelta(days=1)


def test_time_never_goes_back_when_the_computers_clock_does(monkeypatch):
    clock = ExecutionClock("real")
    monkeypatch.setattr(clock_module, "real_now", lambda: NOW)
    with clock.of("one"):
        clock.now()
        monkeypatch.setattr(clock_module, "real_now", lambda: NOW - timedelta(hours=1))
        assert clock.now() == NOW


def test_one_execution_skips_ahead_and_the_others_stay():
    clock = ExecutionClock("skip")
    true_time = clock.now()
    with clock.of("a", idle=True):
        wake = clock.now().replace(year=clock.now().year + 1)
        assert clock.arm(wake) == 0
        assert clock.now() >= wake
    with clock.of("b"):
        assert clock.now() - true_time < timedelta(days=1)


def test_an_execution_that_runs_does_not_skip():
    clock = ExecutionClock("skip")
    with clock.of("a"):
        assert clock.arm(clock.now().replace(year=clock.now().year + 1)) > 1000


def test_with_the_real_clock_nothing_skips():
    clock = ExecutionClock("real")
    with clock.of("a", idle=True):
        assert clock.arm(clock.now().replace(year=clock.now().year + 1)) > 1000
