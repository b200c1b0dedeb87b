"""Answers that a learner may give: the workshop's own, with a part of it replaced."""

from workshop.course import stages
from workshop.exercises.verdict import Verdict, judge


def answer(exercise_id: str, ours: str, theirs: str) -> str:
    """The solution of an exercise with this one part written as the learner did."""
    text = stages.exercise(exercise_id).cell
    assert text.count(ours) == 1
    return text.replace(ours, theirs)


def verdict(exercise_id: str, ours: str, theirs: str) -> Verdict:
    """What its check says."""
    return judge(exercise_id, answer(exercise_id, ours, theirs))
