"""The histories of exercise 11b, as a notebook shows them."""

import pytest

from workshop.course.broken_runs import events_of
from workshop.errors import WorkshopError
from workshop.notebook import broken_run


def test_a_broken_run_is_shown_event_by_event_with_its_times_and_errors() -> None:
    table = broken_run("A")
    assert len(table.rows) == len(events_of("A"))
    assert table.headings == ("after", "event", "operation", "details")
    assert table.rows[0][:3] == ("0 s", "ExecutionStarted", "")
    assert table.rows[3][1:3] == ("StepStarted", "charge-card")
    assert table.rows[4][3] == "Runtime.ExitError"
    assert "StepInterruptedError" in table.rows[5][3]
    assert "name=charge-card was previously interrupted" in table.caption


def test_a_broken_run_tells_of_waits_and_of_the_next_attempt() -> None:
    details = [row[3] for letter in "CD" for row in broken_run(letter).rows]
    assert "mistakes.PartnerUnavailable; next attempt after 4 s" in details
    assert "7200 s" in details


def test_a_run_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(WorkshopError, match="Run 'G' does not exist") as error:
        broken_run("G")
    assert "A, B, C, D, E, F" in str(error.value)
