"""The learner's own tests: a cell writes them, `run_tests` runs them, and they can be taken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.learner import copies
from workshop.course import stages, workspace
from workshop.errors import WorkshopError
from workshop.notebook import magics, own_tests, verbs

GREEN = """\
def test_the_tables_are_empty(tables):
    assert tables.scan(TableName="orders")["Count"] == 0
"""
RED = "def test_sums():\n    assert 1 + 1 == 3\n"


@pytest.fixture
def app(folder: Path) -> Path:
    """A learner's application where notebook 08 begins."""
    workspace.start_over("08")
    return folder / "my-work" / "app"


def test_a_cell_writes_a_test_beside_the_modules(app: Path, shown: list[str]) -> None:
    magics.module("test_mine", RED)
    assert (app / "tests" / "test_mine.py").read_text() == RED
    assert shown == ["my-work/app/tests/test_mine.py has 2 lines."]


def test_a_test_that_a_cell_replaces_is_copied(app: Path, folder: Path, shown: list[str]) -> None:
    magics.module("test_mine", RED)
    magics.module("test_mine", GREEN)
    assert copies(folder) == [RED]


def test_tests_stay_whichever_notebook_begins(app: Path, shown: list[str]) -> None:
    magics.module("test_mine", RED)
    workspace.enter("02")
    verbs.catch_up(8)
    assert (app / "tests" / "test_mine.py").read_text() == RED


def test_no_notebook_begins_with_tests() -> None:
    last = stages.solved()[-1].name[:2]
    names = {code.module for code in stages.codes() if code.module.startswith("test_")}
    assert names
    assert not names & stages.before(str(int(last) + 1).zfill(2)).keys()


def test_tests_run_and_say_which_one_fails_and_why(
    app: Path, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    magics.module("test_green", GREEN)
    magics.module("test_red", RED)
    own_tests.run_tests()
    printed = capsys.readouterr().out
    assert "tests/test_red.py:2: in test_sums" in printed
    assert "1 failed, 1 passed" in printed
    own_tests.run_tests("-k", "tables")
    assert "1 passed, 1 deselected" in capsys.readouterr().out
    assert not list((app / "modules").rglob("__pycache__"))


def test_tests_run_in_another_folder_without_the_workshop(
    app: Path, shown: list[str], tmp_path: Path
) -> None:
    magics.module("test_green", GREEN)
    taken = shutil.copytree(app, tmp_path / "taken", ignore=shutil.ignore_patterns("layer"))
    done = subprocess.run(
        [sys.executable, "-I", "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=taken,
        env={"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_tests_need_is_pinned_as_in_the_workshop(app: Path) -> None:
    wanted = (app / "requirements-tests.txt").read_text().splitlines()
    assert wanted[0] == "-r requirements.txt"
    names = [line.partition("==")[0] for line in wanted[1:]]
    assert names == ["aws-durable-execution-sdk-python-testing", "moto[dynamodb]", "pytest"]


@pytest.mark.parametrize("name", ["", "../evil", "Completed", "two words"])
def test_a_history_has_a_plain_name(name: str) -> None:
    with pytest.raises(WorkshopError, match="cannot be the name of a history"):
        own_tests.record("ord-" + "a" * 32, name)


@pytest.mark.parametrize("setting", ["", "true"])
def test_a_run_says_the_same_in_continuous_integration(
    app: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv("CI", setting)
    magics.module("test_long", f"def test_long():\n    assert not {'x' * 200!r}\n")
    own_tests.run_tests()
    summary = capsys.readouterr().out.splitlines()[-2]
    assert summary.startswith("FAILED")
    assert len(summary) <= 100


def test_an_error_has_no_colors_though_a_kernel_asks_for_them(
    app: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    (app / "tests" / "conftest.py").write_text("import nowhere\n")
    own_tests.run_tests()
    printed = capsys.readouterr().out
    assert "No module named 'nowhere'" in printed
    assert "x1b" not in printed
