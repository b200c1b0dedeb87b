"""Recorded executions against changes of their code: which fits, and what is said, at which line.

What must be said is in `story_changes.py` and `order_changes.py`. No effect is ever executed.
"""

import importlib
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from botocore.client import BaseClient

from tests.unit.application.conftest import dynamodb, empty_tables
from tests.unit.replay import (
    order_changes,
    order_histories,
    story,
    story_changes,
    story_histories,
)
from tests.unit.replay.matrix import expected
from workshop.course.application import FINISHED
from workshop.localcloud.durable.history import Event
from workshop.replay import recorded
from workshop.replay.replayer import replay

__all__ = ["dynamodb"]

TEXT = Path(story.__file__).read_text(encoding="utf-8")
Histories = Mapping[str, list[Event]]
Said = Callable[[str, str, str], dict[str, str]]


@pytest.fixture(scope="module")
def stories() -> Histories:
    return story_histories.histories()


@pytest.fixture(scope="module")
def orders(dynamodb) -> Histories:
    return order_histories.histories(lambda: empty_tables(dynamodb))


@pytest.fixture
def import_changed(tmp_path: Path) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module from the changed code, and all that it imports there."""
    with pytest.MonkeyPatch.context() as patch:

        def run(name: str) -> ModuleType:
            patch.syspath_prepend(tmp_path)
            for path in tmp_path.glob("*.py"):
                patch.delitem(sys.modules, path.stem, raising=False)
            return importlib.import_module(name)

        yield run
        for path in tmp_path.glob("*.py"):
            sys.modules.pop(path.stem, None)


@pytest.fixture
def story_says(stories: Histories, tmp_path: Path, import_changed) -> Said:
    """Replays the stories against a changed text: ``story_says("", old, new)``."""

    def run(_module: str, old: str, new: str) -> dict[str, str]:
        assert TEXT.count(old) == 1 or old == "picked"
        (tmp_path / "changed_story.py").write_text(TEXT.replace(old, new), encoding="utf-8")
        changed = import_changed("changed_story")
        said = said_of(stories, changed)
        assert changed.done == [], "a replay executes nothing"
        return said

    return run


@pytest.fixture
def order_says(
    orders: Histories, tmp_path: Path, import_changed, monkeypatch: pytest.MonkeyPatch
) -> Said:
    """Replays the orders against a changed module: ``order_says("risk", old, new)``."""
    called: list[str] = []

    def run(module: str, old: str, new: str) -> dict[str, str]:
        path = shutil.copytree(FINISHED.modules, tmp_path, dirs_exist_ok=True) / f"{module}.py"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
        changed = import_changed("workflow")
        monkeypatch.setattr(BaseClient, "_make_api_call", lambda _, name, __: called.append(name))
        said = said_of(orders, changed)
        assert called == [], "a replay executes nothing"
        return said

    return run


def said_of(histories: Histories, module: ModuleType) -> dict[str, str]:
    """What a replay says of each history; "" if it fits."""
    found = {name: replay(recorded.of(h), module.handler) for name, h in histories.items()}
    return {name: str(each.misfit or "") for name, each in found.items()}


@pytest.mark.parametrize("change", story_changes.HARMFUL)
def test_a_harmful_change_is_named(
    change: str, story_says: Said, stories: Histories, tmp_path: Path
) -> None:
    row = story_changes.HARMFUL[change]
    said = story_says("", row.old, row.new)
    assert said == {name: expected(row, name, h, tmp_path) for name, h in stories.items()}


@pytest.mark.parametrize("change", story_changes.HARMLESS)
def test_a_harmless_change_fits(change: str, story_says: Said, stories: Histories) -> None:
    assert story_says("", *story_changes.HARMLESS[change]) == dict.fromkeys(stories, "")


@pytest.mark.parametrize("change", order_changes.HARMFUL)
def test_a_change_that_harms_orders_is_named(
    change: str, order_says: Said, orders: Histories, tmp_path: Path
) -> None:
    row = order_changes.HARMFUL[change]
    said = order_says(row.file, row.old, row.new)
    assert said == {name: expected(row, name, h, tmp_path) for name, h in orders.items()}


@pytest.mark.parametrize("change", order_changes.HARMLESS)
def test_a_change_that_harms_no_order_fits(
    change: str, order_says: Said, orders: Histories
) -> None:
    assert order_says(*order_changes.HARMLESS[change]) == dict.fromkeys(orders, "")
