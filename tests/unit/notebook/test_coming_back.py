"""A learner who comes back finds the application as they left it, and is told where they were."""

from pathlib import Path

import pytest

from tests.unit.own_app import own_app
from workshop.course import active_notebook, my_work, own_application, stages, workspace
from workshop.course.application import FINISHED, Application
from workshop.notebook import verbs


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """The application of a learner who has written a module and passed 4a in notebook 04."""
    app = own_app(tmp_path, monkeypatch)
    workspace.enter("04")
    (app.modules / "fulfillment.py").write_text("mine = 1\n")
    answer = stages.exercise("4a").text + "# mine\n"
    my_work.keep_attempt("4a", answer)
    my_work.note_passed("4a", answer)
    return app


def the_kernel_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(active_notebook, "_mine", {})


def test_a_first_visit_is_none_of_coming_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_app(tmp_path, monkeypatch)
    assert not workspace.has_been_in("04")


def test_a_fresh_kernel_finds_the_application_as_it_was(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_kernel_is_killed(monkeypatch)
    assert workspace.has_been_in("04")
    assert not workspace.enter("04").changed
    assert (app.modules / "fulfillment.py").read_text() == "mine = 1\n"
    assert active_notebook.is_mine()


def test_a_visit_to_another_notebook_takes_nothing_away(app: Application) -> None:
    workspace.enter("02")
    assert not (app.modules / "fulfillment.py").exists()
    workspace.enter("04")
    assert (app.modules / "fulfillment.py").read_text() == "mine = 1\n"


def test_whoever_wants_to_start_over_can(app: Application) -> None:
    workspace.start_over("04")
    assert not (app.modules / "fulfillment.py").exists()
    assert my_work.passed("4a")


def test_they_are_told_what_they_passed_and_what_is_next(app: Application) -> None:
    words = " ".join(verbs.where_you_stopped("04"))
    assert "You passed 4a. Next: 4b ·" in words
    assert "catch_up(4)" in words


def test_the_application_is_a_whole_one(app: Application) -> None:
    assert app.template.read_text() == FINISHED.template.read_text()
    assert "stack_name" in (app.folder / "samconfig.toml").read_text()
    there = {path.relative_to(app.layer) for path in app.layer.rglob("*")}
    assert there == {path.relative_to(FINISHED.layer) for path in FINISHED.layer.rglob("*")}


def test_a_given_file_that_was_not_touched_is_renewed_and_a_changed_one_is_kept(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.template.write_text("# mine\n")
    released = {**stages.given(), "money": "# a release later\n"}
    monkeypatch.setattr(stages, "given", lambda: released)
    own_application.bring()
    assert app.template.read_text() == "# mine\n"
    assert (app.modules / "money.py").read_text() == "# a release later\n"


def test_a_template_that_was_deleted_comes_back(app: Application) -> None:
    app.template.unlink()
    own_application.bring()
    assert app.template.exists()
