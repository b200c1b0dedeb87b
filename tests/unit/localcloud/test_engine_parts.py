"""An execution is stored part by part, and read as a whole."""

import json

import pytest
from aws_durable_execution_sdk_python.lambda_service import CallbackOptions, WaitOptions
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore

from tests.unit.localcloud.test_engine_history import ARN, NOW, apply, kinds, new_execution
from workshop.localcloud.durable.store import LiveStore


@pytest.fixture
def database(tmp_path):
    return tmp_path / "executions.sqlite"


@pytest.fixture
def store(database):
    made = LiveStore(database)
    yield made
    made.close()


def steps(execution, store, first, last):
    for number in range(first, last):
        apply(execution, "START", operation_id=f"op-{number}")
        store.save(execution)
        apply(execution, "SUCCEED", operation_id=f"op-{number}", payload=f'"{number}"')
        store.save(execution)


def test_an_execution_is_read_as_it_was_stored(store, database):
    execution = new_execution()
    steps(execution, store, 0, 5)
    apply(execution, "START", "WAIT", "a-wait", wait_options=WaitOptions(5))
    apply(execution, "START", "CALLBACK", "a-callback", callback_options=CallbackOptions(9))
    execution.record_invocation_completion(NOW, NOW, "request")
    store.save(execution)
    again = LiveStore(database)
    (found,) = again.running_before()
    stored = found.to_json_dict()
    assert stored == execution.to_json_dict() | {"Pauses": stored["Pauses"]}
    assert len(found.operations) == 8
    again.close()


def test_an_execution_that_has_ended_is_read_whole(store, database):
    execution = new_execution()
    steps(execution, store, 0, 3)
    execution.complete_success('"done"', now=NOW)
    store.save(execution)
    again = LiveStore(database)
    found = again.load(ARN)
    assert found.operations == execution.operations
    assert found.updates == execution.updates
    again.close()


def test_an_execution_goes_on_after_a_restart(store, database):
    execution = new_execution()
    steps(execution, store, 0, 3)
    again = LiveStore(database)
    (found,) = again.running_before()
    steps(found, again, 3, 5)
    again.close()
    last = LiveStore(database)
    assert [o.operation_id for o in last.load(ARN).operations[1:]] == [f"op-{n}" for n in range(5)]
    assert kinds(last).count("StepSucceeded") == 5
    last.close()


def test_an_execution_that_an_earlier_version_stored_is_read_whole(store):
    execution = new_execution()
    for number in range(3):
        apply(execution, "START", operation_id=f"op-{number}")
    SQLiteExecutionStore.save(store, execution)  # as one text
    assert store.load(ARN).operations == execution.operations


def test_a_checkpoint_writes_no_more_in_a_long_execution_than_in_a_short_one(store):
    execution = new_execution()
    steps(execution, store, 0, 1)

    def rows_of(first, last):
        before = store._shared.total_changes
        steps(execution, store, first, last)
        return (store._shared.total_changes - before) / (last - first)

    assert rows_of(1, 2) == rows_of(2, 200) == rows_of(200, 201)
    (row,) = store._shared.execute("SELECT data FROM executions").fetchone()
    assert json.loads(row)["Updates"] == []
    assert len(json.loads(row)["Operations"]) == 1


def test_a_deleted_execution_leaves_no_part(store):
    execution = new_execution()
    steps(execution, store, 0, 2)
    execution.complete_success("1", now=NOW)
    store.save(execution)
    store.delete(ARN)
    for table in ("executions", "history", "parts"):
        assert store._shared.execute(f"SELECT * FROM {table}").fetchall() == []
