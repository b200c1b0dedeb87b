"""The page of a room in a real browser, from a file: it follows the journals, and runs nothing."""

from pathlib import Path

import pytest

from tests.unit.journals import line
from tests.unit.nasty import MARKUP
from workshop.commands.room import Writer

pytest.importorskip("playwright")


def test_an_open_page_follows_the_journals_and_shows_them_as_text(chromium, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    path, journal = tmp_path / "my-work" / "room.html", tmp_path / "ada.jsonl"
    journal.write_text(line(0, "check", "1a", "not yet", "the operations"))
    writer = Writer(tmp_path, path)
    writer.write()
    page, problems = chromium.new_page(), []
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    page.on("console", lambda message: problems.append(message.text))
    page.goto(path.as_uri())
    expect(page.get_by_role("cell", name="✗ 1", exact=True)).to_be_visible()

    for text in MARKUP[:5]:
        with journal.open("a") as file:
            file.write(line(1, "quiz", "01.2", "wrong", text))
    with journal.open("a") as file:
        file.write(line(2, "check", "1a", "passed"))
    writer.write()
    expect(page.get_by_role("cell", name="✓", exact=True)).to_be_visible()
    for text in MARKUP[:5]:
        expect(page.get_by_role("cell", name=text, exact=True)).to_be_visible()
    assert problems == []
    page.close()
