"""Trying an attempt, in a process that may loop, crash or exit without harm to the notebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workshop import private, stages
from workshop.errors import WorkshopError
from workshop.exercises import catalogue
from workshop.modules import check_syntax
from workshop.paths import ROOT, TEMPORARY

LIMIT_SECONDS = 20
STANDALONE = "attempt"


@dataclass(frozen=True)
class Verdict:
    """Whether an attempt does what it should; if not, what was looked at and what came."""

    passed: bool
    what: str = ""
    expected: str = ""
    got: str = ""
    printed: str = ""


def verdict(exercise_id: str, text: str) -> Verdict:
    """Try this text as the answer to an exercise."""
    catalogue.find(exercise_id)
    code = stages.exercise(exercise_id)
    attempt = code.module or STANDALONE
    try:
        check_syntax(text, attempt)
    except WorkshopError as error:
        return Verdict(passed=False, what="your code", expected="Python", got=error.what_happened)
    modules = surroundings(code) | {attempt: text}
    with tempfile.TemporaryDirectory(prefix="check-", dir=private.folder(TEMPORARY)) as name:
        folder = Path(name)
        for module, module_text in modules.items():
            (folder / f"{module}.py").write_text(module_text, encoding="utf-8")
        return _run(exercise_id, folder, attempt)


def surroundings(code: stages.Code) -> dict[str, str]:
    """The modules around an exercise: as they are when the learner comes to it."""
    modules = stages.before(code.notebook)
    for other in stages.codes():
        if other == code:
            break
        if other.module and other.notebook == code.notebook:
            modules[other.module] = other.text
    # What the same notebook writes later, for a module that is imported but not yet there.
    for other in stages.codes():
        if other.module and other.notebook == code.notebook:
            modules.setdefault(other.module, other.text)
    return modules


def _run(exercise_id: str, folder: Path, attempt: str) -> Verdict:
    command = [sys.executable, "-m", "workshop.exercises.trial", exercise_id, str(folder), attempt]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_CURRENT_TEST", None)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        got = f"no end after {LIMIT_SECONDS} s, so it was stopped. Is there a loop that never ends?"
        return Verdict(passed=False, what="your code", expected="to come to an end", got=got)
    try:
        found = json.loads(stages.read(folder / "verdict.json"))
    except (OSError, ValueError):
        got = f"its process ended in the middle (exit code {done.returncode})"
        return Verdict(passed=False, what="your code", expected="to run to its end", got=got)
    printed = done.stdout.strip()[-1000:]
    if found.get("passed"):
        return Verdict(passed=True, printed=printed)
    return Verdict(False, found["what"], found["expected"], found["got"], printed)
