"""Runs a test that a learner wrote: on the right application, and on broken copies of it.

A test that passes everywhere tests nothing. So it must pass on the right code, and fail on each
copy that has one mistake.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from workshop.course import application, stages
from workshop.course.own_application import SHARED_BY_TESTS
from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.expect import NotYet, expect_that
from workshop.exercises.limits import WAIT_SECONDS

PASSED, FAILED, NOTHING_FOUND = 0, 1, 5
SECONDS = 0.9 * WAIT_SECONDS  # before the limit ends this process
Steps = tuple[str, ...]


@dataclass(frozen=True)
class Mistake:
    """A mistake in a module: `old` is replaced by `new`. `said` is what a learner reads of it."""

    module: str
    old: str
    new: str
    said: str


@dataclass(frozen=True)
class Outcome:
    """What pytest found: its exit code, how many tests passed, and why the first failed."""

    code: int
    passed: int
    failure: str


def expect_it_notices(
    runner: CheckRunner, code: stages.Code, mistakes: tuple[Mistake, ...], steps: Steps = ()
) -> None:
    """Raise `NotYet` unless the test passes on the right code, and fails with each mistake.

    The right code is that with which the notebook begins: cells may have broken it since. With
    STEPS, `contract.STEPS` has only those: a test for each step need not take minutes.
    """
    right = run(code, None, steps)
    expect_that(
        right.code != NOTHING_FOUND,
        "your file",
        "at least one function whose name begins with test_",
        "pytest finds none",
    )
    what = "your test, run on the application as the notebook begins with it"
    expect_that(right.code == PASSED, what, "to pass", right.failure)
    expect_that(right.passed > 0, what, "to run", "it is skipped")
    for mistake in mistakes:
        runner.begin_again()
        found = run(code, mistake, steps)
        if found.code != FAILED:
            raise NotYet(
                f"your test, run on a broken copy of the application: {mistake.said}",
                "to fail",
                "it passes, so it would not notice this mistake",
            )


def run(code: stages.Code, mistake: Mistake | None, steps: Steps) -> Outcome:
    """Run the test that is in this folder on a copy of the application."""
    app = application.Application(Path("tested").absolute(), Path())
    shutil.rmtree(app.folder, ignore_errors=True)
    app.modules.mkdir(parents=True)
    app.tests.mkdir()
    for module, text in stages.before(code.notebook).items():
        app.file_of(module).write_text(text, "utf-8")
    shutil.copy(f"{code.module}.py", app.tests)
    for path in (app.folder / "pytest.ini", app.file_of("conftest")):
        shutil.copy(SHARED_BY_TESTS / path.name, path)
    if mistake:
        _put(app.file_of(mistake.module), mistake)
    if steps:
        with app.file_of("contract").open("a", encoding="utf-8") as contract:
            contract.write(f"\nSTEPS = {steps!r}\n")
    return _outcome(app, app.file_of(code.module))


def _put(path: Path, mistake: Mistake) -> None:
    text = path.read_text("utf-8")
    if mistake.old not in text:
        raise ValueError(f"{path.name} has no {mistake.old!r}")
    path.write_text(text.replace(mistake.old, mistake.new), "utf-8")


def _outcome(app: application.Application, test: Path) -> Outcome:
    report = app.folder / "report.xml"
    words = ["-x", "-p", "no:cacheprovider", "--junitxml", str(report), str(test)]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=app.folder,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotYet("your test", "to come to an end", f"no end after {SECONDS:g} s") from None
    if not report.exists():
        return Outcome(done.returncode, 0, f"its process ended (exit code {done.returncode})")
    cases = list(ET.parse(report).iter("testcase"))  # noqa: S314 - pytest wrote it
    bad = [(case, found) for case in cases for found in case if found.tag in ("failure", "error")]
    skipped = sum(found.tag == "skipped" for case in cases for found in case)
    failure = "; ".join(_told(case, found) for case, found in bad[:1])
    return Outcome(done.returncode, len(cases) - len(bad) - skipped, failure)


def _told(case: ET.Element, found: ET.Element) -> str:
    """Return a failure in a sentence: the test, and the first line of its error."""
    lines = [line[1:].strip() for line in (found.text or "").splitlines() if line.startswith("E ")]
    message = (lines or (found.get("message") or "it fails").splitlines())[0]
    return f"{case.get('name')}: {message.removeprefix('AssertionError: ')}"
