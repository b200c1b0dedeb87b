"""`%%module` and `%%exercise`: cells whose code is kept in a file."""

from __future__ import annotations

from difflib import get_close_matches

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from workshop.course import active_notebook, application, my_work, stages, workspace
from workshop.display import Notice, notice
from workshop.errors import WorkshopError

USE = "%%module NAME, or %%module NAME EXERCISE"


def register(shell: InteractiveShell) -> None:
    """Add the two magics to this notebook."""
    shell.register_magic_function(module, "cell")  # type: ignore[arg-type]
    shell.register_magic_function(exercise, "cell")  # type: ignore[arg-type]


def module(line: str, cell: str) -> None:
    """Write this cell's code to the module NAME of your application, in `my-work/app/`.

    With the name of an exercise, write the workshop's solution until yours passes its check.
    """
    name, *ids = line.split() or [""]
    if not name.isidentifier() or len(ids) > 1:
        raise WorkshopError(f"'%%module {line}' cannot be understood.", f"Write {USE}.")
    active_notebook.expect_mine()
    text = cell.strip("\n") + "\n"
    if ids:
        display(_write_exercise(name, ids[0], text))
    else:
        workspace.check_syntax(text, name)
        display(notice(f"{_file(name)} {workspace.write(name, text)}.", _odd(name)))


def exercise(line: str, cell: str) -> None:
    """Keep this cell's code as your answer to an exercise."""
    exercise_id = line.strip()
    text = cell.strip("\n") + "\n"
    code = stages.exercise(exercise_id)
    if code.module:
        raise WorkshopError(
            f"Exercise {exercise_id} belongs to the module {code.module}.",
            f"The first line of its cell is: %%module {code.module} {exercise_id}",
        )
    attempted = my_work.keep_attempt(exercise_id, text)  # a check must not judge the one before
    workspace.check_syntax(text, exercise_id)
    if attempted:
        display(notice(*_kept(exercise_id, text)))
    else:
        display(notice(f"Exercise {exercise_id} waits for you: complete the lines marked TODO."))


def _write_exercise(name: str, exercise_id: str, text: str) -> Notice:
    code = stages.exercise(exercise_id)
    if code.module != name:
        raise WorkshopError(
            f"Exercise {exercise_id} does not write '{name}'.",
            f"The first line of its cell is: %%module {code.module} {exercise_id}",
        )
    attempted = my_work.keep_attempt(exercise_id, text)  # a check must not judge the one before
    workspace.check_syntax(text, name)
    own = my_work.attempt(exercise_id)
    if own and my_work.passed(exercise_id):
        return notice(f"{_file(name)} {workspace.write(name, own)}. It is your own code.")
    changed = workspace.write(name, code.text)
    if attempted:
        return notice(
            *_kept(exercise_id, text),
            f"Until it passes, {_file(name)} holds the workshop's solution.",
        )
    return notice(
        f"Exercise {exercise_id} waits for you: complete the lines marked TODO.",
        f"Until your code passes its check, {_file(name)} holds the "
        f"workshop's solution: "
        f"it {changed}.",
    )


def _kept(exercise_id: str, text: str) -> tuple[str, ...]:
    if my_work.is_untouched(exercise_id, text):
        return (
            "This cell still contains its TODO.",
            f"Your earlier answer to {exercise_id} is kept, and a check uses it.",
        )
    return (f'Your answer to {exercise_id} is kept. Next: check("{exercise_id}")',)


def _odd(name: str) -> str:
    """Say what may be wrong with the name of a module that was written."""
    if name in stages.given():
        return "It is one of the given modules. catch_up(…) restores the workshop's own."
    if name not in stages.complete():
        near = get_close_matches(name, stages.complete(), n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        return f"No module of the workshop has this name, so none imports it.{meant}"
    return ""


def _file(module: str) -> str:
    return application.YOURS.name_of(module)
