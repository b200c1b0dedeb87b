"""Two runs beside each other: what one has and the other has not, and in what they differ."""

from tests.unit.timelines import EVENTFUL, begin, event, ran, step
from workshop.orders import comparison
from workshop.orders.history import from_history

SMOOTH = [
    begin(),
    *step(1, 2, "validate-order"),
    *step(2, 3, "check-inventory"),
    *step(3, 4, "process-payment"),
    event(4, "WaitStarted", "warehouse-processing", Duration=60),
    ran(0, 5),
]
RENAMED = [begin(), *step(1, 2, "validate-order"), *step(2, 3, "look-for-stock"), ran(0, 3)]


def pairs(first, second):
    return comparison.compare(from_history("a", first), from_history("b", second))


def test_a_run_does_not_differ_from_itself() -> None:
    assert {row[3] for row in (pair.row for pair in pairs(EVENTFUL, EVENTFUL))} == {""}


def test_attempts_and_waits_are_compared() -> None:
    rows = {name: (one, other, differs) for name, one, other, differs in (
        pair.row for pair in pairs(EVENTFUL, SMOOTH)
    )}  # fmt: skip
    assert rows["validate-order"] == ("✔ done: ok", "✔ done: ok", "")
    assert rows["check-inventory"][0].startswith("✔ done, 2 attempts")
    assert rows["check-inventory"][2] == "attempts, result"
    assert rows["warehouse-processing"][0].endswith("300 s")
    assert "wait" in rows["warehouse-processing"][2]


def test_what_only_one_run_has_is_in_a_row_of_its_own() -> None:
    rows = [pair.row for pair in pairs(SMOOTH[:5], RENAMED)]
    assert [(name, differs) for name, _, _, differs in rows] == [
        ("validate-order", ""),
        ("check-inventory", "only the first order has it"),
        ("look-for-stock", "only the second order has it"),
    ]
    assert rows[1][2] == rows[2][1] == "–"


def test_the_summary_says_how_both_ended() -> None:
    said = comparison.summary(from_history("a", EVENTFUL), from_history("b", RENAMED))
    assert said.endswith("Second order: running, invocations: 1.")
