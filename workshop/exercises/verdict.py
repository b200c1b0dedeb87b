"""Runs an attempt in a process that may loop, crash or exit without harm to the notebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workshop import private
from workshop.course import application, parts, stages
from workshop.course.workspace import check_syntax
from workshop.errors import WorkshopError
from workshop.exercises import catalogue, limits
from workshop.exercises.cell import CELL
from workshop.paths import ROOT, TEMPORARY

SHOW_SECONDS = 1
STANDALONE = "attempt"


@dataclass(frozen=True)
class Verdict:
    """Whether an attempt is right; if not, what was checked, expected and got."""

    passed: bool
    what: str = ""
    expected: str = ""
    got: str = ""
    printed: str = ""


def judge(exercise_id: str, text: str, show: Callable[[float], None] = lambda _: None) -> Verdict:
    """Check this text as the answer to an exercise; call `show` with the seconds so far."""
    code = catalogue.find(exercise_id).code
    attempt = code.module or STANDALONE
    try:
        check_syntax(text, attempt)
    except WorkshopError as error:
        return Verdict(passed=False, what="your code", expected="Python", got=error.what_happened)
    if code.is_part and (lost := parts.names(code.cell) - parts.names(text)):
        # The whole module still has the workshop's own, which would pass in its place.
        back = f'; reset("{exercise_id}") brings it back'
        at_first = lost <= parts.names(code.starter)
        got = f"your cell does not define it{back if at_first else ''}"
        return Verdict(False, "your code", f"to define {', '.join(sorted(lost))}", got)
    modules = surroundings(code) | {attempt: code.whole(text)}
    with tempfile.TemporaryDirectory(prefix="check-", dir=private.folder(TEMPORARY)) as name:
        folder = Path(name)
        for module, module_text in modules.items():
            (folder / f"{module}.py").write_text(module_text, encoding="utf-8")
        (folder / CELL).write_text(text, encoding="utf-8")
        return _run(exercise_id, folder, attempt, show)


def surroundings(code: stages.Code) -> dict[str, str]:
    """Return the modules around an exercise, as they are when the learner reaches it.

    A service has no stages: its modules are the learner's, as they are now.
    """
    modules = stages.before(code.notebook)
    for other in stages.codes():
        if other == code:
            break
        if other.module and other.notebook == code.notebook:
            modules[other.module] = other.text
    # Modules that the same notebook writes later, because others may import them already.
    for other in stages.codes():
        if other.module and other.notebook == code.notebook:
            modules.setdefault(other.module, other.text)
    service = {name for name in modules if application.is_of_service(name)}
    mine = {name: private.read(application.YOURS.file_of(name)) for name in service}
    return modules | {name: text for name, text in mine.items() if text is not None}


def _run(exercise_id: str, folder: Path, attempt: str, show: Callable[[float], None]) -> Verdict:
    words = [exercise_id, str(folder), attempt, str(limits.CPU_SECONDS), str(limits.WAIT_SECONDS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_CURRENT_TEST", None)
    trial = subprocess.Popen(
        [sys.executable, "-m", "workshop.exercises.check_process", *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    printed = _await(trial, show).strip()[-1000:]
    try:
        found = json.loads(stages.read(folder / "verdict.json"))
    except (OSError, ValueError):
        endless = limits.told(folder, attempt, trial.returncode)
        got = endless or f"its process ended in the middle (exit code {trial.returncode})"
        return Verdict(False, "your code", "to come to an end", got, printed)
    if found.get("passed"):
        return Verdict(passed=True, printed=printed)
    return Verdict(False, found["what"], found["expected"], found["got"], printed)


def _await(trial: subprocess.Popen[str], show: Callable[[float], None]) -> str:
    """Return what the process prints until its end; kill it if the caller stops waiting."""
    began = time.monotonic()
    with trial:
        try:
            while True:
                try:
                    return trial.communicate(timeout=SHOW_SECONDS)[0]
                except subprocess.TimeoutExpired:
                    show(time.monotonic() - began)
        finally:
            trial.kill()
