"""The page of a room: seats by exercises, without a server, and safe to look at."""

import os
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.journals import NOON, failed, line, passed
from tests.unit.nasty import MARKUP
from workshop import private
from workshop.commands import room, room_page
from workshop.course import quizzes
from workshop.course.seats import Folder
from workshop.errors import WorkshopError


class Tags(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def page(folder: Path, minute: float = 20, *, live: bool = True) -> str:
    return room_page.page(Folder(folder).look(), NOON + minute * 60, live=live)


def test_a_seat_shows_what_is_passed_and_what_was_checked_in_vain(tmp_path: Path) -> None:
    (tmp_path / "ada.jsonl").write_text(passed(0) + failed(18, "1b") + failed(19, "1b"))
    text = Tags(page(tmp_path)).text
    assert "1 seat" in text
    assert re.search(r"ada.*✓.*✗ 2", text, re.DOTALL)


def test_who_is_stuck_comes_first_with_the_minutes(tmp_path: Path) -> None:
    (tmp_path / "ada.jsonl").write_text(failed(15))
    (tmp_path / "bob.jsonl").write_text(failed(4))
    text = Tags(page(tmp_path)).text
    assert "1a for 16 min" in text
    assert text.index("bob") < text.index("ada")


def test_common_wrong_answers_have_the_number_of_seats(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.jsonl").write_text(failed(0, about="the key of an order"))
    pattern = r"1a · Validate the order in a step\s*the key of an order\s*3"
    assert re.search(pattern, Tags(page(tmp_path)).text)


def test_a_check_that_names_nothing_wrong_is_no_common_answer(tmp_path: Path) -> None:
    (tmp_path / "ada.jsonl").write_text(failed(0, about=""))
    assert "Common wrong answers" not in page(tmp_path)


def test_a_wrong_answer_of_a_quiz_is_shown_with_its_question(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_text(line(0, "quiz", "01.2", "wrong", "At the end."))
    asked = re.escape(quizzes.everything()["01.2"].text)
    assert re.search(rf"01\.2 · {asked}\s*At the end\.\s*2", Tags(page(tmp_path)).text)


def test_an_empty_folder_says_what_belongs_there(tmp_path: Path) -> None:
    text = Tags(page(tmp_path)).text
    assert "0 seats" in text
    assert "The folder has no journal yet: a file NAME.jsonl for each learner." in text


def test_a_page_is_one_file_that_reloads_itself_until_the_end(tmp_path: Path) -> None:
    assert '<meta http-equiv="refresh" content="1">' in page(tmp_path)
    assert "refresh" not in page(tmp_path, live=False)
    assert not Tags(page(tmp_path)).names & {"script", "link", "img", "iframe"}
    assert "default-src 'none'" in page(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="no file has such a name there")
@pytest.mark.parametrize("text", MARKUP)
def test_a_journal_and_its_name_are_shown_as_text(tmp_path: Path, text: str) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "ada.jsonl").write_text(failed(0))
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    name = text.replace("/", "-")
    (hostile / f"{name}.jsonl").write_text(failed(0, about=text) + line(1, "hint", "1a", text))
    shown, wanted = Tags(page(hostile)), Tags(page(plain))
    assert (shown.names, shown.attributes) == (wanted.names, wanted.attributes)
    assert name in shown.text


def test_the_page_is_written_once_and_again_only_if_it_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOON)
    path = tmp_path / "my-work" / "room.html"
    journal = tmp_path / "ada.jsonl"
    journal.write_text(failed(0))
    writer = room.Writer(tmp_path, path)
    assert [writer.write(), writer.write()] == [True, False]
    with journal.open("a") as file:
        file.write(passed(1))
    assert writer.write()
    assert "✓" in path.read_text("utf-8")


def test_a_page_that_a_browser_holds_open_is_written_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = room.Writer(tmp_path, tmp_path / "my-work" / "room.html")

    def held(*_: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(private, "write", held)
        assert not writer.write()
    assert writer.write()


def test_ctrl_c_leaves_a_page_that_no_longer_reloads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "MY_WORK", tmp_path / "my-work")
    monkeypatch.setattr(time, "sleep", interrupt)
    assert room.run([str(tmp_path)]) == 0
    assert "refresh" not in (tmp_path / "my-work" / "room.html").read_text("utf-8")


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match="is not a folder"):
        room.run([str(tmp_path / "nowhere")])
