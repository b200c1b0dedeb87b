"""The invocations of one order, side by side, read only from its history."""

from tests.unit.timelines import EVENTFUL, begin, event, ran, step
from workshop.notebook import side_by_side
from workshop.orders import history

THANKED = [
    begin(),
    *step(1, 2, "thank-customer"),
    event(2, "StepStarted", "validate-order"),
    event(
        3,
        "StepFailed",
        "validate-order",
        Error={"Payload": {"ErrorType": "Fault", "ErrorMessage": "no answer"}},
        RetryDetails={"CurrentAttempt": 1, "NextAttemptDelaySeconds": 4},
    ),
    ran(0, 3.5),
    event(7, "StepStarted", "validate-order"),
    event(8, "StepSucceeded", "validate-order", RetryDetails={"CurrentAttempt": 2}),
    ran(7, 9),
    event(9, "ExecutionSucceeded", "ord-1"),
]


def test_each_invocation_has_a_column_and_each_operation_a_row() -> None:
    table = side_by_side.of(history.from_history("arn", THANKED))
    assert table.headings == ["operation", "invocation 1", "invocation 2"]
    assert table.rows == [
        ("thank-customer", "● attempt 1 succeeded, result saved", "↷ result from the checkpoint"),
        ("validate-order", "◐ attempt 1 failed", "● attempt 2 succeeded, result saved"),
    ]
    assert "2 invocations" in table.title


def test_a_death_and_a_wait_are_told_in_their_column() -> None:
    table = side_by_side.of(history.from_history("arn", EVENTFUL))
    rows = {name: cells for name, *cells in table.rows}
    assert rows["process-payment"][:2] == ["· not reached", "◐ started, no result saved"]
    assert rows["warehouse-processing"][2:] == ["◐ starts; the invocation ends", "↷ wait is over"]
