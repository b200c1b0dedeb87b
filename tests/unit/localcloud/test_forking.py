"""What the local cloud forks, and what it refuses to."""

import pytest
from aws_durable_execution_sdk_python.lambda_service import (
    Operation,
    OperationStatus,
    OperationType,
)
from aws_durable_execution_sdk_python_testing.exceptions import InvalidParameterValueException

from workshop.localcloud.durable.forks import kept_operations
from workshop.localcloud.durable.pauses import PausableExecution
from workshop.localcloud.lambda_api.errors import LambdaError
from workshop.localcloud.lambda_api.forking import fork

DONE, GOING = OperationStatus.SUCCEEDED, OperationStatus.STARTED


def execution(*operations: tuple[str, str | None, OperationStatus]) -> PausableExecution:
    whole = Operation("whole", OperationType.EXECUTION, GOING)
    parts = [
        Operation(name, OperationType.CONTEXT, status, parent_id=parent, name=name)
        for name, parent, status in operations
    ]
    return PausableExecution("arn", None, [whole, *parts])


BUSY = execution(
    ("a", "whole", DONE),
    ("map", "whole", DONE),
    ("item", "map", DONE),
    ("inside", "item", DONE),
    ("b", "whole", GOING),
)


def test_a_fork_keeps_what_is_inside_the_operations_up_to_the_named_one() -> None:
    assert kept_operations(BUSY, "a") == {"a"}
    assert kept_operations(BUSY, "map") == {"a", "map", "item", "inside"}


@pytest.mark.parametrize(("after", "why"), [("b", "has not ended"), ("inside", "no operation")])
def test_a_fork_needs_an_operation_at_the_top_that_has_ended(after: str, why: str) -> None:
    with pytest.raises(InvalidParameterValueException, match=why):
        kept_operations(BUSY, after)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"execution": 1, "after": "a", "name": "n", "function": "f", "texts": {}}',
        b'{"execution": "e", "after": "a", "name": "n", "function": "f", "texts": {"a": 1}}',
    ],
)
def test_a_request_that_is_no_fork_is_refused(body: bytes) -> None:
    with pytest.raises(LambdaError) as refused:
        fork(None, None, body)  # type: ignore[arg-type]
    assert refused.value.code == "InvalidParameterValueException"
