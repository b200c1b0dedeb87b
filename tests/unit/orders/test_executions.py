"""What a running execution is at, and what it waits for, read from its history."""

from datetime import timedelta

import pytest

from tests.unit.timelines import START, begin, event, step
from workshop.orders.executions import Listed, now_at
from workshop.orders.history import from_history

RETRY = {
    "Error": {"Payload": {"ErrorType": "Fault", "ErrorMessage": "no answer"}},
    "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 4},
}
INSIDE = {**event(3, "CallbackStarted", "ask", CallbackId="cb-1"), "ParentId": "review"}


@pytest.mark.parametrize(
    ("last", "operation", "waits_for"),
    [
        ([], "", ""),
        ([event(3, "StepStarted", "pay")], "pay", ""),
        ([event(3, "WaitStarted", "rest", Duration=300)], "rest", "300 s to pass"),
        (
            [event(2, "StepStarted", "pay"), event(3, "StepFailed", "pay", **RETRY)],
            "pay",
            "attempt 2, 4 s after the last",
        ),
        ([event(3, "ContextStarted", "review"), INSIDE], "review / ask", "a callback"),
    ],
)
def test_a_running_order_says_what_it_waits_for(last, operation, waits_for) -> None:
    run = from_history("arn", [begin(), *step(1, 2, "validate-order"), *last])
    assert now_at(run) == (operation, waits_for)


@pytest.mark.parametrize(
    ("seconds", "age"),
    [(5, "5 s"), (119, "119 s"), (180, "3 min"), (7_200, "2 h"), (400_000, "5 d")],
)
def test_an_age_has_the_largest_unit_that_fits_twice(seconds: int, age: str) -> None:
    listed = Listed("ord-1", "arn", "RUNNING", START, None)
    assert listed.age(START + timedelta(seconds=seconds)) == age
