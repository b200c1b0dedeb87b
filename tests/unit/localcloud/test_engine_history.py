"""Events are made once, in order, from what changed in an execution."""

from datetime import UTC, datetime, timedelta

import pytest
from aws_durable_execution_sdk_python.lambda_service import (
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
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput

from workshop.localcloud.durable.history import Progress, new_events, without_data
from workshop.localcloud.durable.store import Filter, LiveStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:aws:lambda:us-east-2:000000000000:function:f:1/durable-execution/name/id"


def new_execution(arn=ARN):
    start = StartDurableExecutionInput("000000000000", "f", "1", "name", 900, 1, "id", input="{}")
    execution = Execution.new(start)
    execution.durable_execution_arn = arn
    execution.start(now=NOW)
    return execution


def apply(execution, action, kind="STEP", operation_id="op", **fields):
    update = OperationUpdate(operation_id, OperationType[kind], OperationAction[action], **fields)
    CheckpointCore.apply(execution, "token", [update], None, CheckpointRequestDispatcher(), NOW)


@pytest.fixture
def store(tmp_path):
    made = LiveStore(tmp_path / "executions.sqlite")
    yield made
    made.close()


def kinds(store, arn=ARN, **options):
    choice = {"first": None, "limit": 100, "reverse": False} | options
    return [event["EventType"] for event in store.events(arn, **choice)]


def test_an_event_keeps_its_number_whatever_happens_later():
    execution, progress = new_execution(), Progress()
    apply(execution, "START")
    first = new_events(execution, progress, lambda *_: {})
    assert [e["EventType"] for e in first] == ["ExecutionStarted", "StepStarted"]
    apply(execution, "SUCCEED", payload="1")
    execution.record_invocation_completion(NOW, NOW, "request")
    execution.complete_success("2", now=NOW)
    later = new_events(execution, progress, lambda *_: {})
    assert [(e["EventId"], e["EventType"]) for e in later] == [
        (3, "StepSucceeded"),
        (4, "InvocationCompleted"),
        (5, "ExecutionSucceeded"),
    ]
    assert new_events(execution, progress, lambda *_: {}) == []


def test_events_of_the_same_millisecond_are_in_the_order_in_which_they_happened():
    execution = new_execution()
    apply(execution, "START", "WAIT", wait_options=WaitOptions(5))
    execution.record_invocation_completion(NOW, NOW, "request")
    events = new_events(execution, Progress(), lambda *_: {})
    order = [e["EventType"] for e in events]
    assert order == ["ExecutionStarted", "WaitStarted", "InvocationCompleted"]


def test_the_history_survives_the_process(store, tmp_path):
    execution = new_execution()
    apply(execution, "START", "WAIT", wait_options=WaitOptions(5))
    store.save(execution)
    again = LiveStore(tmp_path / "executions.sqlite")
    (found,) = again.running_before()
    found.complete_due_operations(NOW + timedelta(seconds=5))
    again.save(found)
    assert kinds(again) == ["ExecutionStarted", "WaitStarted", "WaitSucceeded"]
    again.close()


def test_a_history_is_read_a_page_at_a_time_from_either_end(store):
    execution = new_execution()
    apply(execution, "START")
    apply(execution, "SUCCEED", payload="1")
    store.save(execution)
    assert kinds(store, limit=2) == ["ExecutionStarted", "StepStarted"]
    assert kinds(store, first=3) == ["StepSucceeded"]
    assert kinds(store, limit=1, reverse=True) == ["StepSucceeded"]
    assert kinds(store, first=2, reverse=True) == ["StepStarted", "ExecutionStarted"]


def test_others_see_an_end_only_when_it_is_written(store):
    execution, seen = new_execution(), []
    store.save(execution)
    with store.one_write():
        execution.complete_success("1", now=NOW)
        store.save(execution)
        store.after_write(lambda: seen.append(kinds(store)))
        assert seen == []
    assert seen == [["ExecutionStarted", "ExecutionSucceeded"]]


def test_executions_of_other_functions_with_a_similar_name_are_not_listed(store):
    store.save(new_execution())
    found = store.find(Filter("f", version="1"), offset=0, limit=9, oldest_first=False)
    assert [each.durable_execution_arn for each in found] == [ARN]
    for other in (Filter("f", version="2"), Filter("_", version="1"), Filter("F")):
        assert store.find(other, offset=0, limit=9, oldest_first=False) == []


def test_data_is_cut_off_and_the_rest_is_kept():
    details = {
        "Result": {"Payload": "1", "Truncated": False},
        "RetryDetails": {"CurrentAttempt": 1},
    }
    event = {"EventType": "StepSucceeded", "EventId": 3, "StepSucceededDetails": details}
    assert without_data(event)["StepSucceededDetails"] == {
        "Result": {"Truncated": True},
        "RetryDetails": {"CurrentAttempt": 1},
    }
