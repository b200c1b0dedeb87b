"""A learner's session writes in `my-work/` only, and finds everything there again."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from workshop.authoring import copying, sync
from workshop.course import notebook_copies
from workshop.exercises import catalogue
from workshop.paths import LAYER, ROOT

IMPORT = "from workshop.notebook import *"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this repository as it is now, committed."""
    clone = tmp_path / "clone"
    copying.make(clone)
    shutil.copy(ROOT / ".gitignore", clone)
    git(clone, "init", "--quiet")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Everything")
    return clone


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def run(notebook: Path, clone: Path, cloud: Path) -> str:
    """Run a notebook in place, in a kernel of its own; what its cells show."""
    done = subprocess.run(
        [sys.executable, str(sync.RUN), str(notebook)],
        check=False,
        env=copying.environment(clone, cloud),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return notebook.read_text(encoding="utf-8")


def cells(*sources: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in sources])


def solved(clone: Path, name: str) -> list[str]:
    """The code cells of a solved notebook."""
    path = next((clone / "solutions").glob(f"{name}_*.ipynb"))
    found = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in found if cell.cell_type == "code"]


@pytest.mark.timeout(600)
def test_git_sees_nothing_of_what_a_learner_does(clone: Path, notebook_cloud: Path) -> None:
    notebook_copies.bring(clone)
    mine = next((clone / "my-work" / "notebooks").glob("01_*.ipynb"))
    notebook = nbformat.read(mine, as_version=4)
    answers = iter(solved(clone, "01"))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = next(answers)
    more = ('reset("1a")', "catch_up(3)", "progress()")
    notebook.cells += [nbformat.v4.new_code_cell(text) for text in more]
    nbformat.write(notebook, mine)
    assert f"2 of {len(catalogue.everything())} exercises passed" in run(
        mine, clone, notebook_cloud
    )
    assert git(clone, "status", "--porcelain") == ""
    assert LAYER.exists()


@pytest.mark.timeout(600)
def test_a_kernel_that_dies_in_the_middle_takes_nothing_away(
    clone: Path, notebook_cloud: Path
) -> None:
    folder = clone / "my-work" / "notebooks"
    folder.mkdir(parents=True)
    until = solved(clone, "04")
    until = until[: until.index('check("4a")\n# hint("4a")') + 1]
    nbformat.write(cells(*until), folder / "before.ipynb")
    assert "✓ 4a" in run(folder / "before.ipynb", clone, notebook_cloud)
    again = (IMPORT, 'begin("04")', "deploy()", 'check("4a")', "progress()")
    nbformat.write(cells(*again), folder / "after.ipynb")
    shown = run(folder / "after.ipynb", clone, notebook_cloud)
    assert "You passed 4a. Next: 4b" in shown
    assert "has your code now" in shown
    assert "✓ 4a" in shown
    assert "Next: 4b" in shown.rpartition("Your progress")[2]
