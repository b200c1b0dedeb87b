"""An execution that waits while you deploy can go on with this code."""

from pathlib import Path

import pytest

from replaying import first_misfit
from service.workflow import handler

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def test_there_are_histories_to_replay() -> None:
    assert HISTORIES


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
def test_an_execution_on_its_way_fits_this_code(history: Path) -> None:
    misfit = first_misfit(history, handler)
    if misfit:
        pytest.fail(misfit, pytrace=False)
