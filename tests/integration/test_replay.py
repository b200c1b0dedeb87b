"""Recorded orders are replayed against the application's code, and against changes of it."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from workshop.aws.stack import Stack
from workshop.commands import replay as commands
from workshop.course import application
from workshop.course.application import FINISHED, Application
from workshop.notebook import own_tests, session
from workshop.orders import history
from workshop.replay import save
from workshop.replay.process import replay_files

ORDERS: dict[str, dict[str, Any]] = {
    "completed": {},
    "large": {"price": 899.0},
    "declined": {"payment_token": "tok_declined"},
    "undone": {"customer_id": "cust-fraud"},
    "failed": {"payment_token": "tok_down_fraud-check"},
    "crashed": {"payment_token": "tok_crash_after_process-payment"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("histories")


@pytest.fixture
def recorded(folder: Path, stack: Stack, place) -> list[Path]:
    """The histories of orders that ended in different ways, made once."""
    for name, changes in ORDERS.items():
        path = folder / f"{name}.json"
        if not path.exists():
            save(path, history.read_events(stack, place(**changes).run.arn))
    return [folder / f"{name}.json" for name in ORDERS]


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The application's code with a change in its story."""
    code = shutil.copytree(FINISHED.modules, tmp_path / "modules") / "workflow.py"
    text = code.read_text(encoding="utf-8")
    assert text.count(old) == 1
    code.write_text(text.replace(old, new), encoding="utf-8")
    return code


def test_every_order_fits_the_code_that_processed_it(recorded: list[Path]) -> None:
    found = replay_files(recorded, FINISHED.modules / "workflow.py")
    assert [str(each) for each in found if not each.fits] == []


def test_a_renamed_step_is_named_at_its_line(recorded: list[Path], tmp_path: Path) -> None:
    code = changed(tmp_path, 'name="process-payment"', 'name="charge-card"')
    lines = code.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines, 1) if 'name="charge-card"' in line)
    found = replay_files(recorded, code)
    said = (
        "operation 3: history has process-payment (step), the code asks for charge-card (step); "
        f"{code} line {at}"
    )
    assert [str(each) for each in found] == [said] * len(ORDERS)


def test_only_the_orders_that_a_change_reaches_do_not_fit(
    recorded: list[Path], tmp_path: Path
) -> None:
    code = changed(tmp_path, 'name="quality-check"', 'name="check-quality"')
    found = replay_files(recorded, code)
    fits = dict(zip(ORDERS, (each.fits for each in found), strict=True))
    assert fits == {
        "completed": False,
        "large": False,
        "declined": True,
        "undone": True,
        "failed": True,
        "crashed": False,
    }


def test_the_commands_record_and_replay(stack: Stack, place, tmp_path: Path, capsys) -> None:
    order_id, path = place().order["orderId"], tmp_path / "order.json"
    assert commands.record([order_id, str(path)]) == 0
    assert "ada@example.com" not in path.read_text(encoding="utf-8")
    assert commands.replay([str(path)]) == 0
    assert "It fits: 2" in capsys.readouterr().out
    code = changed(tmp_path, 'name="check-inventory"', 'name="look-for-stock"')
    assert commands.replay([str(path), "--code", str(code)]) == 1
    assert "the code asks for look-for-stock (step)" in capsys.readouterr().out


def test_a_notebook_replays_an_order_against_the_code_in_my_work(
    stack: Stack, place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(tmp_path, 'name="check-inventory"', 'name="look-for-stock"')
    monkeypatch.setattr(session, "stack", lambda: stack)
    monkeypatch.setattr(application, "YOURS", Application(tmp_path, tmp_path))
    monkeypatch.setattr(own_tests, "ROOT", tmp_path)
    (said,) = own_tests.replay(place().order["orderId"]).lines
    assert said.startswith("operation 2: history has check-inventory (step), the code asks for")
    assert "; modules/workflow.py line " in said
