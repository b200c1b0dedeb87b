"""Following orders: how often they are asked for, when that ends, and what buttons do."""

from collections import Counter
from collections.abc import Iterator
from threading import Event, current_thread
from threading import enumerate as threads
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.unit.timelines import EVENTFUL, begin, event, ran
from workshop import localcloud
from workshop.errors import WorkshopError
from workshop.localcloud.state import State
from workshop.notebook.timeline import actions, sentences
from workshop.notebook.timeline.follow import (
    REQUESTS_A_SECOND,
    REQUESTS_A_SECOND_IN_ALL,
    Followed,
    Follower,
    Turns,
)
from workshop.notebook.timeline.source import LOOKS_BEFORE_UNKNOWN, Source
from workshop.notebook.timeline.widget import Crowd, Timeline
from workshop.orders import client as orders
from workshop.orders import history

LAMBDA = {"AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:1"}
PATIENCE_SECONDS = 60


class Cloud:
    """A cloud that answers from what a test puts into it, and counts the requests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str] = LAMBDA) -> None:
        self.events: list[dict[str, Any]] = []
        self.order: dict[str, Any] | None = {"status": "received"}
        self.trouble: Exception | None = None
        self.asked: Counter[str] = Counter()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.stack: Any = SimpleNamespace(
            target=SimpleNamespace(variables=variables, client=lambda _service: self)
        )
        monkeypatch.setattr(history, "find_execution", self._find)
        monkeypatch.setattr(history, "read_events", self._read)
        monkeypatch.setattr(orders, "get", self._get)

    def source(self) -> Source:
        return Source(self.stack, "ord-1", 512)

    def _answer(self, request: str, answer: Any) -> Any:
        self.asked[request] += 1
        if self.trouble:
            raise self.trouble
        return answer

    def _find(self, *_arguments: Any) -> str | None:
        return self._answer("find", "arn" if self.events else None)

    def _read(self, *_arguments: Any) -> list[dict[str, Any]]:
        return self._answer("history", list(self.events))

    def _get(self, *_arguments: Any) -> dict[str, Any] | None:
        return self._answer("status", self.order)

    def __getattr__(self, name: str) -> Any:
        return lambda **given: self.sent.append((name, given))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    return Cloud(monkeypatch)


@pytest.fixture
def follower() -> Iterator[Follower]:
    made = Follower()
    yield made
    for order in list(made._turns._due):
        made.remove(order)


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
        order, at = turns.next()
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
    follower.add(
        Followed(cloud.source(), lambda _trouble: (where.append(current_thread()), shown.set()))
    )
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
    for _ in range(LOOKS_BEFORE_UNKNOWN - 1):
        source.read()
    assert not source.ended
    source.read()
    assert source.ended
    assert source.view()["sentence"] == sentences.UNKNOWN


def why(cloud: Cloud, events: list[dict[str, Any]]) -> dict[str, str]:
    """Why each button is disabled, if it is."""
    source, cloud.events = cloud.source(), events
    source.read()
    return {each["do"]: each["why"] for each in actions.buttons(source.view(), source)}


def test_buttons_are_disabled_where_they_make_no_sense(cloud: Cloud) -> None:
    running = {"crash": "", "stop": ""}
    review = dict.fromkeys(("approve", "reject"), actions.NOTHING_PENDING)
    assert why(cloud, EVENTFUL[:4]) == running | review
    assert why(cloud, EVENTFUL[:13]) == running | review | {"crash": actions.NOBODY_RUNS}
    assert set(why(cloud, EVENTFUL).values()) == {actions.OVER}
    assert set(why(cloud, []).values()) == {actions.NOT_YET}


def test_on_aws_the_crash_button_names_the_card_that_does_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aws = Cloud(monkeypatch, variables={})
    assert "tok_crash_after" in why(aws, EVENTFUL[:4])["crash"]
    source = aws.source()
    source.read()
    assert actions.act("crash", source) == actions.ON_AWS


REVIEW = [begin(), event(1, "CallbackStarted", "review", CallbackId="c-1"), ran(0, 2)]


@pytest.mark.parametrize(
    ("do", "call", "said"),
    [
        ("approve", "send_durable_execution_callback_success", "Approved"),
        ("reject", "send_durable_execution_callback_failure", "Rejected"),
    ],
)
def test_a_review_is_answered_under_the_id_in_the_history(
    cloud: Cloud, do: str, call: str, said: str
) -> None:
    assert why(cloud, REVIEW)[do] == ""
    source = cloud.source()
    source.read()
    assert actions.act(do, source).startswith(said)
    assert [(name, given["CallbackId"]) for name, given in cloud.sent] == [(call, "c-1")]


def test_stopping_says_what_it_did(cloud: Cloud) -> None:
    source, cloud.events = cloud.source(), EVENTFUL[:4]
    source.read()
    assert actions.act("stop", source).startswith("Stopped")
    assert [name for name, _ in cloud.sent] == ["stop_durable_execution"]


def test_an_action_on_a_cloud_that_is_gone_says_so(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, cloud.events = cloud.source(), EVENTFUL[:4]
    source.read()
    monkeypatch.setattr(localcloud.state, "read", lambda: State(ports={"lambda": 1}))  # no listener
    assert actions.act("crash", source) == sentences.CLOUD_GONE


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
