"""Progress: what is done, what is next, and a record that was broken."""

from collections.abc import Callable
from pathlib import Path

from tests.unit.learner import SOLVED, WRONG, copies
from workshop.course import my_work
from workshop.exercises import catalogue
from workshop.exercises.verdict import Verdict
from workshop.notebook import magics, verbs

ALL = len(catalogue.everything())


def test_progress_counts_what_has_passed(
    folder: Path, shown: list[str], judged: Callable[[Verdict], None]
) -> None:
    magics.module("workflow 1a", SOLVED)
    judged(Verdict(True))
    verbs.check("1a")
    verbs.hint("1b")
    rows = {row[0]: row for row in verbs.progress().rows}
    assert rows["1a"][2:] == ("✓ passed", "0")
    assert rows["1b"][2:] == ("○ not yet attempted", "1")
    magics.module("workflow 1a", WRONG)
    assert verbs.progress().rows[0][2] == "✓ passed, changed since"


def test_a_passed_exercise_stays_passed_after_reset(folder: Path, mine: str) -> None:
    assert "It stays passed." in repr(verbs.reset("1a"))
    assert copies(folder) == [mine]
    assert verbs.progress().rows[0][2] == "✓ passed, reset since"
    assert verbs.progress().caption.startswith(f"1 of {ALL} exercises passed.")


def test_progress_says_where_to_go_on(folder: Path, shown: list[str]) -> None:
    first = "Next: 1a · Validate the order in a step, in notebooks/01_your_first_durable_function"
    assert first in verbs.progress().caption
    my_work.note_passed("1a", SOLVED)
    my_work.note_passed("2a", SOLVED)
    caption = verbs.progress().caption
    assert "Next: 2b · " in caption
    assert "in notebooks/02_take_the_money_once.ipynb" in caption
    assert caption.endswith("Still open before it: 1b.")


def test_an_answer_that_does_not_pass_yet_is_where_to_go_on(folder: Path, shown: list[str]) -> None:
    magics.module("workflow 1a", WRONG)
    assert "Next: 1a · " in verbs.progress().caption


def test_progress_says_that_nothing_is_open(folder: Path) -> None:
    for exercise in catalogue.everything():
        my_work.note_passed(exercise.id, "x")
    caption = verbs.progress().caption
    assert caption.startswith(f"{ALL} of {ALL} exercises passed. ")
    assert caption.endswith(" You have passed them all.")


def test_broken_progress_is_taken_for_none(folder: Path) -> None:

    (folder / "my-work" / "progress.json").write_text("{")
    assert my_work.progress() == {"passed": {}, "hints": {}}


def test_broken_progress_is_copied_before_it_is_replaced(folder: Path) -> None:

    (folder / "my-work" / "progress.json").write_text("{")
    verbs.hint("1a")
    verbs.hint("1a")
    assert copies(folder) == ["{"]
    assert my_work.hints_shown("1a") == 2
