"""A quiz in a notebook: what it shows, and what it keeps of an answer."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.nasty import MARKUP
from workshop.course import journal, quizzes
from workshop.course.quizzes import Answer, Question
from workshop.errors import WorkshopError
from workshop.notebook import questions, session, verbs

WHICH = Question(
    "01.1",
    "Which `step`?",
    (Answer("The `first`.", False, "No."), Answer("This.", True, "Yes."), Answer("4.", False, "-")),
)
WHY = Question("01.2", "Why?", (Answer("So.", True, "Yes."), Answer("Not.", False, "No.")))


def kept(folder: Path) -> list[tuple[str, str, str]]:
    lines = journal.read(folder / "my-work" / "journal.jsonl")
    return [(line.exercise, line.outcome, line.about) for line in lines if line.kind == "quiz"]


def test_the_first_answer_to_a_question_is_kept(folder: Path) -> None:
    asked = questions.Quiz([WHICH, WHY])
    asked.opened = [[0, 0]]
    asked.opened = [[0, 0], [0, 1]]
    asked.opened = [[0, 0], [0, 1], [1, 0]]
    assert kept(folder) == [("01.1", "wrong", "The `first`."), ("01.2", "right", "So.")]


def test_whoever_asks_again_answers_again(folder: Path) -> None:
    for answer in (0, 1):
        questions.Quiz([WHICH]).opened = [[0, answer]]
    assert [outcome for _, outcome, _ in kept(folder)] == ["wrong", "right"]


def test_a_journal_that_is_off_keeps_no_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKSHOP_JOURNAL", "off")
    questions.Quiz([WHICH]).opened = [[0, 0]]
    assert kept(folder) == []


def test_without_a_kernel_answers_open_without_code() -> None:
    html = questions.page([WHICH, WHY], "")
    assert html.count("<details>") == 5
    assert html.count("✓ Yes. Yes.") == 2
    assert "<strong>1. Which <code>step</code>?</strong>" in html
    assert "<summary>The <code>first</code>.</summary>" in html


def test_a_quiz_shows_the_same_before_and_after_an_answer(folder: Path) -> None:
    asked = questions.quiz("01")
    before = repr(asked), questions.page(quizzes.of("01"), "")
    asked.opened = [[0, 0]]
    assert (repr(questions.quiz("01")), questions.page(quizzes.of("01"), "")) == before
    assert "✓" not in before[0]


@pytest.mark.parametrize("text", MARKUP)
def test_a_question_is_shown_as_text(text: str) -> None:
    names: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attrs):
            names.add(tag)

    Tags().feed(questions.page([Question("01.1", text, (Answer(text, True, text),))], text))
    assert names <= {"div", "p", "strong", "details", "summary", "blockquote", "code"}


def test_a_notebook_that_does_not_exist_has_no_quiz() -> None:
    with pytest.raises(WorkshopError, match="does not exist"):
        questions.quiz("77")


def test_questions_come_back_from_the_journal(folder: Path) -> None:
    assert questions.again("02") is None
    questions.quiz("01").opened = [[2, 0], [1, 0], [0, 0]]
    remembered = questions.again("02")
    assert remembered is not None
    assert len(remembered.questions) == 2
    assert questions.again("01") is None


def test_an_answer_to_a_question_that_came_back_is_kept_under_its_own_name(folder: Path) -> None:
    questions.quiz("01").opened = [[1, 0]]
    remembered = questions.again("02")
    assert remembered is not None
    remembered.opened = [[0, 0]]
    assert [question for question, *_ in kept(folder)] == ["01.2", "01.2"]


def test_begin_shows_what_comes_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    displayed: list[object] = []
    monkeypatch.setattr(session, "connect", lambda name: None)
    monkeypatch.setattr("workshop.notebook.session.sam.prepare", lambda target: None)
    monkeypatch.setattr(session, "_where", lambda name: "Here.")
    monkeypatch.setattr(session, "_place", {})
    monkeypatch.setattr(session, "display", displayed.append)
    session.begin("02")
    assert len(displayed) == 1
    questions.quiz("01").opened = [[0, 0]]
    session.begin("02")
    assert f"{quizzes.of('01')[0].text} (Notebook 01)" in repr(displayed[-1])


def test_progress_says_how_many_questions_were_answered(folder: Path) -> None:
    of = f"of {len(quizzes.everything())} quiz questions answered"
    assert f" 0 {of}. " in repr(verbs.progress())
    questions.Quiz([WHICH, WHY]).opened = [[0, 0], [1, 0]]
    assert f" 2 {of}, 1 of them right. " in repr(verbs.progress())
