"""What the tests of notebooks share: a learner's folder, and a cloud with orders to follow."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.followed_cloud import Cloud
from tests.unit.learner import SOLVED
from tests.unit.own_app import own_app
from workshop.course import my_work, workspace
from workshop.exercises.verdict import Verdict
from workshop.notebook import magics, verbs
from workshop.notebook.timeline.follow import (
    Follower,
)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    return Cloud(monkeypatch)


@pytest.fixture
def follower() -> Iterator[Follower]:
    made = Follower()
    yield made
    for order in list(made._turns._due):
        made.remove(order)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of the test's own, in which notebook 01 begins and nothing was done yet."""
    monkeypatch.setattr(my_work, "ROOT", tmp_path)
    monkeypatch.setattr(verbs, "ROOT", tmp_path)
    own_app(tmp_path, monkeypatch)
    workspace.start_over("01")
    return tmp_path


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the magics show."""
    texts: list[str] = []
    monkeypatch.setattr(magics, "display", lambda notice: texts.append(repr(notice)))
    return texts


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[[Verdict], None]:
    """Says what the check will find, without running anything."""

    def will_be(verdict: Verdict) -> None:
        monkeypatch.setattr(verbs, "judge", lambda *_: verdict)

    return will_be


@pytest.fixture
def mine(folder: Path, shown: list[str], judged: Callable[[Verdict], None]) -> str:
    """An answer of the learner's own to 1a, which has passed."""
    text = SOLVED + "# mine\n"
    magics.module("workflow 1a", text)
    judged(Verdict(True))
    verbs.check("1a")
    return text
