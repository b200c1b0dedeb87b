"""The learner's verbs: check, hint, solution, reset, catch_up, progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from IPython.core.getipython import get_ipython

from workshop.course import (
    active_notebook,
    application,
    journal,
    my_work,
    new_service,
    quizzes,
    stages,
    workspace,
)
from workshop.display import Code, Notice, Table, notice
from workshop.errors import WorkshopError
from workshop.exercises import catalogue
from workshop.exercises.verdict import judge
from workshop.notebook import progress_report
from workshop.notebook.progress_line import Line
from workshop.paths import MY_WORK, ROOT

MOMENT_SECONDS = 5
NOT_ATTEMPTED = "not yet attempted"


def check(exercise_id: str) -> Notice:
    """Check your answer: not yet attempted, not yet (what was expected, and got), or passed."""
    exercise = catalogue.find(exercise_id)
    head = f"{exercise.id} · {exercise.title}"
    text = my_work.attempt(exercise_id)
    if text is None:
        journal.note("check", exercise_id, NOT_ATTEMPTED)
        return notice(
            f"○ {head}: {NOT_ATTEMPTED}",
            "Complete the lines marked TODO, run that cell, then run this one. "
            f'Stuck? hint("{exercise_id}")',
        )
    checking = _Checking(exercise_id)
    verdict = judge(exercise_id, text, checking)
    checking.end()
    journal.note("check", exercise_id, "passed" if verdict.passed else "not yet", verdict.what)
    printed = f"Your code printed: {verdict.printed}" if verdict.printed else ""
    if not verdict.passed:
        return notice(
            f"✗ {head}: not yet",
            f"Checked: {verdict.what}",
            f"Expected: {verdict.expected}",
            f"Got: {verdict.got}",
            printed,
            f'Stuck? hint("{exercise_id}")',
        )
    my_work.note_passed(exercise_id, text)
    module = exercise.code.module
    yours = ""
    if module and active_notebook.is_mine():
        workspace.write(module, exercise.code.whole(text))
        yours = f"{application.YOURS.name_of(module)} holds your code from now on."
    return notice(f"✓ {head}: passed", exercise.well_done, *exercise.explanation, yours)


def hint(exercise_id: str) -> Notice:
    """Show the next hint of an exercise; each says more than the one before."""
    exercise = catalogue.find(exercise_id)
    shown = min(my_work.hints_shown(exercise_id) + 1, len(exercise.hints))
    my_work.note_hint(exercise_id, shown)
    journal.note("hint", exercise_id, "shown", f"hint {shown}")
    more = shown < len(exercise.hints)
    after = (
        "Ask again for the next one."
        if more
        else f'After your own attempt: solution("{exercise_id}")'
    )
    return notice(
        f"Hint {shown} of {len(exercise.hints)} for {exercise_id}", exercise.hints[shown - 1], after
    )


def solution(exercise_id: str) -> Code | Notice:
    """Show the workshop's solution of an exercise, after you have tried it yourself."""
    exercise = catalogue.find(exercise_id)
    tried = my_work.was_tried(exercise_id)
    journal.note("solution", exercise_id, "shown" if tried else NOT_ATTEMPTED)
    if not tried:
        return notice(
            f"Try {exercise_id} first: change its cell and run it, even if your answer is wrong.",
            f'Then you can see the solution. Until then, hint("{exercise_id}") helps.',
        )
    text = exercise.code.cell
    return Code(f"{exercise.id} · {exercise.title}: one way to do it", text)


def reset(exercise_id: str) -> Notice:
    """Start an exercise again: its original cell appears below, and a copy keeps your answer.

    An exercise that has passed stays passed.
    """
    code = catalogue.find(exercise_id).code
    copy = my_work.forget_attempt(exercise_id)
    shell = get_ipython()
    if shell is not None:
        shell.set_next_input(f"{code.magic}\n{code.starter.rstrip()}")
    where = f"Your answer is kept in {copy.relative_to(ROOT)}." if copy else ""
    passed = "It stays passed." if my_work.has_passed(exercise_id) else ""
    return notice(f"Exercise {exercise_id} begins again, in a new cell below.", where, passed)


def catch_up(notebook: int | str) -> Notice:
    """Bring your application to where a notebook begins; copy your versions."""
    number = stages.number(notebook)
    brought = workspace.start_over(number)
    state = "has been brought" if brought.changed else "already is"
    return notice(
        f"Your application {state} where notebook {number} begins.",
        str(brought),
        *_about_the_service(number),
        f"Go on in notebook {number}, from its first cell.",
    )


