"""Run All of each notebook, unsolved and solved, as a person does it.

It takes half an hour, so it needs an option: `make test ARGS="--all-notebooks tests/browser"`.
"""

import pytest

from tests.browser.conftest import clear_outputs, nothing_went_wrong, run_all
from tests.notebooks.conftest import MANIFEST

SECONDS = 900  # notebook 10 processes 200 orders in one cell
ALL = [(folder, name) for name in MANIFEST for folder in ("my-work/notebooks", "solutions")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = ALL if metafunc.config.getoption("--all-notebooks") else []
    metafunc.parametrize(("folder", "name"), chosen)


@pytest.mark.timeout(SECONDS * 2)
def test_run_all_runs_every_cell_and_shows_no_error(folder: str, name: str, open_notebook) -> None:
    page, panel = open_notebook(f"{folder}/{name}.ipynb")
    clear_outputs(page)
    run_all(page, panel, SECONDS)
    assert nothing_went_wrong(panel)
