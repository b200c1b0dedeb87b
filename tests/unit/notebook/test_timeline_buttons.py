"""The buttons of a timeline: where they are disabled, and what they do."""

from typing import Any

import pytest

import reviewing
from tests.unit.followed_cloud import Cloud
from tests.unit.timelines import EVENTFUL, begin, event, ran
from workshop import localcloud
from workshop.localcloud.state import State
from workshop.notebook.timeline import actions, sentences


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
    ((name, given),) = cloud.sent
    assert (name, given["CallbackId"]) == (call, "c-1")
    if do == "approve":
        assert reviewing.approves(given["Result"].decode())


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
