"""When schedules are due, also on a machine that slept."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from workshop.localcloud.ministack_patches.schedule_times import Schedule

BEGAN = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)


def at(expression, zone=UTC, cron=None):
    return Schedule(expression, BEGAN, zone, cron)


def later(**time):
    return BEGAN + timedelta(**time)


def test_a_rate_is_due_whenever_its_interval_has_passed():
    every_minute = at("rate(1 minute)")
    assert every_minute.latest(BEGAN, later(seconds=59)) is None
    assert every_minute.latest(BEGAN, later(seconds=60)) == later(minutes=1)
    assert every_minute.latest(later(seconds=60), later(seconds=119)) is None
    assert every_minute.latest(later(seconds=61), later(seconds=121)) == later(minutes=2)


def test_a_rate_is_due_at_its_beginning_if_that_is_included():
    assert at("rate(2 hours)").latest(later(seconds=-1), later(seconds=5)) == BEGAN


def test_a_rate_is_not_due_before_its_beginning():
    assert at("rate(1 minute)").latest(later(hours=-1), later(seconds=-1)) is None


@pytest.mark.parametrize("expression", ["rate(1 minute)", "rate(1 hour)", "cron"])
def test_a_machine_that_slept_gets_one_time_the_last(expression):
    def hourly(after):
        return after.replace(minute=0, second=0) + timedelta(hours=1)

    schedule = at(expression, cron=hourly if expression == "cron" else None)
    woke = later(hours=3)
    due = schedule.latest(later(minutes=1), woke)
    assert due is not None
    assert woke - timedelta(hours=1) < due <= woke
    assert schedule.latest(woke, woke + timedelta(seconds=1)) is None


def test_a_one_time_schedule_is_due_once_in_its_own_time_zone():
    noon = at("at(2026-01-01T12:00:00)", ZoneInfo("America/New_York"))
    due = datetime(2026, 1, 1, 17, tzinfo=UTC)
    assert noon.is_one_time
    assert noon.latest(BEGAN, due - timedelta(seconds=1)) is None
    assert noon.latest(BEGAN, due + timedelta(hours=9)) == due
    assert noon.latest(due, due + timedelta(hours=9)) is None


def test_cron_is_read_in_the_time_zone_of_the_schedule():
    asked: list[datetime] = []
    at("cron(…)", ZoneInfo("Asia/Tokyo"), asked.append).latest(BEGAN, later(hours=1))
    assert asked[0].tzinfo == ZoneInfo("Asia/Tokyo")
    assert asked[0] == BEGAN


@pytest.mark.parametrize(
    "expression", ["rate(1 minute)", "rate(12 hours)", "rate(1 days)", "at(2026-01-01T12:00:00)"]
)
def test_awss_expressions_are_valid(expression):
    assert at(expression).is_valid


@pytest.mark.parametrize(
    "expression",
    ["", "rate(0 minutes)", "rate(5 seconds)", "every minute", "at(2026-02-30T12:00:00)"],
)
def test_others_are_not(expression):
    assert not at(expression).is_valid
