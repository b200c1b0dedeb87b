"""The widget of a timeline: whom it follows, and what it sends to its views."""

from collections.abc import Iterator
from threading import enumerate as threads

import pytest

from tests.unit.followed_cloud import PATIENCE_SECONDS, Cloud
from tests.unit.timelines import EVENTFUL
from workshop.notebook.timeline.follow import (
    Follower,
)
from workshop.notebook.timeline.widget import Crowd, Timeline


@pytest.fixture
def timeline(cloud: Cloud, follower: Follower) -> Iterator[Timeline]:
    cloud.events = EVENTFUL[:4]
    made = Timeline(cloud.source(), follower)
    yield made
    made.close()


def followed(follower: Follower) -> int:
    with follower._changed:
        return len(follower._turns._due)


def test_a_timeline_is_followed_until_its_last_view_is_gone(
    timeline: Timeline, follower: Follower
) -> None:
    counts = []
    for view in ("opened", "opened", "closed", "closed", "opened"):
        timeline._hear(timeline, {"view": view}, [])
        counts.append(followed(follower))
    assert counts == [1, 1, 1, 0, 1]


def test_closing_a_timeline_ends_its_following(timeline: Timeline, follower: Follower) -> None:
    timeline.start()
    assert followed(follower) == 1
    timeline.close()
    assert followed(follower) == 0


def test_a_look_that_brings_nothing_new_sends_no_rows(timeline: Timeline) -> None:
    sent: list[str] = []
    timeline._source.read()
    timeline.show(0, "")
    timeline.observe(lambda change: sent.append(change["name"]), list(timeline.keys))
    timeline._source.read()
    timeline.show(0, "")
    assert {"rows", "buttons", "events", "said"}.isdisjoint(sent)


def test_a_finished_order_is_replayed_event_by_event(cloud: Cloud, follower: Follower) -> None:
    cloud.events = EVENTFUL
    source = cloud.source()
    source.read()
    timeline = Timeline(source, follower)
    assert timeline.events == len(EVENTFUL)
    timeline.do({"frame": 4})
    assert timeline.event == "StepStarted check-inventory"
    states = [row["state"] for row in timeline.rows[:3]]
    assert states == ["done", "running", "to come"]
    timeline.do({"frame": len(EVENTFUL)})
    assert "to come" not in {row["state"] for row in timeline.rows}
    timeline.close()


def test_of_many_orders_only_the_line_that_changed_is_sent(
    cloud: Cloud, follower: Follower
) -> None:
    cloud.events = EVENTFUL[:4]
    sources = [cloud.source() for _ in range(3)]
    crowd = Crowd(sources, follower)
    sent: list[str] = []
    crowd.observe(lambda change: sent.append(change["name"]), [*crowd.slots])
    sources[1].read()
    for number in range(3):
        crowd.show(number, "")
    assert sent == ["order1"]
    crowd.close()


def test_no_thread_is_left_when_nobody_is_followed() -> None:
    left = [thread for thread in threads() if thread.name == "timelines"]
    for thread in left:  # it may be about to end
        thread.join(PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in left)
