"""A cell may hold only the parts of a module that change: it is written and checked by them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.learner import copies, written
from workshop.course import my_work, parts, stages, workspace
from workshop.errors import WorkshopError
from workshop.exercises.verdict import Verdict, judge
from workshop.notebook import magics, verbs

CELL = """def charge_key(order: Order) -> str:
    return f"{order['orderId']}:charge"
"""
OTHER = CELL.replace(":charge", ":pay")
STARTER = CELL.replace("f\"{order['orderId']}:charge\"", '""  # TODO')
RATE = "def quantities(order: Order) -> dict[str, int]:\n    return {}\n"


@pytest.fixture(autouse=True)
def parts_of_payment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exercise 2a as a part of its module, and another part of it without an exercise."""
    text = stages.exercise("2a").text
    cell = replace(stages.exercise("2a"), text=text, cell=CELL, starter=STARTER, is_part=True)
    earlier = text.replace("Counter", "Tally")
    other = replace(cell, exercise="", text=parts.merge(earlier, RATE), cell=RATE)
    codes = [cell if code.exercise == "2a" else code for code in stages.codes()]
    at = codes.index(cell) + 1
    monkeypatch.setattr(stages, "codes", lambda: (*codes[:at], other, *codes[at:]))
    workspace.start_over("02")


def test_a_part_is_written_into_the_whole_module_of_its_stage(
    folder: Path,
    shown: list[str],
) -> None:
    edited = RATE.replace("{}", '{"sku": 1}')
    magics.change("payment", edited)
    text = written(folder, "payment")
    assert edited in text
    assert "from collections import Tally" in text
    assert "def charge_key" in text
    assert "holds only what changes. Open my-work/app/modules/payment.py" in shown[0]


def test_a_cell_of_the_learners_own_changes_the_module_as_it_is(
    folder: Path,
    shown: list[str],
) -> None:
    magics.change("money", "def more() -> int:\n    return 1\n")
    assert written(folder, "money") == (
        stages.complete()["money"] + "\n\ndef more() -> int:\n    return 1\n"
    )
    (folder / "my-work" / "app" / "modules" / "money.py").write_text("def (:\n")
    with pytest.raises(WorkshopError, match=r"money\.py is not valid Python"):
        magics.change("money", "x = 1\n")


def test_until_it_passes_a_part_leaves_the_workshops_solution(
    folder: Path,
    shown: list[str],
) -> None:
    magics.change("payment 2a", STARTER)
    assert written(folder, "payment") == stages.exercise("2a").text
    assert "waits for you" in shown[0]
    assert "Open my-work/app/modules/payment.py" in shown[0]


def test_a_part_that_passes_is_written_with_the_rest_of_its_module(
    folder: Path,
    shown: list[str],
    judged: Callable[[Verdict], None],
) -> None:
    magics.change("payment 2a", OTHER)
    judged(Verdict(True))
    verbs.check("2a")
    whole = stages.exercise("2a").whole(OTHER)
    assert OTHER in whole
    assert written(folder, "payment") == whole
    assert my_work.attempt("2a") == OTHER
    magics.change("payment", RATE)
    magics.change("payment 2a", OTHER)
    assert written(folder, "payment") == whole
    assert "It is your own code." in shown[-1]
    assert copies(folder) == []


def test_a_part_that_passed_is_brought_back_with_the_rest_of_its_module(folder: Path) -> None:
    my_work.keep_attempt("2a", OTHER)
    my_work.note_passed("2a", OTHER)
    code = stages.exercise("2a")
    assert workspace.own_version("payment", code.text) == code.whole(OTHER)


def test_a_solution_shows_only_the_part(folder: Path, shown: list[str]) -> None:
    magics.change("payment 2a", OTHER)
    assert repr(verbs.solution("2a")).endswith(CELL.rstrip())


def test_a_syntax_error_names_the_line_of_the_cell(folder: Path) -> None:
    with pytest.raises(WorkshopError, match="in line 3 of the cell"):
        magics.change("payment 2a", "x = 2\ndef f(:\n")


def test_a_part_is_judged_within_its_module() -> None:
    assert judge("2a", OTHER).passed
    assert not judge("2a", STARTER).passed


def test_an_error_in_a_part_names_the_line_of_the_cell() -> None:
    got = judge("2a", CELL.replace("orderId", "order_id")).got
    assert "KeyError: 'order_id' (line 3 of the cell)" in got
    assert "line 3 of the cell" in judge("2a", CELL.replace('f"', '1 / 0 or f"')).got


def test_a_check_names_the_line_of_the_cell() -> None:
    got = judge("2a", CELL.replace("f\"{order['orderId']}:charge\"", "str(hash(order['orderId']))"))
    assert "line 3 of the cell" in got.got


def test_what_a_part_no_longer_defines_is_not_judged_by_the_workshops_own() -> None:
    found = judge("2a", "def key(order):\n    return order['orderId']\n")
    assert not found.passed
    assert found.expected == "to define charge_key"
    assert 'reset("2a")' in found.got
