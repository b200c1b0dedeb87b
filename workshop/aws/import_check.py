"""Checks that the modules import, before a deployment: on Lambda the error would come late."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Container
from pathlib import Path

from workshop.course import stages
from workshop.course.application import Application
from workshop.errors import WorkshopError

PROCESS = Path(__file__).with_name("import_process.py")
IN_A_MODULE = re.compile(r'File "(.+)", line (\d+)')


def check(app: Application, expected: Container[tuple[str, str]] = ()) -> None:
    """Import every module with only the layer, in a separate process; takes about 0.3 s.

    `expected` are pairs of a module and a missing import that is accepted. Raises `WorkshopError`
    with file and line of the first other error that Lambda would raise.
    """
    command = [sys.executable, "-I", "-S", "-B", str(PROCESS), str(app.layer / "python")]
    command.append(str(app.modules))
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if "Timeout" in done.stderr:
        raise _endless(done.stderr, app)
    for line in done.stdout.splitlines():
        trouble = json.loads(line)
        if (trouble["file"].removesuffix(".py"), trouble["missing"]) not in expected:
            raise _trouble(app, **trouble)


def _trouble(app: Application, file: str, line: int, error: str, missing: str) -> WorkshopError:
    end = "" if error.endswith((".", "?")) else "."
    what = f"{app.name_of(file)} cannot be imported: line {line}, {error}{end}"
    if not missing:
        return WorkshopError(what, "Correct that line and deploy again.")
    if missing in stages.given():
        return WorkshopError(
            what,
            f"{missing} is a given module. This notebook's first code cell restores it; run the "
            "cells below it, too.",
        )
    return WorkshopError(
        what,
        f"If {missing} is a module of yours, run the cell that writes it. If it is a library, "
        "the functions do not have it: requirements/lambda.in lists what they have.",
    )


def _endless(stack: str, app: Application) -> WorkshopError:
    """Return the error for an import that does not end, with the innermost line of a module."""
    places = [(Path(file), line) for file, line in IN_A_MODULE.findall(stack)]
    file, line = next(
        (place for place in places if place[0].parent == app.modules), (app.modules, "?")
    )
    return WorkshopError(
        f"{app.name_of(file.name)} does not end when it is imported: line {line}.",
        "Is there a loop outside the functions? Correct it and deploy again.",
    )
