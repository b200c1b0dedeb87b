"""The learner works in copies of the notebooks, so that a pull never conflicts with their work."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from workshop.course import notebook_copies
from workshop.paths import ROOT

NAME = "03_risk_and_invoice.ipynb"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository's folder with two of the notebooks."""
    (tmp_path / "clone" / "notebooks").mkdir(parents=True)
    for name in ("00_start_here.ipynb", NAME):
        shutil.copy2(ROOT / "notebooks" / name, tmp_path / "clone" / "notebooks")
    return tmp_path / "clone"


def read(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def write(path: Path, notebook: dict[str, Any]) -> None:
    """As JupyterLab saves it."""
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def copy_of(root: Path, name: str = NAME) -> Path:
    return root / "my-work" / "notebooks" / name


def exercise(notebook: dict[str, Any], exercise_id: str) -> dict[str, Any]:
    """The cell of an exercise."""
    (cell,) = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("workshop", {}).get("exercise") == exercise_id
    ]
    found: dict[str, Any] = cell
    return found


def answer(path: Path) -> dict[str, Any]:
    """Answer 3a, run a cell and add one, as a learner does."""
    notebook = read(path)
    exercise(notebook, "3a")["source"] = ["%%module risk 3a\n", "ANSWER = 42"]
    exercise(notebook, "3a")["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": ["kept\n"]}
    ]
    added = {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": ["My notes"]}
    notebook["cells"].insert(4, added)
    write(path, notebook)
    return notebook


def change_text(path: Path) -> str:
    """A release that changes a paragraph; the new text."""
    notebook = read(path)
    notebook["cells"][0]["source"][0] = "# 03 · Risk and invoice, revised\n"
    notebook["cells"][0]["id"] = "revised"
    write(path, notebook)
    return "# 03 · Risk and invoice, revised\n"


def texts(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in read(path)["cells"]]


def files(root: Path) -> dict[Path, tuple[int, bytes]]:
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


def test_a_copy_is_the_notebook_with_its_links_one_level_deeper(root: Path) -> None:
    changes = notebook_copies.bring(root)
    assert [change.copy.name for change in changes] == ["00_start_here.ipynb", NAME]
    assert [change.said for change in changes] == ["", ""]
    original = root / "notebooks" / "00_start_here.ipynb"
    expected = original.read_text(encoding="utf-8").replace("](../docs/", "](../../docs/")
    assert copy_of(root, "00_start_here.ipynb").read_text(encoding="utf-8") == expected
    assert copy_of(root).read_bytes() == (root / "notebooks" / NAME).read_bytes()


def test_a_copy_has_unix_line_ends_wherever_git_has_put_others(root: Path) -> None:
    original = root / "notebooks" / NAME
    content = original.read_bytes()
    original.write_bytes(content.replace(b"\n", b"\r\n"))
    notebook_copies.bring(root)
    assert copy_of(root).read_bytes() == content


def test_nothing_is_written_when_nothing_has_changed(root: Path) -> None:
    notebook_copies.bring(root)
    answer(copy_of(root))
    before = files(root)
    assert notebook_copies.bring(root) == []
    assert files(root) == before


def test_a_copy_that_was_deleted_is_made_again(root: Path) -> None:
    notebook_copies.bring(root)
    answer(copy_of(root))
    copy_of(root).unlink()
    notebook_copies.bring(root)
    assert copy_of(root).read_bytes() == (root / "notebooks" / NAME).read_bytes()


def test_an_update_says_what_is_kept_and_where_the_former_file_is(root: Path) -> None:
    notebook_copies.bring(root)
    answer(copy_of(root))
    saved = copy_of(root).read_bytes()
    new = change_text(root / "notebooks" / NAME)
    (change,) = notebook_copies.bring(root)
    assert change.former is not None
    assert change.said == (
        "Notebook 03 was updated: new text; your 1 answer and 1 added cell are kept. "
        f"The former file is my-work/copies/{change.former.name}."
    )
    assert change.former.parent == root / "my-work" / "copies"
    assert change.former.read_bytes() == saved
    cells = texts(copy_of(root))
    assert cells[0].startswith(new)
    assert cells[4] == "My notes"
    assert exercise(read(copy_of(root)), "3a")["outputs"]
    assert notebook_copies.bring(root) == []


def test_an_untouched_copy_is_replaced_and_leaves_no_former_file(root: Path) -> None:
    notebook_copies.bring(root)
    change_text(root / "notebooks" / NAME)
    (change,) = notebook_copies.bring(root)
    assert change.said == "Notebook 03 was updated: new text."
    assert copy_of(root).read_bytes() == (root / "notebooks" / NAME).read_bytes()
    assert not (root / "my-work" / "copies").exists()


def test_two_updates_in_one_second_keep_both_former_files(root: Path) -> None:
    notebook_copies.bring(root)
    answer(copy_of(root))
    original = read(root / "notebooks" / NAME)
    for text in ("one", "two"):
        original["cells"][0]["source"] = [text]
        write(root / "notebooks" / NAME, original)
        notebook_copies.bring(root)
    assert len(list((root / "my-work" / "copies").iterdir())) == 2


def test_a_new_starter_of_an_answered_exercise_is_told(root: Path) -> None:
    notebook_copies.bring(root)
    answer(copy_of(root))
    original = read(root / "notebooks" / NAME)
    exercise(original, "3a")["source"].append("\n# and the rest")
    write(root / "notebooks" / NAME, original)
    (change,) = notebook_copies.bring(root)
    assert 'The start of exercise 3a has changed: reset("3a") shows the new one' in change.said
    assert "%%module risk 3a\nANSWER = 42" in texts(copy_of(root))


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"\xff\xfe", b"[]", b'{"cells": [], "nbformat": 3}', b'{"cells": [1]}']
)
def test_a_broken_copy_is_kept_and_a_fresh_one_made(root: Path, broken: bytes) -> None:
    notebook_copies.bring(root)
    copy_of(root).write_bytes(broken)
    (change,) = notebook_copies.bring(root)
    assert change.former is not None
    assert change.former.read_bytes() == broken
    assert change.said == (
        f"my-work/notebooks/{NAME} cannot be read, so there is a fresh one. "
        f"The former file is my-work/copies/{change.former.name}."
    )
    assert copy_of(root).read_bytes() == (root / "notebooks" / NAME).read_bytes()


