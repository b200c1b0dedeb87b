"""The report of a learner's progress: one page to print, made from answers and the journal."""

import os
import re
import stat
from pathlib import Path

import pytest

from tests.unit.journals import NOON, failed, line, passed
from workshop.course import journal, my_work
from workshop.errors import WorkshopError
from workshop.notebook import verbs


def report(folder: Path) -> str:
    verbs.progress("html")
    return (folder / "my-work" / "exports" / "progress.html").read_text("utf-8")


def row(page: str, exercise: str) -> list[str]:
    """The cells of an exercise."""
    (found,) = [
        cells
        for each in page.split("<tr>")
        if (cells := re.findall(r"<td[^>]*>(.*?)</td>", each)) and cells[0] == exercise
    ]
    return found


def keep(folder: Path, *lines: str) -> None:
    (folder / "my-work" / "journal.jsonl").write_text("".join(lines))


def test_a_report_has_the_state_of_each_exercise_its_checks_and_its_minutes(
    folder: Path, mine: str
) -> None:
    keep(folder, *[failed(n) for n in range(3)], passed(3), line(4, "hint", "1b", "shown"))
    page = report(folder)
    assert row(page, "1a")[2:] == ["✓ passed", "4", "0", "2 min"]
    assert row(page, "1b")[2:] == ["○ not yet attempted", "0", "0", "1 min"]
    assert "1 of " in page


def test_a_break_is_no_time_at_an_exercise() -> None:
    lines = [
        journal.Line(NOON, "check", "1a", "not yet", seconds=8 * 60 * 60),
        journal.Line(NOON, "check", "1a", "passed", seconds=120),
    ]
    assert journal.working_seconds(lines) == 120


def test_without_a_journal_the_report_has_the_states(folder: Path) -> None:
    assert row(report(folder), "1a")[2:] == ["○ not yet attempted", "", "0", ""]


def test_a_report_is_one_page_that_loads_nothing_and_escapes_what_it_shows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "NOT_ATTEMPTED", "<img src=x onerror=alert(1)>")
    page = report(folder)
    assert "&lt;img" in page
    assert not re.search(r"<(script|img|link|iframe)\b", page)
    assert "default-src 'none'" in page


@pytest.mark.skipif(os.name == "nt", reason="there the profile folder is private")
def test_only_its_owner_can_read_a_report(folder: Path) -> None:
    report(folder)
    path = my_work.HOME / "exports" / "progress.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_verb_says_where_the_report_is(folder: Path) -> None:
    assert "my-work/exports/progress.html" in repr(verbs.progress("html"))


def test_another_form_is_told(folder: Path) -> None:
    with pytest.raises(WorkshopError, match=r"no form 'pdf'.*progress\(\"html\"\)"):
        verbs.progress("pdf")