def where_you_stopped(notebook: str) -> tuple[str, ...]:
    """Return what a learner who comes back to a notebook has done, and how to go on."""
    ours = [each for each in catalogue.everything() if _notebook(each.id) == notebook]
    passed = [each.id for each in ours if my_work.has_passed(each.id)]
    open_ = [each for each in ours if each.id not in passed]
    done = f"You passed {', '.join(passed)}. " if passed else ""
    after = f"Next: {open_[0].id} · {open_[0].title}." if open_ else ""
    return (
        "You have been here before. Your application is as you left it; deploy() works at once.",
        done + after,
        f"To begin this notebook again: catch_up({int(notebook)}), then run it from the top.",
        *_about_the_service(notebook),
    )


def _about_the_service(notebook: str) -> tuple[str, ...]:
    """Say how to get a fresh service, in the notebook that changes it: catch_up leaves it."""
    ours = (code.module for code in stages.codes() if code.notebook == notebook)
    if not any(map(application.is_of_service, ours)):
        return ()
    return new_service.how_to_renew(application.YOURS.service)


def progress(form: str = "table") -> Table:
    """Show which exercises you have passed, and where to continue.

    `progress("html")` writes a page to print, with your checks and the time that you took.
    """
    if form not in ("table", "html"):
        raise WorkshopError(
            f"Progress has no form '{form}'.", 'Use progress() or progress("html").'
        )
    table = _progress()
    if form == "table":
        return table
    path = progress_report.write(table).relative_to(ROOT).as_posix()
    return replace(table, caption=f"{table.caption} The page to print is {path}.")


def _progress() -> Table:
    rows = []
    for exercise in catalogue.everything():
        if my_work.passed(exercise.id):
            state = "✓ passed"
        elif my_work.has_passed(exercise.id):
            changed = "changed" if my_work.attempt(exercise.id) is not None else "reset"
            state = f"✓ passed, {changed} since"
        elif my_work.attempt(exercise.id) is not None:
            state = "✗ not yet"
        else:
            state = f"○ {NOT_ATTEMPTED}"
        rows.append((exercise.id, exercise.title, state, str(my_work.hints_shown(exercise.id))))
    done = sum(1 for row in rows if row[2].startswith("✓"))
    headings = ("exercise", "what", "state", "hints")
    caption = f"{done} of {len(rows)} exercises passed. {_answered()} {_next(rows)}"
    return Table("Your progress", headings, rows, caption)


def _answered() -> str:
    """Say how many quiz questions were answered."""
    last = quizzes.last_answers(journal.read(my_work.HOME / journal.NAME)).values()
    right = sum(line.outcome == "right" for line in last)
    how = f", {right} of them right" if last else ""
    return f"{len(last)} of {len(quizzes.everything())} quiz questions answered{how}."


def _next(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """Say where the learner stopped: the first open exercise after the last attempted one."""
    tried = [n for n, row in enumerate(rows) if not row[2].endswith(NOT_ATTEMPTED)]
    open_ = [n for n, row in enumerate(rows) if not row[2].startswith("✓")]
    if not open_:
        return "You have passed them all."
    last = tried[-1] if tried else 0
    after = next((n for n in open_ if n >= last), open_[0])
    exercise_id, title, *_ = rows[after]
    name = next(path.name for path in stages.solved() if path.name[:2] == _notebook(exercise_id))
    earlier = ", ".join(rows[n][0] for n in open_ if n < after)
    still = f" Still open before it: {earlier}." if earlier else ""
    folder = "my-work/notebooks" if (MY_WORK / "notebooks" / name).exists() else "notebooks"
    return f"Next: {exercise_id} · {title}, in {folder}/{name}.{still}"


def _notebook(exercise_id: str) -> str:
    return catalogue.find(exercise_id).code.notebook


VERBS: dict[str, Callable[..., Any]] = {
    "catch_up": catch_up,
    "check": check,
    "hint": hint,
    "progress": progress,
    "reset": reset,
    "solution": solution,
}


class _Checking:
    """Shows how long a check takes, if it takes longer than a moment."""

    def __init__(self, exercise_id: str) -> None:
        self._line, self._exercise_id, self._shown_seconds = Line(), exercise_id, 0.0

    def __call__(self, seconds: float) -> None:
        if not self._line.quiet and seconds >= MOMENT_SECONDS:
            self._shown_seconds = seconds
            self._line.show(f"Checking {self._exercise_id}, {seconds:.0f} s so far.")

    def end(self) -> None:
        """Say that it has ended, if it was said that it goes on."""
        if self._shown_seconds:
            self._line.show(f"Checked {self._exercise_id} in {self._shown_seconds:.0f} s.")
