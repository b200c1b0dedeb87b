"""Errors as a notebook shows them: one clear sentence wherever the workshop has one."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from workshop import escape
from workshop.aws.target import GONE, explain
from workshop.course import active_notebook, stages
from workshop.display import notice
from workshop.errors import WorkshopError
from workshop.notebook import session
from workshop.paths import MY_WORK, ROOT

# Errors that a notebook explains in a sentence, where there is one.
EXPLAINED = (
    WorkshopError,
    KeyboardInterrupt,
    BotoCoreError,
    ClientError,
    NameError,
    OSError,
    *GONE,
)
STOPPED = WorkshopError(
    "You stopped this cell.",
    "Run it again when you like. Anything that already started keeps running.",
)


def register(shell: InteractiveShell) -> None:
    """Explain errors in this notebook."""
    shell.set_custom_exc(EXPLAINED, _explain)


def _explain(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    trace: Any,
    tb_offset: int | None = None,
) -> list[str]:
    """Show an error in the workshop's words, without a traceback; any other as Python does."""
    words = _in_words(error, trace)
    if words is None:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        return []
    display(notice(f"⚠ {words.what_happened}", words.what_to_do))
    return [escape.text(words)]


def _in_words(error: BaseException, trace: Any) -> WorkshopError | None:
    if isinstance(error, WorkshopError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return STOPPED if _in_the_workshop(trace) else None
    if isinstance(error, NameError):
        return _made_by_an_earlier_cell(error)
    if isinstance(error, OSError) and (file := _of_the_learner(error)):
        return WorkshopError(
            f"{file} cannot be read or written: {error.strerror}.",
            "Check the free space and the permissions, and run this cell again. "
            "What was written before is kept.",
        )
    target = session.current_target()
    return explain(error, target) if target else None


def _made_by_an_earlier_cell(error: NameError) -> WorkshopError | None:
    """Return what to do in a fresh kernel about a name that a cell of this notebook makes."""
    notebook = active_notebook.mine()
    if not notebook or error.name not in stages.names_made_by_cells(notebook):
        return None
    return WorkshopError(
        f"This cell needs `{error.name}`, and a cell above makes it, which has not run yet.",
        "Run that cell first, or all above: select this cell, then Run > Run All Above.",
    )


def _of_the_learner(error: OSError) -> Path | None:
    """The file in `my-work/` that an error is about."""
    for name in (error.filename2, error.filename):
        path = Path(str(name).removesuffix(f".{os.getpid()}"))  # of a temporary file
        if path.is_relative_to(MY_WORK):
            return path.relative_to(ROOT)
    return None


def _in_the_workshop(trace: Any) -> bool:
    """Return whether the error is from the workshop's code, not from the learner's."""
    files = [frame.filename for frame in traceback.extract_tb(trace)]
    return any(Path(file).is_relative_to(ROOT / "workshop") for file in files)
