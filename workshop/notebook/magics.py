"""`%%module`, `%%change` and `%%exercise`: cells whose code is kept in a file."""

from __future__ import annotations

from difflib import get_close_matches

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from workshop import private
from workshop.course import active_notebook, application, my_work, parts, stages, workspace
from workshop.display import Notice, notice
from workshop.errors import WorkshopError
from workshop.exercises import catalogue

USE = "%%{0} NAME, or %%{0} NAME EXERCISE"


def register(shell: InteractiveShell) -> None:
    """Add the magics to this notebook."""
    shell.register_magic_function(module, "cell")  # type: ignore[arg-type]
    shell.register_magic_function(change, "cell")  # type: ignore[arg-type]
    shell.register_magic_function(exercise, "cell")  # type: ignore[arg-type]


def module(line: str, cell: str) -> None:
    """Write this cell's code to the module NAME of your application, in `my-work/app/`.

    A name that begins with `test_` is a test. It is kept in `my-work/app/tests/`.
    With the name of an exercise, write the workshop's solution until yours passes its check.
    """
    name, exercise_id = _words("module", line)
    text = cell.strip("\n") + "\n"
    if exercise_id:
        display(_write_exercise(name, exercise_id, text))
    else:
        workspace.check_syntax(text, name)
        display(notice(f"{_file(name)} {workspace.write(name, text)}.", _odd(name)))


def change(line: str, cell: str) -> None:
    """Write the statements of this cell to the module NAME, which keeps all its others.

    A NAME such as `service.workflow` is in the service that `new_service()` made. With the name of
    an exercise, the workshop's solution is written until yours passes its check.
    """
    name, exercise_id = _words("change", line)
    text = cell.strip("\n") + "\n"
    if exercise_id:
        display(_write_exercise(name, exercise_id, text))
        return
    workspace.check_syntax(text, name)
    known = stages.changed_by(name, text, active_notebook.mine())
    whole = known.whole(text) if known else parts.merge(_there(name), text)
    display(notice(f"{_file(name)} {workspace.write(name, whole)}.", _rest(name), _odd(name)))


def exercise(line: str, cell: str) -> None:
    """Keep this cell's code as your answer to an exercise."""
    exercise_id = line.strip()
    text = cell.strip("\n") + "\n"
    code = catalogue.find(exercise_id).code
    if code.module:
        raise WorkshopError(
            f"Exercise {exercise_id} belongs to the module {code.module}.",
            f"The first line of its cell is: {code.magic}",
        )
    attempted = my_work.keep_attempt(exercise_id, text)  # a check must not judge the one before
    workspace.check_syntax(text, exercise_id)
    if attempted:
        display(notice(*_kept(exercise_id, text)))
    else:
        display(notice(f"Exercise {exercise_id} waits for you: complete the lines marked TODO."))


def _words(magic: str, line: str) -> tuple[str, str]:
    """The module and the exercise, or "", that a first line names."""
    name, *ids = line.split() or [""]
    if not name.removeprefix("service.").isidentifier() or len(ids) > 1:
        use = USE.format(magic)
        raise WorkshopError(f"'%%{magic} {line}' cannot be understood.", f"Write {use}.")
    active_notebook.expect_mine()
    if application.is_of_service(name) and not application.YOURS.service.is_dir():
        raise WorkshopError(
            f"{_file(name)} belongs to your service, which is missing.",
            "Run the cell with new_service() first.",
        )
    return name, "".join(ids)


def _there(name: str) -> str:
    """The module as it is now, which a cell of the learner's own changes."""
    text = private.read(application.YOURS.file_of(name)) or ""
    try:
        compile(text, name, "exec")
    except (SyntaxError, ValueError):
        raise WorkshopError(
            f"{_file(name)} is not valid Python, so a part of it cannot be changed.",
            "Run the cell that writes it again.",
        ) from None
    return text


def _rest(name: str) -> str:
    return f"The cell holds only what changes. Open {_file(name)} to see the whole file."


def _write_exercise(name: str, exercise_id: str, text: str) -> Notice:
    code = catalogue.find(exercise_id).code
    if code.module != name:
        raise WorkshopError(
            f"Exercise {exercise_id} does not write '{name}'.",
            f"The first line of its cell is: {code.magic}",
        )
    attempted = my_work.keep_attempt(exercise_id, text)  # a check must not judge the one before
    workspace.check_syntax(text, name)
    own = my_work.whole_attempt(code)
    rest = _rest(name) if code.is_part else ""
    if own and my_work.passed(exercise_id):
        changed = workspace.write(name, own)
        return notice(f"{_file(name)} {changed}. It is your own code.", rest)
    changed = workspace.write(name, code.text)
    if attempted:
        return notice(
            *_kept(exercise_id, text),
            f"Until it passes, {_file(name)} holds the workshop's solution.",
            rest,
        )
    return notice(
        f"Exercise {exercise_id} waits for you: complete the lines marked TODO.",
        f"Until your code passes its check, {_file(name)} holds the "
        f"workshop's solution: "
        f"it {changed}.",
        rest,
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
    if name not in stages.complete() and not application.stays(name):
        near = get_close_matches(name, stages.complete(), n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        return f"No module of the workshop has this name, so none imports it.{meant}"
    return ""


def _file(module: str) -> str:
    return application.YOURS.name_of(module)
