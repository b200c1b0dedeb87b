"""Each exercise: what it holds at first does not pass, its solution does, and hints help."""

import pytest

from workshop.course import stages
from workshop.exercises import catalogue, error_meanings, limits, verdict
from workshop.exercises.verdict import judge

EXERCISES = catalogue.everything()
CELLS = [code for code in stages.codes() if code.exercise]
every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


def test_every_exercise_has_one_cell_and_every_cell_its_check() -> None:
    assert [exercise.id for exercise in EXERCISES] == [code.exercise for code in CELLS]


def test_an_exercise_is_numbered_after_its_notebook() -> None:
    for code in CELLS:
        assert code.exercise[:-1] == str(int(code.notebook))


@pytest.mark.parametrize("notebook", sorted({path.name[:2] for path in stages.solved()} - {"00"}))
def test_a_notebook_has_one_to_three_exercises(notebook: str) -> None:
    assert 1 <= len(catalogue.of(int(notebook))) <= 3


@every_exercise
def test_an_exercise_has_two_or_three_hints_each_its_own(exercise) -> None:
    assert len(exercise.hints) in (2, 3)
    assert len(set(exercise.hints)) == len(exercise.hints)
    assert all(len(hint) > 20 for hint in exercise.hints)


@every_exercise
def test_an_exercise_fails_unsolved_and_says_what_it_expected(exercise) -> None:
    verdict = judge(exercise.id, stages.exercise(exercise.id).starter)
    assert not verdict.passed
    assert verdict.what
    assert verdict.expected
    assert verdict.got


@every_exercise
def test_an_exercise_passes_with_its_solution(exercise) -> None:
    verdict = judge(exercise.id, stages.exercise(exercise.id).cell)
    assert verdict.passed, verdict


@every_exercise
def test_a_starter_has_a_todo_and_its_solution_none(exercise) -> None:
    code = stages.exercise(exercise.id)
    assert "TODO" in code.starter
    assert "TODO" not in code.text


OTHER_RIGHT_WAYS = {
    "1a: the result returned at once": (
        "1a",
        'order = ctx.step(validate_order(event), name="validate-order")\n    return order',
        "return ctx.step(validate_order(event), 'validate-order')",
    ),
    "2a: another text": ("2a", "{order['orderId']}:charge", "pay-{order['orderId']}"),
    "3a: the other way round": (
        "3a",
        "if total_cents <= CREDIT_FREE_CENTS:",
        "if not total_cents > 1000 * 100:",
    ),
    "3b: made from the order": (
        "3b",
        'ctx.step(lambda _step: f"inv-{time.time_ns()}", name="choose-number", config=STORE)',
        "f\"inv-{order['orderId']}\"",
    ),
    "3c: a list, in small letters": ("3c", '{"A", "D", "F"}', '["f", "d", "a"]'),
}


@pytest.mark.parametrize("way", OTHER_RIGHT_WAYS)
def test_a_check_accepts_another_right_way(way: str) -> None:
    exercise_id, ours, theirs = OTHER_RIGHT_WAYS[way]
    text = stages.exercise(exercise_id).cell
    assert ours in text
    verdict = judge(exercise_id, text.replace(ours, theirs))
    assert verdict.passed, verdict


def test_a_check_says_that_a_step_was_prepared_and_not_run() -> None:
    ours = 'ctx.step(validate_order(event), name="validate-order")'
    text = stages.exercise("1a").cell
    assert ours in text
    verdict = judge("1a", text.replace(ours, "validate_order(event)"))
    assert "a step was prepared and not run" in verdict.got


ERRORS = {
    "in the handler": (
        "1a",
        "validate_order(event)",
        "validate_order(evnt)",
        "'evnt' is not defined",
    ),
    "in a step": ("3a", "show(total_cents)", "show(total_cent)", "'total_cent' is not defined"),
}


@pytest.mark.parametrize("place", ERRORS)
def test_an_error_while_an_order_runs_is_told_with_its_line(place: str) -> None:
    exercise_id, ours, theirs, words = ERRORS[place]
    text = stages.exercise(exercise_id).cell
    broken = text.replace(ours, theirs)
    line = 2 + broken[: broken.index(theirs)].count("\n")  # the first line of the cell is its magic
    got = judge(exercise_id, broken).got
    assert words in got
    assert f"(line {line} of the cell)" in got


BROKEN_PATIENCE = {
    "create_retry_strategy(\n        RetryStrategyConfig(": "(\n        RetryStrategyConfig(",
    "Duration.from_seconds(1),": "1,",
    "[Fault]": "Fault",
}


@pytest.mark.parametrize("ours", BROKEN_PATIENCE)
def test_a_check_explains_patience_that_cannot_be_used(ours: str) -> None:
    text = stages.exercise("2c").cell
    assert ours in text
    verdict = judge("2c", text.replace(ours, BROKEN_PATIENCE[ours]))
    assert not verdict.passed
    assert any(meaning in verdict.got for meaning in error_meanings.MEANINGS.values())


def test_a_cell_that_has_lost_its_handler_is_told_how_to_get_it_back() -> None:
    verdict = judge("1a", "x = 1\n")
    assert "your cell has no handler anymore; reset(…)" in verdict.got


ACCIDENTS = {
    "an exception": ("1 / 0\n", "ZeroDivisionError: division by zero (line 2 of the cell)"),
    "the end of the process": ("import os; os._exit(3)\n", "its process ended"),
    "exit": ("raise SystemExit\n", "SystemExit"),
    "no Python": ("mistakes = {\n", "not Python yet"),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_a_check_explains_an_accident_in_an_attempt(accident: str) -> None:
    text, words = ACCIDENTS[accident]
    verdict = judge("3c", text)
    assert not verdict.passed
    assert words in verdict.got


def test_an_endless_loop_is_told_by_its_cpu_time_and_its_line(monkeypatch) -> None:
    monkeypatch.setattr(limits, "CPU_SECONDS", 0.5)
    found = judge("3c", "x = 1\nwhile True:\n    x += 1\n")
    assert "no end after 0.5 s of CPU time, at line " in found.got
    assert "a loop that never ends?" in found.got


def test_a_loop_in_a_handler_is_told_by_its_line(monkeypatch) -> None:
    monkeypatch.setattr(limits, "CPU_SECONDS", 3)
    text = stages.exercise("1a").cell
    ours = "    return order\n"
    assert ours in text
    loop = "    while True: pass\n"
    line = 2 + text[: text.index(ours)].count("\n")
    found = judge("1a", text.replace(ours, loop))
    assert f"no end after 3 s of CPU time, at line {line} of the cell" in found.got


@pytest.mark.parametrize(
    "text",
    ["import threading; threading.Event().wait()\n", "import itertools; sum(itertools.count())\n"],
    ids=["waits", "lets no other thread run"],
)
def test_what_ends_by_no_cpu_time_is_told_by_the_long_limit(monkeypatch, text: str) -> None:
    monkeypatch.setattr(limits, "WAIT_SECONDS", 1)
    monkeypatch.setattr(verdict, "SHOW_SECONDS", 0.05)
    shown: list[float] = []
    found = judge("3c", text, shown.append)
    assert "no end after 1 s" in found.got
    assert shown  # meanwhile, the learner is told that it goes on
