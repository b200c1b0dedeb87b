"""Answers to exercises: kept, checked, explained by hints, and begun again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.learner import SOLVED, STARTER, WRONG, copies, written
from workshop.course import journal, my_work
from workshop.errors import WorkshopError
from workshop.exercises.verdict import Verdict
from workshop.notebook import magics, progress_line, verbs


def test_an_untouched_exercise_uses_the_solution_and_is_not_yet_attempted(
    folder: Path, shown: list[str]
) -> None:
    magics.module("workflow 1a", STARTER)
    assert written(folder, "workflow") == SOLVED
    assert "waits for you" in shown[0]
    assert "not yet attempted" in repr(verbs.check("1a"))


def test_an_attempt_is_kept_and_the_solution_used_until_it_passes(
    folder: Path, shown: list[str], judged: Callable[[Verdict], None]
) -> None:
    magics.module("workflow 1a", WRONG)
    assert my_work.attempt("1a") == WRONG
    assert written(folder, "workflow") == SOLVED
    judged(Verdict(False, "the operations", "validate-order", "validate"))
    told = repr(verbs.check("1a"))
    assert "Expected: validate-order" in told
    assert "Got: validate" in told
    assert written(folder, "workflow") == SOLVED


def test_an_attempt_that_passes_becomes_the_module(
    folder: Path, shown: list[str], judged: Callable[[Verdict], None]
) -> None:
    mine = SOLVED.replace("order", "my_order_1", 0) + "# mine\n"
    magics.module("workflow 1a", mine)
    judged(Verdict(True))
    assert ": passed" in repr(verbs.check("1a"))
    assert written(folder, "workflow") == mine
    magics.module("workflow 1a", mine)
    assert "It is your own code" in shown[-1]


def test_an_untouched_cell_takes_no_answer_away(folder: Path, mine: str) -> None:
    magics.module("workflow 1a", STARTER)
    assert my_work.passed("1a")
    assert written(folder, "workflow") == mine


def test_an_answer_that_passed_is_copied_before_another_replaces_it(
    folder: Path, mine: str
) -> None:
    magics.module("workflow 1a", WRONG)
    assert mine in copies(folder)


def test_a_check_never_judges_the_answer_before_one_that_is_not_python(
    folder: Path, shown: list[str]
) -> None:
    magics.module("workflow 1a", SOLVED)
    with pytest.raises(WorkshopError, match="not Python yet"):
        magics.module("workflow 1a", "def handler(:\n")
    assert "not Python yet" in repr(verbs.check("1a"))


def test_an_answer_changed_after_it_passed_must_pass_again(
    folder: Path, shown: list[str], judged: Callable[[Verdict], None]
) -> None:
    magics.module("workflow 1a", SOLVED)
    judged(Verdict(True))
    verbs.check("1a")
    magics.module("workflow 1a", WRONG)
    assert not my_work.passed("1a")


def test_each_hint_tells_more_and_the_last_one_stays(folder: Path) -> None:
    told = [repr(verbs.hint("1a")) for _ in range(4)]
    assert [text.split("\n")[0] for text in told] == [
        "Hint 1 of 3 for 1a",
        "Hint 2 of 3 for 1a",
        "Hint 3 of 3 for 1a",
        "Hint 3 of 3 for 1a",
    ]


def test_the_solution_is_shown_after_an_attempt(folder: Path, shown: list[str]) -> None:
    assert "Try 1a first" in repr(verbs.solution("1a"))
    magics.module("workflow 1a", WRONG)
    assert SOLVED.rstrip() in repr(verbs.solution("1a"))
    verbs.reset("1a")
    assert SOLVED.rstrip() in repr(verbs.solution("1a"))


def test_reset_begins_again_and_keeps_what_was_written(folder: Path, shown: list[str]) -> None:
    magics.module("workflow 1a", WRONG)
    assert "my-work/copies/" in repr(verbs.reset("1a"))
    assert copies(folder) == [WRONG]
    assert "not yet attempted" in repr(verbs.check("1a"))


def test_an_exercise_without_a_name_is_none(folder: Path) -> None:
    with pytest.raises(WorkshopError, match=r"Exercise '' does not exist. Use one of: 1a, "):
        magics.exercise("", "x = 1\n")


def test_every_answer_is_copied_before_another_replaces_it(folder: Path, shown: list[str]) -> None:
    for text in (WRONG, WRONG, SOLVED):
        magics.module("workflow 1a", text)
    assert copies(folder) == [WRONG]


def test_an_untouched_cell_after_an_answer_says_which_of_the_two_is_checked(
    folder: Path, shown: list[str]
) -> None:
    magics.module("workflow 1a", WRONG)
    magics.module("workflow 1a", STARTER)
    assert "still contains its TODO" in shown[-1]
    assert "earlier answer to 1a is kept" in shown[-1]


def test_an_exercise_of_a_module_is_written_by_the_cell_of_its_module(folder: Path) -> None:
    with pytest.raises(WorkshopError, match="%%module workflow 1a"):
        magics.exercise("1a", SOLVED)


def test_an_answer_that_cannot_be_read_is_told_and_can_be_set_aside(
    folder: Path, shown: list[str]
) -> None:
    magics.module("workflow 1a", WRONG)
    (folder / "my-work" / "attempts" / "1a.py").write_bytes(b"\xff\xfe")
    with pytest.raises(WorkshopError, match=r"attempts/1a.py cannot be read.*reset"):
        verbs.check("1a")
    verbs.reset("1a")
    assert "not yet attempted" in repr(verbs.check("1a"))


@pytest.mark.parametrize("name", ["9z", "", "../1a", "1", 1, "1A"])
def test_an_exercise_that_does_not_exist_is_a_sentence(folder: Path, name: str) -> None:
    with pytest.raises(WorkshopError, match="does not exist"):
        verbs.check(name)


def test_a_line_about_a_slow_check_does_not_go_on_after_its_end(
    mine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.delenv("WORKSHOP_PROGRESS", raising=False)
    monkeypatch.setattr(progress_line.Line, "show", lambda _, text: lines.append(text))

    def slow(_id: str, _text: str, show: Callable[[float], None]) -> Verdict:
        for seconds in (1, 5, 6):
            show(seconds)
        return Verdict(True)

    monkeypatch.setattr(verbs, "judge", slow)
    verbs.check("1a")
    assert lines == ["Checking 1a, 5 s so far.", "Checking 1a, 6 s so far.", "Checked 1a in 6 s."]


def test_the_journal_has_a_line_for_each_check_hint_and_solution(
    folder: Path, shown: list[str], judged: Callable[[Verdict], None]
) -> None:
    verbs.check("1a")
    verbs.solution("1a")
    magics.module("workflow 1a", WRONG)
    judged(Verdict(False, "the operations", "validate-order", "my own words", "printed by me"))
    verbs.check("1a")
    verbs.hint("1a")
    verbs.solution("1a")
    judged(Verdict(True))
    verbs.check("1a")
    path = folder / "my-work" / "journal.jsonl"
    assert [(line.kind, line.outcome, line.about) for line in journal.read(path)] == [
        ("check", "not yet attempted", ""),
        ("solution", "not yet attempted", ""),
        ("check", "not yet", "the operations"),
        ("hint", "shown", "hint 1"),
        ("solution", "shown", ""),
        ("check", "passed", ""),
    ]
    assert "my own words" not in path.read_text()
    assert "printed by me" not in path.read_text()
