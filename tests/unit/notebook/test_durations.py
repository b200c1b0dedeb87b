"""What notebooks compute before they show it: where time went, and whether a status went back."""

from datetime import UTC, datetime, timedelta

from workshop.notebook.durations import COMPUTE, NOTHING, START, split
from workshop.notebook.many_orders import went_back
from workshop.orders.history import Invocation, Operation, Run

START_OF_DAY = datetime(2026, 1, 5, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START_OF_DAY + timedelta(seconds=seconds)


def test_time_goes_into_runs_and_the_pauses_between_them() -> None:
    execution = Operation("1", "order", "execution", "succeeded", at(0), at(302))
    runs = [Invocation(at(0.5), at(1.5), "a"), Invocation(at(301), at(302), "b")]
    parts = split(Run("arn", execution, [], runs))
    assert [(what, took.total_seconds()) for what, took in parts] == [
        (START, 0.5),
        (COMPUTE, 1),
        (NOTHING, 299.5),
        (COMPUTE, 1),
    ]
    assert sum((took for _, took in parts), timedelta()) == timedelta(seconds=302)


TIMELINE = {"timeline": [{"status": status} for status in ("received", "validated", "completed")]}


def test_a_status_that_is_seen_twice_or_not_at_all_did_not_go_back() -> None:
    assert not went_back(["received", "received", "completed"], TIMELINE)


def test_a_status_that_is_seen_after_a_later_one_went_back() -> None:
    assert went_back(["received", "validated", "received"], TIMELINE)
