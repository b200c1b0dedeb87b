"""The learner's journal: a line for each check and hint, private, whole, and easy to turn off."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.course import journal, my_work
from workshop.paths import ROOT

WRITER = """
import sys
from pathlib import Path
from workshop.course import journal, my_work
my_work.HOME = Path(sys.argv[1])
for number in range(200):
    journal.note("check", "1a", "not yet", sys.argv[2] * 40)
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(my_work, "HOME", tmp_path / "my-work")
    monkeypatch.delenv("WORKSHOP_JOURNAL", raising=False)
    return tmp_path / "my-work"


def lines(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (home / "journal.jsonl").read_text().splitlines()]


def test_a_line_has_the_exercise_the_outcome_and_the_seconds_and_nothing_else(home: Path) -> None:
    journal.note("check", "1a", "not yet", "the operations")
    (line,) = lines(home)
    assert set(line) == {"at", "kind", "exercise", "outcome", "about", "seconds"}
    assert (line["exercise"], line["outcome"]) == ("1a", "not yet")


def test_the_seconds_are_those_since_the_line_before(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, 142.0])
    monkeypatch.setattr(journal, "_monotonic", lambda: next(clock))
    monkeypatch.setattr(journal, "_former", [90.0])
    journal.note("hint", "1a", "shown")
    journal.note("check", "1a", "passed")
    assert [line["seconds"] for line in lines(home)] == [10, 42]


def test_one_setting_turns_it_off(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSHOP_JOURNAL", "off")
    journal.note("check", "1a", "passed")
    assert not home.exists()


@pytest.mark.skipif(os.name == "nt", reason="there the profile folder is private")
def test_only_its_owner_can_read_it(home: Path) -> None:
    home.mkdir()
    (home / "journal.jsonl").touch(0o644)
    journal.note("check", "1a", "passed")
    assert stat.S_IMODE((home / "journal.jsonl").stat().st_mode) == 0o600


def test_a_journal_that_cannot_be_written_stops_no_check(home: Path) -> None:
    (home / "journal.jsonl").mkdir(parents=True)
    journal.note("check", "1a", "passed")


def test_lines_of_parallel_kernels_stay_whole(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(home), name], env=environment)
        for name in "abc"
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    found = lines(home)
    assert len(found) == 600
    assert {line["about"] for line in found} == {name * 40 for name in "abc"}


def test_a_line_is_read_as_it_was_written(home: Path) -> None:
    journal.note("check", "1a", "not yet", "the operations")
    (line,) = journal.read(home / "journal.jsonl")
    assert (line.kind, line.exercise, line.outcome) == ("check", "1a", "not yet")
    assert line.about == "the operations"


GOOD = {"at": "2026-01-02T03:04:05Z", "kind": "check", "exercise": "1a", "outcome": "passed"}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no JSON",
        "[]",
        "[" * 100_000,
        json.dumps({**GOOD, "at": "yesterday"}),
        json.dumps({**GOOD, "at": "2026-01-02T03:04:05"}),
        json.dumps({**GOOD, "kind": "exploit"}),
        json.dumps({**GOOD, "exercise": "<b>"}),
        json.dumps({**GOOD, "exercise": ["1a"]}),
        json.dumps({**GOOD, "outcome": 7}),
        json.dumps({**GOOD, "seconds": "many"}),
        json.dumps({**GOOD, "seconds": float("nan")}),
        json.dumps({**GOOD, "about": "x" * 5000}),
    ],
    ids=range(13),
)
def test_a_line_that_is_no_line_of_a_journal_is_left_out(line: str) -> None:
    assert journal.parse(line.encode()) is None
    assert journal.parse(json.dumps(GOOD).encode()) is not None


def test_bytes_that_are_no_text_are_left_out() -> None:
    assert journal.parse(b"\xff\xfe{}") is None
