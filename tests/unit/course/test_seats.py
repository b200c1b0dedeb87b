"""A folder of journals, followed: what each seat has done, and who is stuck."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.journals import NOON, failed, line, passed
from workshop.course import journal, seats
from workshop.course.seats import Folder, Seat


def append(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.write("".join(lines))


def only(folder: Folder) -> Seat:
    (seat,) = folder.look()
    return seat


@pytest.fixture
def stuck(tmp_path: Path) -> Callable[..., float | None]:
    """Says for how many minutes a learner with these lines is stuck, some minutes after noon."""

    def minutes(now: float, *lines: str) -> float | None:
        append(tmp_path / "ada.jsonl", *lines)
        seconds = only(Folder(tmp_path)).stuck_seconds(NOON + now * 60)
        return None if seconds is None else seconds / 60

    return minutes


def test_each_journal_is_a_seat_with_its_exercises(tmp_path: Path) -> None:
    hint = line(1, "hint", "1b", "shown", "hint 1")
    append(tmp_path / "ada.jsonl", failed(0), passed(1), hint, failed(2, "1b"))
    append(tmp_path / "bob.jsonl")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "folder.jsonl").mkdir()
    ada, bob = Folder(tmp_path).look()
    assert (ada.name, bob.name) == ("ada", "bob")
    assert ada.works["1a"].passed
    assert (ada.works["1b"].failed, ada.works["1b"].hints) == (1, 1)
    assert not bob.works


def test_only_what_was_appended_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    parse = journal.parse

    def noted(text: bytes) -> journal.Line | None:
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr(journal, "parse", noted)
    folder = Folder(tmp_path)
    append(tmp_path / "ada.jsonl", failed(0), failed(1))
    folder.look()
    folder.look()
    append(tmp_path / "ada.jsonl", failed(2))
    assert only(folder).works["1a"].failed == 3
    assert len(parsed) == 3


def test_half_a_line_waits_for_its_other_half(tmp_path: Path) -> None:
    folder, text = Folder(tmp_path), failed(0)
    append(tmp_path / "ada.jsonl", text[:20])
    assert not only(folder).works
    append(tmp_path / "ada.jsonl", text[20:])
    assert only(folder).works["1a"].failed == 1


@pytest.mark.parametrize("replaced", [True, False], ids=["by another file", "in its place"])
def test_a_journal_that_was_replaced_is_read_again(tmp_path: Path, replaced: bool) -> None:
    folder, path = Folder(tmp_path), tmp_path / "ada.jsonl"
    append(path, failed(0), failed(1))
    folder.look()
    if replaced:
        append(tmp_path / "new", failed(0), failed(1), failed(2))
        (tmp_path / "new").replace(path)
    else:
        path.write_text(failed(0))
    assert only(folder).works["1a"].failed == (3 if replaced else 1)


def test_a_journal_that_is_gone_has_no_seat(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    append(tmp_path / "ada.jsonl", failed(0))
    folder.look()
    (tmp_path / "ada.jsonl").unlink()
    assert folder.look() == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ada.jsonl")
    assert Folder(tmp_path).look() == []


def test_a_long_file_without_lines_is_passed_over_bit_by_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST_BYTES", 1000)
    folder, path = Folder(tmp_path), tmp_path / "ada.jsonl"
    append(path, "x" * 1500 + "\n", failed(0))
    assert not only(folder).works
    assert only(folder).works["1a"].failed == 1


def test_three_failed_checks_are_stuck_since_the_first_line(stuck: Callable[..., float]) -> None:
    assert stuck(5, failed(1), failed(2)) is None
    assert stuck(5, failed(3)) == 4


def test_ten_minutes_at_an_exercise_are_stuck(stuck: Callable[..., float]) -> None:
    assert stuck(9, line(0, "hint", "1a", "shown")) is None
    assert stuck(12) == 12


def test_who_passes_is_not_stuck_and_who_left_is_not(stuck: Callable[..., float]) -> None:
    assert stuck(300, failed(0), failed(1), failed(2)) is None
    assert stuck(20, passed(19)) is None


def test_a_learner_whose_clock_is_ahead_is_stuck_for_no_time(stuck: Callable[..., float]) -> None:
    assert stuck(0, failed(5), failed(6), failed(7)) == 0


def test_a_wrong_answer_counts_once_for_each_seat(tmp_path: Path) -> None:
    append(tmp_path / "ada.jsonl", failed(0), failed(1), failed(2, about="the key"))
    append(tmp_path / "bob.jsonl", failed(0))
    assert seats.common_wrong(Folder(tmp_path).look()) == [
        (("1a", "the operations"), 2),
        (("1a", "the key"), 1),
    ]
