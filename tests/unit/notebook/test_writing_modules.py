"""Cells write modules and catching up brings them; what was there is copied."""

import shutil
from pathlib import Path

import pytest

from tests.unit.learner import copies, written
from workshop.course import stages
from workshop.errors import WorkshopError
from workshop.notebook import magics, verbs

LAST = int(stages.solved()[-1].name[:2])


def test_a_notebook_starts_without_the_modules_that_it_writes(folder: Path) -> None:
    assert not (folder / "my-work" / "app" / "modules" / "workflow.py").exists()
    assert (folder / "my-work" / "app" / "modules" / "store.py").exists()


def test_a_cell_writes_its_module(folder: Path, shown: list[str]) -> None:
    magics.module("validation", "x = 1\n")
    assert written(folder, "validation") == "x = 1\n"
    assert shown == ["my-work/app/modules/validation.py has 1 line."]


def test_a_cell_with_a_syntax_error_writes_nothing_and_names_the_line(folder: Path) -> None:
    magics.module("validation", "x = 1\n")
    with pytest.raises(WorkshopError, match=r"not Python yet.* in line 3 .*Nothing was written"):
        magics.module("validation", "x = 2\ndef f(:\n")
    assert written(folder, "validation") == "x = 1\n"


@pytest.mark.parametrize("line", ["", "../evil", "two words too many", "a.b"])
def test_a_magic_that_cannot_be_understood_says_how_it_is_written(folder: Path, line: str) -> None:
    with pytest.raises(WorkshopError, match="%%module NAME"):
        magics.module(line, "x = 1\n")


def test_what_a_cell_replaces_is_copied_unless_it_is_the_workshops(
    folder: Path, shown: list[str]
) -> None:
    magics.module("validation", "mine = 1\n")
    magics.module("validation", stages.complete()["validation"])
    assert copies(folder) == ["mine = 1\n"]
    magics.module("validation", "mine = 2\n")
    assert copies(folder) == ["mine = 1\n"]


def test_catching_up_brings_the_modules_and_copies_what_was_there(folder: Path) -> None:
    (folder / "my-work" / "app" / "modules" / "workflow.py").write_text("mine = 1\n")
    said = repr(verbs.catch_up(2))
    assert "has been brought where notebook 02 begins" in said
    assert "What you had there is kept: my-work/copies/" in said
    assert written(folder, "workflow") == stages.before("02")["workflow"]
    assert copies(folder) == ["mine = 1\n"]
    assert "already is where notebook 02 begins" in repr(verbs.catch_up("2"))


def test_what_is_no_text_is_copied_as_it_was(folder: Path) -> None:
    (folder / "my-work" / "app" / "modules" / "payment.py").write_bytes(b"\xff\x00rubbish")
    verbs.catch_up(3)
    (copy,) = (folder / "my-work" / "copies").iterdir()
    assert copy.read_bytes() == b"\xff\x00rubbish"


@pytest.mark.parametrize("number", ["three", "", LAST + 1, -1, 1.5])
def test_there_is_no_catching_up_with_a_notebook_that_does_not_exist(
    folder: Path, number: object
) -> None:
    with pytest.raises(WorkshopError, match=rf"Notebook .* does not exist. .* from 0 to {LAST}"):
        verbs.catch_up(number)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("validaton", "Did you mean validation?"),
        ("zebra", "none imports it"),
        ("store", "one of the given modules"),
    ],
)
def test_an_odd_name_of_a_module_is_told(
    folder: Path, shown: list[str], name: str, words: str
) -> None:
    magics.module(name, "x = 1\n")
    assert words in shown[0]


def test_a_deleted_modules_folder_is_made_again(folder: Path, shown: list[str]) -> None:
    shutil.rmtree(folder / "my-work" / "app" / "modules")
    verbs.catch_up(2)
    assert written(folder, "workflow") == stages.before("02")["workflow"]
