"""Which quiz questions a learner sees again."""

import pytest

from tests.unit.journals import NOON
from workshop.course import quizzes, stages
from workshop.course.journal import Line


def answered(minute: float, question: str, outcome: str) -> Line:
    return Line(NOON + minute * 60, "quiz", question, outcome)


def ids(lines: list[Line], notebook: str = "04") -> list[str]:
    return [question.id for question in quizzes.again(lines, notebook)]


@pytest.mark.parametrize("path", stages.solved(), ids=lambda path: path.stem)
def test_every_notebook_has_questions_with_one_right_answer(path) -> None:
    for question in quizzes.of(path.name[:2]):
        assert question.notebook == path.name[:2]
        assert [answer.right for answer in question.answers].count(True) == 1
        assert all(answer.why for answer in question.answers)


def test_the_place_of_an_answer_does_not_tell_whether_it_is_right() -> None:
    places = [[a.right for a in q.answers].index(True) for q in quizzes.everything().values()]
    assert set(places) == {0, 1, 2}
    assert max(places.count(place) for place in (0, 1, 2)) < len(places) / 2


def test_wrong_answers_come_back_first_and_then_the_oldest() -> None:
    lines = [
        answered(1, "01.1", "right"),
        answered(2, "01.2", "right"),
        answered(3, "02.1", "wrong"),
    ]
    assert ids(lines) == ["02.1", "01.1"]


def test_the_last_answer_to_a_question_counts() -> None:
    lines = [
        answered(1, "01.1", "wrong"),
        answered(2, "01.2", "right"),
        answered(3, "01.3", "right"),
        answered(4, "01.1", "right"),
    ]
    assert ids(lines) == ["01.2", "01.3"]


def test_a_notebook_does_not_ask_its_own_questions_when_it_begins() -> None:
    assert ids([answered(1, "04.1", "wrong")]) == []


def test_nothing_comes_back_if_nothing_was_answered() -> None:
    assert ids([]) == []
    assert ids([Line(NOON, "check", "1a", "not yet")]) == []


def test_a_question_that_no_notebook_has_is_passed_over() -> None:
    assert ids([answered(1, "99.1", "wrong"), answered(2, "01.9", "wrong")]) == []
