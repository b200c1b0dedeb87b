"""JupyterLab trusts the repository's own notebooks while they are unchanged, and no others."""

import json
import shutil
import subprocess

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from workshop.commands import trusted_notebooks
from workshop.course import notebook_copies
from workshop.paths import ROOT


def git(folder, *words):
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path):
    """A repository with all notebooks, committed as they are here."""
    for name in ("notebooks", "solutions"):
        (tmp_path / "clone" / name).mkdir(parents=True)
        for path in (ROOT / name).glob("*.ipynb"):
            shutil.copy2(path, tmp_path / "clone" / name)
    git(tmp_path / "clone", "init", "-q")
    git(tmp_path / "clone", "add", ".")
    git(tmp_path / "clone", "commit", "-qm", "All notebooks")
    return tmp_path / "clone"


def trusted(path, data) -> bool:
    """Whether a JupyterLab that keeps its data there trusts the notebook."""
    notary = NotebookNotary(data_dir=str(data))
    try:
        return notary.check_signature(nbformat.read(path, as_version=4))
    finally:
        notary.store.close()


def test_every_committed_notebook_is_trusted(clone, tmp_path):
    signed = trusted_notebooks.sign(tmp_path / "data", clone)
    assert sorted(signed) == sorted(clone.glob("*/*.ipynb"))
    assert all(trusted(path, tmp_path / "data") for path in signed)


def test_a_notebook_with_another_output_is_not_trusted(clone, tmp_path):
    path = clone / "notebooks" / "00_start_here.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("<table", "<script>1</script><table", 1), encoding="utf-8")
    trusted_notebooks.sign(tmp_path / "data", clone)
    assert not trusted(path, tmp_path / "data")
    assert trusted(clone / "solutions" / "00_start_here.ipynb", tmp_path / "data")


def test_a_notebook_from_elsewhere_is_not_trusted(clone, tmp_path):
    path = clone / "notebooks" / "99_from_elsewhere.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    git(clone, "add", str(path))
    assert path not in trusted_notebooks.sign(tmp_path / "data", clone)


def test_without_a_repository_nothing_is_signed(tmp_path):
    assert trusted_notebooks.unchanged(tmp_path) == []


NAME = "00_start_here.ipynb"


def change(path, find, replacement):
    """Change a notebook on disk."""
    text = path.read_text(encoding="utf-8")
    assert find in text
    path.write_text(text.replace(find, replacement, 1), encoding="utf-8", newline="\n")


def add_a_cell(path):
    """Add a cell to a copy, as a learner does."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": ["Mine"]}
    notebook["cells"].append(cell)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def release(clone):
    """Commit a new text."""
    change(clone / "notebooks" / NAME, "# 00 · ", "# 00, revised · ")
    git(clone, "commit", "-qam", "A new text")


@pytest.fixture
def copies(clone, tmp_path):
    """The learner's copies, as `make lab` makes them the first time."""
    trusted_notebooks.sign(tmp_path / "data", clone, notebook_copies.bring(clone))
    return notebook_copies.folder(clone)


def test_a_fresh_copy_is_trusted(copies, tmp_path):
    paths = list(copies.glob("*.ipynb"))
    assert paths
    assert all(trusted(path, tmp_path / "data") for path in paths)


def test_an_untouched_copy_is_trusted_again_when_the_signatures_are_lost(clone, copies, tmp_path):
    trusted_notebooks.sign(tmp_path / "new data", clone, notebook_copies.bring(clone))
    assert trusted(copies / NAME, tmp_path / "new data")


def test_a_copy_of_a_changed_notebook_is_not_trusted(clone, tmp_path):
    change(clone / "notebooks" / NAME, "<table", "<script>1</script><table")
    trusted_notebooks.sign(tmp_path / "data", clone, notebook_copies.bring(clone))
    assert not trusted(notebook_copies.folder(clone) / NAME, tmp_path / "data")


def test_a_changed_copy_is_not_trusted(clone, copies, tmp_path):
    change(copies / NAME, "<table", "<script>1</script><table")
    trusted_notebooks.sign(tmp_path / "data", clone, notebook_copies.bring(clone))
    assert not trusted(copies / NAME, tmp_path / "data")


def test_a_merged_copy_is_trusted_if_the_former_one_was(clone, copies, tmp_path):
    add_a_cell(copies / NAME)
    notary = NotebookNotary(data_dir=str(tmp_path / "data"))
    notary.sign(nbformat.read(copies / NAME, as_version=4))  # as JupyterLab does when it saves
    notary.store.close()
    release(clone)
    trusted_notebooks.sign(tmp_path / "data", clone, notebook_copies.bring(clone))
    assert trusted(copies / NAME, tmp_path / "data")


def test_a_merged_copy_is_not_trusted_if_the_former_one_was_not(clone, copies, tmp_path):
    add_a_cell(copies / NAME)
    change(copies / NAME, "<table", "<script>1</script><table")
    release(clone)
    trusted_notebooks.sign(tmp_path / "data", clone, notebook_copies.bring(clone))
    assert not trusted(copies / NAME, tmp_path / "data")


def test_a_fresh_copy_instead_of_a_broken_one_is_trusted(clone, copies, tmp_path):
    (copies / NAME).write_text("{")
    trusted_notebooks.sign(tmp_path / "data", clone, notebook_copies.bring(clone))
    assert trusted(copies / NAME, tmp_path / "data")
