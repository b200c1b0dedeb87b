"""JupyterLab trusts the repository's own notebooks while they are unchanged, and no others."""

import shutil
import subprocess

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from workshop.commands import trusted_notebooks
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
