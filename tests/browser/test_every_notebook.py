"""Run All of each notebook, unsolved and solved, as a person does it: with --all-notebooks."""

import pytest

from tests.browser.conftest import clear_outputs, nothing_went_wrong, run_all
from tests.notebooks.conftest import MANIFEST

SECONDS = 900  # notebook 10 processes 200 orders in one cell
FOLDERS = ("my-work/notebooks", "solutions")


@pytest.mark.timeout(SECONDS * 2)
@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("name", MANIFEST)
def test_run_all_runs_every_cell_and_shows_no_error(
    name: str, folder: str, open_notebook, pytestconfig
) -> None:
    if not pytestconfig.getoption("--all-notebooks"):
        pytest.skip("takes half an hour: --all-notebooks")
    page, panel = open_notebook(f"{folder}/{name}.ipynb")
    clear_outputs(page)
    run_all(page, panel, SECONDS)
    assert nothing_went_wrong(panel)
