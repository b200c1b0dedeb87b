"""Two notebooks may be open at once: one of them owns the application, and the other is told."""

from pathlib import Path

import pytest

from tests.unit.own_app import own_app
from workshop import private
from workshop.course import active_notebook, my_work, stages
from workshop.errors import WorkshopError
from workshop.exercises.verdict import Verdict
from workshop.notebook import magics, verbs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of the test's own, in which this kernel has begun notebook 01."""
    own_app(tmp_path, monkeypatch)
    monkeypatch.setattr(active_notebook, "_mine", {})
    monkeypatch.setattr(magics, "display", lambda notice: None)
    active_notebook.take("01")
    return tmp_path


def another_notebook_begins() -> None:
    private.write(my_work.HOME / "in-use.json", '{"notebook": "05", "process": 1}')


def test_the_notebook_that_began_last_writes_modules(folder: Path) -> None:
    magics.module("validation", "x = 1\n")
    assert (folder / "my-work" / "app" / "modules" / "validation.py").exists()


def test_one_that_began_before_writes_nothing_and_is_told_what_to_do(folder: Path) -> None:
    another_notebook_begins()
    with pytest.raises(WorkshopError, match=r"Notebook 05 has begun since.*first code cell"):
        magics.module("validation", "x = 1\n")
    assert not (folder / "my-work" / "app" / "modules" / "validation.py").exists()


def test_it_goes_on_once_it_has_begun_again(folder: Path) -> None:
    another_notebook_begins()
    active_notebook.take("01")
    magics.module("validation", "x = 1\n")
    assert (folder / "my-work" / "app" / "modules" / "validation.py").exists()


def test_an_answer_that_passes_leaves_the_modules_of_another_notebook_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    magics.module("workflow 1a", stages.exercise("1a").text + "# mine\n")
    before = (folder / "my-work" / "app" / "modules" / "workflow.py").read_text()
    another_notebook_begins()
    monkeypatch.setattr(verbs, "judge", lambda *_: Verdict(True))
    assert "passed" in repr(verbs.check("1a"))
    assert (folder / "my-work" / "app" / "modules" / "workflow.py").read_text() == before


def test_a_program_that_has_begun_no_notebook_is_not_stopped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another_notebook_begins()
    monkeypatch.setattr(active_notebook, "_mine", {})
    active_notebook.expect_mine()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"notebook": "05"}'])
def test_a_broken_note_stops_nobody(folder: Path, text: str) -> None:
    (my_work.HOME / "in-use.json").write_text(text)
    active_notebook.expect_mine()
