"""Every notebook, run by nbval from top to bottom and compared with its stored outputs.

Each runs in a fresh copy of the repository, so each is the first that is opened, and nothing in
the checkout changes. The unsolved ones are the same without the answers, and take minutes
more: `--unsolved` runs them, too.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.conftest import ALL, MANIFEST, Notebook
from workshop.authoring import copying

ONLY_THESE_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # others cost a second of CPU
LINE = 300  # characters
CELL_SECONDS = 600  # notebook 10 processes 200 orders in one cell


def pytest_generate_tests(metafunc):
    """Run the solved notebooks, or all if somebody asks for that."""
    unsolved_too = metafunc.config.getoption("--unsolved")
    chosen = [one for one in ALL if unsolved_too or one.folder == "solutions"]
    metafunc.parametrize("notebook", chosen, ids=str)


@pytest.mark.timeout(1500)
def test_a_notebook_runs_and_shows_what_is_stored(
    notebook: Notebook, tmp_path: Path, notebook_cloud: Path
) -> None:
    copy = copying.make(tmp_path / "copy")
    record = notebook_cloud / "deployed-local-durable-orders.json"
    before = record.stat().st_mtime_ns if record.exists() else 0
    done = subprocess.run(
        nbval(copy / notebook.folder / f"{notebook.name}.ipynb"),
        cwd=copy,
        check=False,
        env=copying.environment(copy, notebook_cloud) | ONLY_THESE_PLUGINS,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, readable(done.stdout) + done.stderr[-2000:]
    if MANIFEST[notebook.name]["deploys"]:
        assert record.stat().st_mtime_ns > before, "its deploy cell did not deploy"


def readable(report: str) -> str:
    """A report without most of the long lines, which are pictures."""
    return "\n".join(line[:LINE] for line in report.splitlines())[-6000:]


def nbval(path: Path) -> list[str]:
    """The command that runs one notebook and compares every cell with what is stored."""
    rules = Path("curriculum") / "sanitize.cfg"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no"]
    command += ["-p", "nbval.plugin", "-p", "pytest_timeout"]
    command += ["--nbval", "--nbval-current-env", "--nbval-cell-timeout", str(CELL_SECONDS)]
    return [*command, "--nbval-sanitize-with", str(rules), str(path)]
