"""One reservation in this process: waits and retries take no time, and the handler is replayed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lost_answers import lose
from service.reservations import MOST

Run = Callable[..., Any]
Stored = Callable[[], dict[str, Any]]


def names(result: Any) -> list[str]:
    return [operation.name for operation in result.operations]


def test_a_reservation_is_held_and_confirmed(run: Run, stored: Stored) -> None:
    result = run()
    assert json.loads(result.result)["state"] == "confirmed"
    assert names(result) == ["reserve", "hold", "confirm"]
    wait = result.get_wait("hold")
    assert (wait.scheduled_end_timestamp - wait.start_timestamp).total_seconds() == 300
    assert stored()["state"] == "confirmed"


def test_too_large_a_quantity_is_refused_and_nothing_is_stored(run: Run, stored: Stored) -> None:
    result = run(quantity=MOST + 1)
    assert json.loads(result.result)["state"] == "refused"
    assert names(result) == ["reserve"]
    assert stored() == {}


@pytest.mark.parametrize("state", ["reserved", "confirmed"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_lost_answer_changes_nothing(
    state: str, after: bool, run: Run, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(monkeypatch, state, times=2, after=after)
    assert json.loads(run().result)["state"] == "confirmed"
    assert stored()["state"] == "confirmed"


@pytest.mark.parametrize("state", ["reserved", "confirmed"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_what_fails_permanently_is_undone(
    state: str, after: bool, run: Run, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(monkeypatch, state, times=99, after=after)
    result = run()
    assert result.error.type.endswith("ReservationFailed")
    assert names(result)[-1] == "release"
    assert stored()["state"] == "released"


def test_a_mistake_in_the_code_undoes_nothing(
    run: Run, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.workflow.agreed", lambda result: result["no such key"])
    result = run()
    assert result.error.type.endswith("KeyError")
    assert names(result) == ["reserve"]
    assert stored()["state"] == "reserved"


def test_an_undo_that_fails_for_a_while_is_done_in_the_end(
    run: Run, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(monkeypatch, "confirmed", times=99)
    lose(monkeypatch, "released", times=9, after=True)
    run()
    assert stored()["state"] == "released"


def test_an_undo_is_final(run: Run, table: Any, stored: Stored) -> None:
    table.put_item(Item={"reservationId": "r-1", "state": "released"})
    assert json.loads(run().result)["reason"] == "it has ended before"
    assert stored()["state"] == "released"


@pytest.mark.parametrize("wrong", [{"quantity": "2"}, {"quantity": 0}, {"reservationId": None}])
def test_a_wrong_event_fails_at_once(wrong: dict[str, Any], run: Run, stored: Stored) -> None:
    result = run(**wrong)
    assert result.error.type.endswith("ValueError")
    assert names(result) == []
    assert stored() == {}
