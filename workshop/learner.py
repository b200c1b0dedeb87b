"""The learner's verbs: check, hint, solution, reset, catch_up, progress."""

from __future__ import annotations

from IPython.core.getipython import get_ipython

from workshop import modules, stages, turn, work
from workshop.exercises import catalogue, checking
from workshop.paths import ROOT
from workshop.show import Code, Notice, Table, notice


def check(exercise_id: str) -> Notice:
    """Try your answer: not yet attempted, not yet (what was expected, what came), or passed."""
    exercise = catalogue.find(exercise_id)
    head = f"{exercise.id} · {exercise.title}"
    text = work.attempt(exercise_id)
    if text is None:
        return notice(
            f"○ {head}: not yet attempted",
            "Complete the lines marked TODO, run that cell, then run this one. "
            f'Stuck? hint("{exercise_id}")',
        )
    verdict = checking.verdict(exercise_id, text)
    printed = f"Your code printed: {verdict.printed}" if verdict.printed else ""
    if not verdict.passed:
        return notice(
            f"✗ {head}: not yet",
            f"Looked at: {verdict.what}",
            f"Expected: {verdict.expected}",
            f"Came: {verdict.got}",
            printed,
            f'Stuck? hint("{exercise_id}")',
        )
    work.note_passed(exercise_id, text)
    module = stages.exercise(exercise_id).module
    yours = ""
    if module and turn.is_mine():
        modules.write(module, text)
        yours = f"modules/{module}.py holds your code from now on."
    return notice(f"✓ {head}: passed", exercise.well_done, yours)


def hint(exercise_id: str) -> Notice:
    """The next hint of an exercise; each tells more than the one before."""
    exercise = catalogue.find(exercise_id)
    shown = min(work.hints_shown(exercise_id) + 1, len(exercise.hints))
    work.note_hint(exercise_id, shown)
    more = shown < len(exercise.hints)
    after = (
        "Ask again for the next one." if more else f'Once you have tried: solution("{exercise_id}")'
    )
    return notice(
        f"Hint {shown} of {len(exercise.hints)} for {exercise_id}", exercise.hints[shown - 1], after
    )


def solution(exercise_id: str) -> Code | Notice:
    """The workshop's solution of an exercise, once you have tried it yourself."""
    exercise = catalogue.find(exercise_id)
    if not work.was_tried(exercise_id):
        return notice(
            f"Try {exercise_id} first: change its cell and run it, be it wrong.",
            f'Then the solution is yours. Until then, hint("{exercise_id}") helps.',
        )
    text = stages.exercise(exercise_id).text
    return Code(f"{exercise.id} · {exercise.title}: one way to do it", text)


def reset(exercise_id: str) -> Notice:
    """Begin an exercise anew: its cell as it was appears below; your answer is kept as a copy."""
    code = stages.exercise(exercise_id)
    copy = work.forget_attempt(exercise_id)
    magic = f"%%module {code.module} {exercise_id}" if code.module else f"%%exercise {exercise_id}"
    shell = get_ipython()
    if shell is not None:
        shell.set_next_input(f"{magic}\n{code.starter.rstrip()}")
    where = f"Your answer is kept in {copy.relative_to(ROOT)}." if copy else ""
    return notice(f"Exercise {exercise_id} begins anew, in a new cell below.", where)


def catch_up(notebook: int | str) -> Notice:
    """Bring `modules/` to where the notebook of that number begins; your versions are copied."""
    number = stages.number(notebook)
    brought = modules.bring(stages.before(number))
    turn.take(number)
    state = "has been brought" if brought.changed else "already is"
    return notice(
        f"modules/ {state} where notebook {number} begins.",
        str(brought),
        f"Go on in notebook {number}, from its first cell.",
    )


def progress() -> Table:
    """Which exercises you have passed."""
    rows = []
    for exercise in catalogue.everything():
        if work.passed(exercise.id):
            state = "✓ passed"
        elif work.has_passed(exercise.id):
            state = "✓ passed, changed since"
        elif work.attempt(exercise.id) is not None:
            state = "✗ not yet"
        else:
            state = "○ not yet attempted"
        rows.append((exercise.id, exercise.title, state, str(work.hints_shown(exercise.id))))
    done = sum(1 for row in rows if row[2].startswith("✓"))
    headings = ("exercise", "what", "state", "hints")
    return Table("Your progress", headings, rows, f"{done} of {len(rows)} exercises passed.")
