"""The engine's limits, without a local cloud."""

from datetime import UTC, datetime

import pytest
from aws_durable_execution_sdk_python.lambda_service import (
    ErrorObject,
    OperationAction,
    OperationType,
    OperationUpdate,
)
from aws_durable_execution_sdk_python_testing.exceptions import InvalidParameterValueException
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput

from workshop.localcloud.durable import limits
from workshop.localcloud.durable.alarms import backoff

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def step(action="SUCCEED", operation_id="op", **fields):
    return OperationUpdate(operation_id, OperationType.STEP, OperationAction[action], **fields)


@pytest.fixture
def execution():
    return Execution.new(StartDurableExecutionInput("0", "f", "1", "name", 900, 1, "id"))


def test_an_execution_stores_at_most_100_megabytes(execution):
    mebibyte = step(payload="x" * limits.MIB)
    execution.updates = [mebibyte] * 99
    limits.check(execution, [mebibyte])
    execution.updates.append(mebibyte)
    with pytest.raises(InvalidParameterValueException, match="stored bytes"):
        limits.check(execution, [step(payload="x")])


@pytest.mark.parametrize("kind", ["STEP", "CONTEXT"])
def test_an_operation_carries_at_most_one_megabyte(execution, kind):
    def result(size):
        return OperationUpdate(
            "op", OperationType[kind], OperationAction.SUCCEED, payload="x" * size
        )

    limits.check(execution, [result(limits.PAYLOAD_BYTES)])
    with pytest.raises(InvalidParameterValueException, match=f"{kind} output payload size"):
        limits.check(execution, [result(limits.PAYLOAD_BYTES + 1)])


@pytest.mark.parametrize(("kind", "most"), [("Event", 1), ("RequestResponse", 6)])
def test_the_result_of_an_execution_depends_on_how_it_was_invoked(kind, most):
    start = StartDurableExecutionInput(
        "0", "f", "1", "name", 900, 1, "id", trace_fields={"InvocationType": kind}
    )
    limit = limits.payload_limit(Execution.new(start), OperationType.EXECUTION)
    assert limit == most * limits.MIB


def test_every_retry_counts_as_an_operation(execution):
    execution.updates = [step("RETRY")] * (limits.OPERATIONS - 1)
    limits.check(execution, [step()])
    with pytest.raises(InvalidParameterValueException, match="3000 operations"):
        limits.check(execution, [step(operation_id="another")])


def test_all_fields_of_an_error_count_together(execution):
    half = "x" * (limits.ERROR_BYTES // 2)
    with pytest.raises(InvalidParameterValueException, match="Error object size"):
        limits.check(execution, [step("FAIL", error=ErrorObject(half, half, None, None))])


def test_the_wait_between_attempts_doubles_and_is_never_nothing():
    retries = [backoff(NOW, failures, reached=True) for failures in range(6)]
    assert [(each.at - NOW).total_seconds() for each in retries] == [1, 2, 4, 8, 16, 32]
    assert all(each.skippable and each.least_seconds >= 0.1 for each in retries)


def test_a_function_that_cannot_be_reached_is_waited_for_in_real_time():
    retries = [backoff(NOW, failures, reached=False) for failures in (0, 1, 10, 10_000)]
    assert [each.least_seconds for each in retries] == [0.25, 0.5, 5, 5]
    assert not any(each.skippable for each in retries)
