"""The learner's service: it is made once, cells change it, and its tests run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.timelines import interrupted
from workshop.aws import stack as stacks
from workshop.aws.stack import Stack
from workshop.course import application, own_application, workspace
from workshop.errors import WorkshopError
from workshop.notebook import magics, own_service, verbs, views
from workshop.orders import history

CHANGED = 'def agreed(result: dict[str, Any]) -> None:\n    """Agree to everything."""\n'


@pytest.fixture
def service(folder: Path, shown: list[str], monkeypatch) -> own_service.Service:
    monkeypatch.setattr(own_service, "display", lambda notice: shown.append(repr(notice)))
    monkeypatch.setattr(own_application, "bring_layer", lambda source, layer: None)
    made = own_service.new_service()
    shown.clear()
    return made


def test_a_service_that_is_there_is_left_as_it_is(service, shown: list[str]) -> None:
    (service.folder / "README.md").write_text("mine")
    assert own_service.new_service() == service
    (said,) = shown
    assert said.startswith("my-work/shop/ is there already, and was left as it is.")
    assert (service.folder / "README.md").read_text() == "mine"


def test_a_service_that_was_not_changed_is_there_already(service, shown: list[str]) -> None:
    (service.folder / "tests" / "test_mine.py").write_text("# a test more\n")
    own_service.new_service()
    assert shown == ["my-work/shop/ is there already, and was left as it is."]


def test_a_service_that_is_no_longer_new_says_how_to_get_a_fresh_one(
    service, shown: list[str]
) -> None:
    magics.change("service.workflow", CHANGED)
    (service.folder / "tests" / "histories" / "held.json").unlink()
    shown.clear()
    own_service.new_service()
    _, differs, fresh = shown[0].splitlines()
    assert differs == (
        "Your service differs from a new one in src/service/workflow.py, tests/histories/held.json."
    )
    assert fresh == (
        "For a fresh one, rename the folder my-work/shop and run the cell with new_service()."
    )
    service.folder.rename(service.folder.with_name("former"))
    own_service.new_service()
    assert shown[-1].startswith("my-work/shop/ is a whole service")


def test_to_begin_its_notebook_again_says_how_to_get_a_fresh_service(
    service, shown: list[str]
) -> None:
    fresh = "rename the folder my-work/shop and run the cell with new_service()"
    assert fresh not in repr(verbs.catch_up(12))
    magics.change("service.workflow", CHANGED)
    assert fresh in repr(verbs.catch_up(12))
    assert fresh in " ".join(verbs.where_you_stopped("12"))
    assert fresh not in repr(verbs.catch_up(11))


def test_a_cell_changes_a_function_of_the_service(service, shown: list[str]) -> None:
    magics.change("service.workflow", CHANGED)
    text = (service.folder / "src" / "service" / "workflow.py").read_text("utf-8")
    assert "Agree to everything." in text
    assert "def handler(" in text
    assert "my-work/shop/src/service/workflow.py has" in shown[0]
    assert "Agree" in str(views.show_code("service.workflow", "agreed"))


def test_a_cell_of_a_service_that_is_missing_says_how_to_make_it(folder: Path) -> None:
    with pytest.raises(WorkshopError, match=r"Run the cell with new_service\(\) first"):
        magics.change("service.workflow", CHANGED)
    assert not application.YOURS.service.exists()


def test_the_service_stays_whichever_notebook_begins(service, shown: list[str]) -> None:
    magics.change("service.workflow", CHANGED)
    workspace.enter("02")
    workspace.start_over("12")
    assert "Agree" in str(views.show_code("service.workflow", "agreed"))
    assert not list(application.YOURS.modules.glob("service*"))


def test_its_tests_run_and_say_what_fails(service, capsys) -> None:
    for path in (service.folder / "tests").glob("test_*.py"):
        path.unlink()
    (service.folder / "tests" / "test_mine.py").write_text("def test_it():\n    assert 1 == 2\n")
    service.run_tests("-k", "it")
    assert "assert 1 == 2" in capsys.readouterr().out


def test_whoever_interrupts_an_execution_is_told_how_to_go_on(service, monkeypatch) -> None:
    target: Any = SimpleNamespace(client=lambda _name: SimpleNamespace(invoke=lambda **_: None))
    live = Stack(target, "shop", "1", {"ProcessorAliasArn": "arn:shop:live"})
    monkeypatch.setattr(own_service, "expect_target", lambda: target)
    monkeypatch.setattr(stacks, "find", lambda *_: live)
    monkeypatch.setattr(history, "watch", interrupted)
    with pytest.raises(WorkshopError) as stopped:
        service.process("r-1", quantity=12)
    assert stopped.value.what_happened == "You stopped waiting. The execution keeps running."
    assert stopped.value.what_to_do == 'To wait again: service.process("r-1", quantity=12)'