@pytest.mark.parametrize("base", [None, b"", b"{"])
def test_a_copy_whose_base_is_missing_or_broken_is_kept_and_a_fresh_one_made(
    root: Path, base: bytes | None
) -> None:
    notebook_copies.bring(root)
    answer(copy_of(root))
    saved, path = copy_of(root).read_bytes(), root / "my-work" / "notebooks" / ".base" / NAME
    if base is None:
        path.unlink()
    else:
        path.write_bytes(base)
    (change,) = notebook_copies.bring(root)
    assert change.former is not None
    assert change.former.read_bytes() == saved
    assert "has lost the version that it was made from" in change.said
    assert notebook_copies.bring(root) == []


def test_an_untouched_copy_gets_a_lost_base_back_silently(root: Path) -> None:
    notebook_copies.bring(root)
    (root / "my-work" / "notebooks" / ".base" / NAME).unlink()
    assert notebook_copies.bring(root) == []
    answer(copy_of(root))
    assert notebook_copies.bring(root) == []


WITHOUT_IDS = """{"cells": [{"cell_type": "code", "metadata": {}, "source": []}],
    "metadata": {}, "nbformat": 4, "nbformat_minor": 4}"""


@pytest.mark.parametrize("broken", ["<<<<<<< HEAD", WITHOUT_IDS])
def test_a_broken_original_leaves_the_copy_alone(root: Path, broken: str) -> None:
    notebook_copies.bring(root)
    saved = answer(copy_of(root))
    (root / "notebooks" / NAME).write_text(broken, encoding="utf-8")
    (change,) = notebook_copies.bring(root)
    assert change.said == (
        f"notebooks/{NAME} cannot be read. Restore it: git checkout notebooks/{NAME}"
    )
    assert read(copy_of(root)) == saved


def test_an_open_copy_is_left_alone_and_a_missing_one_is_made(root: Path) -> None:
    notebook_copies.bring(root)
    copy_of(root, "00_start_here.ipynb").unlink()
    saved = answer(copy_of(root))
    change_text(root / "notebooks" / NAME)
    made, later = notebook_copies.bring(root, in_use=True)
    assert made.copy.exists()
    assert later.said == (
        "Notebook 03 has a new version. "
        "Your copy gets it when you stop JupyterLab and start it again."
    )
    assert read(copy_of(root)) == saved


def git(where: Path, *words: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    command = ["git", *who, *words]
    return subprocess.run(command, cwd=where, check=True, capture_output=True, text=True).stdout


def test_a_pull_brings_new_text_starters_and_modules_without_a_conflict(tmp_path: Path) -> None:
    upstream = tmp_path / "upstream"
    shutil.copytree(ROOT / "notebooks", upstream / "notebooks")
    shutil.copy2(ROOT / ".gitignore", upstream)
    git(upstream, "init", "-q")
    git(upstream, "add", ".")
    git(upstream, "commit", "-qm", "The first release")
    git(tmp_path, "clone", "-q", str(upstream), "clone")
    clone = tmp_path / "clone"

    notebook_copies.bring(clone)
    answer(copy_of(clone))
    for path in copy_of(clone).parent.glob("*.ipynb"):  # Run All, and save
        notebook = read(path)
        for number, cell in enumerate(notebook["cells"]):
            if cell["cell_type"] == "code":
                cell["execution_count"] = number
        write(path, notebook)
    assert git(clone, "status", "--porcelain") == ""

    release = upstream / "notebooks" / NAME
    new_text = change_text(release)
    notebook = read(release)
    exercise(notebook, "3b")["source"].append("\n# One more hint.")
    workflow = next(
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("workshop", {}).keys() >= {"module"}
        and "exercise" not in cell["metadata"]["workshop"]
    )
    workflow["source"].append("\n# A new line of the module.")
    write(release, notebook)
    git(upstream, "commit", "-qam", "The second release")
    git(clone, "pull", "-q")

    (change,) = notebook_copies.bring(clone)
    cells = texts(copy_of(clone))
    assert cells[0].startswith(new_text)
    assert "%%module risk 3a\nANSWER = 42" in cells
    assert "My notes" in cells
    assert any(cell.endswith("\n# One more hint.") for cell in cells)
    assert any(cell.endswith("\n# A new line of the module.") for cell in cells)
    assert "your 1 answer and 1 added cell are kept" in change.said
    assert git(clone, "status", "--porcelain") == ""
