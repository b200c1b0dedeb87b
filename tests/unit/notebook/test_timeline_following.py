"""Following orders: how often they are asked for, when that ends, and what buttons do."""

from threading import Event, current_thread
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.unit.followed_cloud import PATIENCE_SECONDS, Cloud
from tests.unit.timelines import EVENTFUL, begin
from workshop.errors import WorkshopError
from workshop.notebook import timeline
from workshop.notebook.timeline import sentences
from workshop.notebook.timeline.follow import (
    REQUESTS_A_SECOND,
    REQUESTS_A_SECOND_IN_ALL,
    Followed,
    Follower,
    Turns,
)
from workshop.notebook.timeline.source import LOOKS_BEFORE_UNKNOWN
from workshop.orders.polling import Polling


def simulate(cloud: Cloud, orders_in_all: int, seconds: float) -> list[tuple[float, int]]:
    """When how many requests were made, if each answer comes at once."""
    turns, now, made = Turns(), 0.0, []
    for _ in range(orders_in_all):
        turns.add(Followed(cloud.source(), lambda _trouble: None), now)
    while (turn := turns.next()) is not None and turn[1] <= seconds:
        order, now = turn
        pause = order.look()
        made.append((now, order.source.requests))
        turns.asked(order, now, pause)
    return made


def busiest_second(made: list[tuple[float, int]], window: float = 1.0) -> int:
    return max(
        sum(requests for at, requests in made if start <= at < start + window) for start, _ in made
    )


def test_one_order_costs_two_requests_a_second_at_most(cloud: Cloud) -> None:
    cloud.events = [begin()]
    made = simulate(cloud, 1, 60)
    assert sum(requests for _, requests in made) <= REQUESTS_A_SECOND * 60 + 1
    assert len(made) >= 59, "and it is asked every second"


def test_forty_orders_cost_ten_requests_a_second_at_most(cloud: Cloud) -> None:
    cloud.events = [begin()]
    made = simulate(cloud, 40, 60)
    assert sum(requests for _, requests in made) <= REQUESTS_A_SECOND_IN_ALL * 60 + 3
    assert busiest_second(made) <= REQUESTS_A_SECOND_IN_ALL + 2


def test_each_of_forty_orders_has_its_turn(cloud: Cloud) -> None:
    cloud.events = [begin()]
    turns = Turns()
    for _ in range(40):
        turns.add(Followed(cloud.source(), lambda _trouble: None), 0)
    asked = []
    for _ in range(40):
        found = turns.next()
        assert found is not None
        order, at = found
        asked.append(order)
        turns.asked(order, at, order.look())
    assert len(set(asked)) == 40


def test_the_status_is_asked_for_only_if_the_history_has_gone_on(cloud: Cloud) -> None:
    source, cloud.events = cloud.source(), EVENTFUL[:3]
    for _ in range(5):
        source.read()
    assert cloud.asked == {"find": 1, "history": 5, "status": 1}
    cloud.events = EVENTFUL[:4]
    source.read()
    assert cloud.asked["status"] == 2


def test_an_order_that_has_ended_is_never_asked_for_again(cloud: Cloud, follower: Follower) -> None:
    cloud.events = EVENTFUL
    shown = Event()
    follower.add(Followed(cloud.source(), lambda _trouble: shown.set()))
    assert shown.wait(PATIENCE_SECONDS)
    thread = follower._thread
    if thread:
        thread.join(PATIENCE_SECONDS)
    assert follower._thread is None
    assert cloud.asked == {"find": 1, "history": 1, "status": 1}


def test_an_order_that_is_removed_is_not_asked_for_again(cloud: Cloud, follower: Follower) -> None:
    cloud.events = [begin()]
    shown = Event()
    order = Followed(cloud.source(), lambda _trouble: shown.set())
    follower.add(order)
    assert shown.wait(PATIENCE_SECONDS)
    thread = follower._thread
    assert thread is not None
    follower.remove(order)
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert cloud.asked["history"] == 1


def test_following_never_happens_in_the_thread_that_runs_cells(
    cloud: Cloud, follower: Follower
) -> None:
    where: list[Any] = []
    shown = Event()
    cloud.events = EVENTFUL

    def note_the_thread(_trouble: str) -> None:
        where.append(current_thread())
        shown.set()

    follower.add(Followed(cloud.source(), note_the_thread))
    assert shown.wait(PATIENCE_SECONDS)
    assert where[0] not in (current_thread(), None)
    assert where[0].daemon


@pytest.mark.parametrize(
    "trouble",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        WorkshopError("The order API does not respond."),
    ],
)
def test_a_cloud_that_goes_away_is_told_and_asked_again(cloud: Cloud, trouble: Exception) -> None:
    told: list[str] = []
    order, cloud.events = Followed(cloud.source(), told.append), EVENTFUL[:3]
    order.look()
    cloud.trouble = trouble
    assert order.look() >= 2, "seconds until it is asked again"
    cloud.trouble = None
    order.look()
    assert told == ["", sentences.CLOUD_GONE, ""]
    assert not order.ended


def test_an_execution_that_was_forgotten_is_told_and_not_asked_for_again(cloud: Cloud) -> None:
    told: list[str] = []
    order, cloud.events = Followed(cloud.source(), told.append), EVENTFUL[:3]
    error = {"Error": {"Code": "ResourceNotFoundException", "Message": "gone"}}
    cloud.trouble = ClientError(error, "GetDurableExecutionHistory")
    order.look()
    assert (told, order.ended) == ([sentences.UNKNOWN], True)


def test_an_order_that_nobody_knows_is_given_up_after_a_while(cloud: Cloud) -> None:
    source, cloud.order = cloud.source(), None
    ended = []
    for _ in range(LOOKS_BEFORE_UNKNOWN):
        source.read()
        ended.append(source.ended)
    assert ended == [False] * (LOOKS_BEFORE_UNKNOWN - 1) + [True]
    assert source.view()["sentence"] == sentences.UNKNOWN


def test_a_snapshot_of_an_order_that_ended_a_moment_ago_has_the_end_of_its_execution(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "memory_megabytes", lambda _stack: 512)
    cloud.order = {"status": "completed"}
    cloud.events = EVENTFUL[:-1]

    def end_meanwhile(_polling: Polling) -> None:
        cloud.events = EVENTFUL

    monkeypatch.setattr(Polling, "pause", end_meanwhile)
    assert "The order is completed, after" in str(timeline.snapshot(cloud.stack, "ord-1"))


def test_a_snapshot_of_an_order_on_its_way_waits_for_nothing(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "memory_megabytes", lambda _stack: 512)
    cloud.events = EVENTFUL[:-1]
    timeline.snapshot(cloud.stack, "ord-1")
    assert cloud.asked["history"] == 1
