"""From a source to its notebooks: cells that hold only the parts of a module that change."""

from pathlib import Path

import pytest

from workshop.authoring import build, sizes
from workshop.course import stages

FIRST = '''# %% [markdown]
# # 01 · First

# %% module="payment"
"""Payment."""

RATE = 8


def tax() -> int:
    return RATE
'''
SECOND = """# %% [markdown]
# # 02 · Second

# %% module="payment" exercise="2a" part="true"
def tax() -> int:
    # BEGIN SOLUTION
    return RATE + 1
    # STUB
    # return 0  # TODO
    # END SOLUTION

# %% module="risk" tags=["given"]
def score() -> int:
    return 1


def limit() -> int:
    return 2

# %% module="risk" part="true"
def limit() -> int:
    return 3

# %% module="payment" tags=["given"]

# %% module="payment" part="true"
def newer() -> int:
    return 1

# %% module="money" part="true"
def new() -> int:
    return 1
"""


@pytest.fixture
def second(tmp_path: Path) -> Path:
    (tmp_path / "01_first.py").write_text(FIRST, encoding="utf-8")
    path = tmp_path / "02_second.py"
    path.write_text(SECOND, encoding="utf-8")
    return path


def about(source: Path, *, solved: bool) -> list[dict[str, str]]:
    notebook = build.build(source)[solved].notebook
    return [cell.metadata["workshop"] for cell in notebook.cells if cell.cell_type == "code"]


def test_the_cell_of_a_part_begins_with_change_and_holds_nothing_else(second: Path) -> None:
    unsolved, solved = (built.notebook for built in build.build(second))
    assert unsolved.cells[1].source.startswith(
        "%%change payment 2a\ndef tax() -> int:\n    return 0"
    )
    assert solved.cells[1].source == "%%change payment 2a\ndef tax() -> int:\n    return RATE + 1"


def test_the_solved_notebook_holds_the_whole_module_of_a_part(second: Path) -> None:
    payment, risk, finished, money = about(second, solved=True)
    assert (
        payment["whole"]
        == '"""Payment."""\n\nRATE = 8\n\n\ndef tax() -> int:\n    return RATE + 1\n'
    )
    assert (
        risk["whole"]
        == "def score() -> int:\n    return 1\n\n\ndef limit() -> int:\n    return 3\n"
    )
    assert finished["whole"].startswith(stages.complete()["payment"])
    assert money["whole"] == (stages.complete()["money"] + "\n\ndef new() -> int:\n    return 1\n")
    assert not any("whole" in cell for cell in about(second, solved=False))


def test_a_given_cell_is_in_no_notebook(second: Path) -> None:
    for built in build.build(second):
        assert "score" not in str([cell.source for cell in built.notebook.cells])


def test_a_cell_of_41_lines_is_too_long(tmp_path: Path) -> None:
    source = tmp_path / "01_long.py"
    cell = "# %% [markdown]\n# # 01\n\n# %%\nbegin\n" + "x = 1\n" * 39
    source.write_text(cell, encoding="utf-8")
    assert list(sizes.too_large(source)) == []
    source.write_text(cell + "x = 1\n", encoding="utf-8")
    assert list(sizes.too_large(source)) == [
        "01_long.py: the cell 'begin' has 41 lines; at most 40"
    ]


def test_a_notebook_gives_at_most_ten_lines_for_each_line_that_is_written(tmp_path: Path) -> None:
    source = tmp_path / "01_given.py"
    region = "# BEGIN SOLUTION\nx = 1\n# STUB\n# # TODO\n# END SOLUTION\n"
    cell = f'# %% [markdown]\n# # 01\n\n# %% exercise="1a"\n{region}' + "y = 1\n" * 10
    source.write_text(cell, encoding="utf-8")
    assert list(sizes.too_large(source)) == []
    source.write_text(cell + "y = 1\n", encoding="utf-8")
    assert list(sizes.too_large(source)) == [
        "01_given.py: 11 lines are given and 1 are written; at most 10 for 1"
    ]
