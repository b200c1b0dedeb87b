"""The active notebook: several may be open, but only one application is in `my-work/app/`.

It belongs to the notebook that began last. One that began before must begin again, or its cells
would write into the other's modules, and deploy them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from workshop import private
from workshop.course import my_work, stages
from workshop.errors import WorkshopError

_mine: dict[str, Any] = {}


def take(notebook: str) -> None:
    """Make this kernel the owner of the learner's application, at the stage of this notebook."""
    _mine.update(notebook=notebook, process=os.getpid())
    private.write(_path(), json.dumps(_mine))


def mine() -> str:
    """Return the number of the notebook that began in this kernel; empty if none did."""
    return str(_mine.get("notebook", ""))


def last() -> str:
    """Return the number of the notebook that the application belongs to; empty if none began."""
    return str(_holder().get("notebook", ""))


def is_mine() -> bool:
    """Return whether no other kernel has taken over since this one began, if it did."""
    return not _mine or _holder() in ({}, _mine)


def expect_mine() -> None:
    """Raise `WorkshopError` if another notebook has begun since."""
    if not is_mine():
        other = _holder()["notebook"]
        where = " in another window" if other == _mine["notebook"] else ""
        raise WorkshopError(
            f"Notebook {other} has begun since{where}, so my-work/app/ holds its code now.",
            "To go on here, run this notebook's first code cell and then the cells below it. "
            "What you wrote in the other one is kept in my-work/.",
        )


def _path() -> Path:
    return my_work.HOME / "in-use.json"


def _holder() -> dict[str, Any]:
    """{notebook, process} of the kernel that took over last; empty if that is not known."""
    try:
        found = json.loads(stages.read(_path()))
        return {"notebook": found["notebook"], "process": found["process"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
