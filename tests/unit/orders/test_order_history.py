"""The model of an order's operations, made from the events of a history."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from workshop.commands.live_table import table
from workshop.orders import history
from workshop.orders.contract import OPERATIONS
from workshop.orders.wording import plain

START = datetime(2026, 1, 1, tzinfo=UTC)


def event(seconds, kind, op=None, name=None, parent=None, sub_type=None, **details):
    made = {"EventType": kind, "EventTimestamp": START + timedelta(seconds=seconds)}
    made |= {"Id": op, "Name": name} if op else {}
    made |= {"ParentId": parent} if parent else {}
    made |= {"SubType": sub_type} if sub_type else {}
    return {**made, f"{kind}Details": details}


def invocation(start, end, error=None):
    details = {
        "StartTimestamp": START + timedelta(seconds=start),
        "EndTimestamp": START + timedelta(seconds=end),
        "RequestId": f"request-{start}",
    }
    if error:
        details["Error"] = {"Payload": {"ErrorType": "Crash", "ErrorMessage": error}}
    return event(end, "InvocationCompleted", **details)


BEGIN = event(0, "ExecutionStarted", "e", "order-1")
HISTORY = [
    BEGIN,
    event(0, "StepStarted", "1", "charge", sub_type="Step"),
    event(1, "StepFailed", "1", "charge", RetryDetails={"CurrentAttempt": 1}),
    event(2, "StepStarted", "1", "charge", sub_type="Step"),
    event(3, "StepSucceeded", "1", "charge", Result={"Payload": '{"t":"m","v":{"cents":5}}'}),
    event(3, "WaitStarted", "2", "pause", sub_type="Wait", Duration=300),
    invocation(0, 4, error="the process died"),
    event(303, "WaitSucceeded", "2", "pause"),
    event(303, "ContextStarted", "3", "pick-items", sub_type="Map"),
    event(303, "ContextStarted", "3a", "1-mug", parent="3", sub_type="MapIteration"),
    event(304, "ContextSucceeded", "3a", "1-mug", parent="3"),
    event(304, "ContextSucceeded", "3", "pick-items"),
    invocation(303, 305),
    event(305, "ExecutionSucceeded", "e", "order-1", Result={"Payload": '"done"'}),
]


@pytest.fixture
def run():
    return history.from_history("arn", HISTORY)


def test_top_level_operations_are_in_the_order_they_started(run):
    assert run.names == ["charge", "pause", "pick-items"]


def test_an_operation_inside_another_is_its_child(run):
    assert [child.name for child in run.find("pick-items").children] == ["1-mug"]


def test_a_retried_step_counts_its_attempts_and_keeps_its_first_start(run):
    step = run.find("charge")
    assert (step.attempts, step.state, step.result) == (2, "succeeded", {"cents": 5})
    assert step.started_at == START


def test_a_wait_knows_how_long_it_was(run):
    assert run.find("pause").wait_seconds == 300


def test_a_crashed_invocation_has_its_error(run):
    assert [each.error for each in run.invocations] == ["Crash: the process died", ""]


def test_the_whole_has_a_state_and_a_result(run):
    assert (run.state, run.execution.result) == ("succeeded", "done")


def test_an_unfinished_history_is_running():
    unfinished = history.from_history("arn", HISTORY[:3])
    assert unfinished.state == "running"
    assert unfinished.find("charge").state == "failed"


def test_an_operation_that_has_not_started_is_not_found(run):
    with pytest.raises(KeyError):
        run.find("ship-order")


def shown(*arguments):
    written = StringIO()
    console = Console(width=120, file=written)
    console.print(table(*arguments))
    return written.getvalue()


def test_the_table_tells_compute_from_waiting(run):
    text = shown(run)
    assert "2 invocations (1 of them crashed), 6.00 s of compute, 300 s of waiting" in text
    assert "attempt 2" in text


def test_before_anything_has_run_all_operations_are_to_come():
    text = shown(None, OPERATIONS)
    assert all(name in text for name in OPERATIONS)
    assert text.count("to come") == len(OPERATIONS)


def test_a_review_takes_no_place_of_the_operations_to_come():
    begun = [*OPERATIONS[:5], "review-order"]
    started = [event(at, "StepStarted", name, name) for at, name in enumerate(begun)]
    text = shown(history.from_history("arn", [BEGIN, *started]), OPERATIONS)
    assert all(name in text for name in OPERATIONS)


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, ""), ({"a": 1, "b": [1, 2]}, "a=1, b=[1, 2]"), ("text", "text"), (0, "0")],
)
def test_results_are_shown_in_few_words(value, words):
    assert plain(value) == words


def test_a_result_that_was_written_otherwise_is_shown_as_it_is():
    assert history.decode("not json at all") == "not json at all"


def test_what_a_handler_returned_is_read_as_json():
    assert history.decode('{"grams": 2, "boxes": 850}') == {"grams": 2, "boxes": 850}


def test_a_pause_changes_no_operation():
    paused = [event(1, "ExecutionPaused"), event(2, "ExecutionResumed")]
    assert history.from_history("arn", [BEGIN, *paused]) == history.from_history("arn", [BEGIN])
