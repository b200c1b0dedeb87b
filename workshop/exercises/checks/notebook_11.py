"""The exercises of notebook 11."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import expect_that
from workshop.exercises.outcome import Tried
from workshop.orders.contract import OPERATIONS

NEW_STEP = "count-items"
AFTER = "reserve-inventory"
LAST_MOMENT, NEW_YEAR = "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00.000Z"
YEARS_LATER = "2031-05-06T07:08:09.101Z"
STEP = "aws_durable_execution_sdk_python.operation.step"  # the module that calls a step

# The word for each broken run, and where its history shows it.
RUNS = {
    "A": (
        "interrupted",
        "the step charge-card had started when the process ended with Runtime.ExitError. It has "
        "one attempt, and an attempt may run at most once, so the SDK did not run it again. Nobody "
        "knows whether the card was charged: ask the bank.",
    ),
    "B": (
        "clock",
        "the two names in the error are the same except for their digits, and those are the time "
        "of each invocation.",
    ),
    "C": (
        "partner",
        "fraud-check failed six times with 503, and the pauses between its attempts last less than "
        "a minute in all.",
    ),
    "D": (
        "callback",
        "confirm-address timed out after 3,600 s, and the execution failed when the code asked for "
        "its result.",
    ),
    "E": (
        "timeout",
        "print-catalog never ended. Each invocation ran its code from the beginning, and ended "
        "with Sandbox.Timedout after one second. The history has one StepStarted: a step that runs "
        "again in the same attempt is not noted again.",
    ),
    "F": (
        "renamed",
        "the history has reserve-stock, and the code asks for hold-stock: a person has chosen both "
        "names.",
    ),
}
LOOK = {
    "A": "Look at the operation that had started when an invocation ended with an error, and at "
    "the type of the step's error.",
    "B": "Compare the two names in the error with the times at which things happened.",
    "C": "Look at what all the failed attempts have in common, and at the pauses between them.",
    "D": "Look at the event that comes exactly one hour after another one.",
    "E": "Look at the operation that never ended, and at the error of each invocation.",
    "F": "Compare the two names in the error: who makes such names?",
}
WORDS = (
    *("callback", "clock", "interrupted", "partner", "renamed", "timeout"),
    *("too-large", "two-owners"),
)


def fits_orders_in_flight(runner: CheckRunner) -> None:
    """Only orders that were created in 2027 or later have the new step, whenever they run."""
    counted = list(OPERATIONS)
    counted.insert(OPERATIONS.index(AFTER) + 1, NEW_STEP)
    store: Any = runner.module("store")
    read_outside = _reads_outside_operations(store)
    in_flight = "An order of 2026 that is in flight does not have it"
    for when, created, later, expected, why in (
        ("on December 31, 2026", LAST_MOMENT, LAST_MOMENT, [*OPERATIONS], in_flight),
        ("in 2026, and replayed in 2027", LAST_MOMENT, NEW_YEAR, [*OPERATIONS], in_flight),
        (
            "on January 1, 2027, at midnight",
            NEW_YEAR,
            NEW_YEAR,
            counted,
            "It must hold from then on",
        ),
        ("in 2031", YEARS_LATER, YEARS_LATER, counted, "It must hold for every year from 2027 on"),
    ):
        moments = _first_and_then(created, later)
        store.now = lambda moments=moments: next(moments)
        tried = runner.process()
        line = runner.cell.line("load(")
        expect_that(
            not read_outside,
            "what the handler reads outside an operation",
            "its event, and the results of steps",
            f"the orders table{f', on {line}' if line else ''}",
            'The time in `order["createdAt"]` is checkpointed',
        )
        what = f"the operations of an order that was created {when}"
        cause = _new_operation(tried, expected) or _other_date(runner) or why
        runner.expect_operations(what, tried, expected, cause)


def _new_operation(tried: Tried, expected: Sequence[str]) -> str:
    """Return why another new operation does not fit; empty if there is none."""
    at = next((n for n, name in enumerate(tried.names) if name not in (*expected, NEW_STEP)), None)
    if at is None or at >= len(expected):
        return ""
    there = f"An order in flight has {expected[at]} at position {at + 1}"
    return f"{there}, so it does not fit"


def _other_date(runner: CheckRunner) -> str:
    """Ask for the date that the condition reads if it is not that of the order."""
    if runner.cell.condition_around(NEW_STEP) and not runner.cell.line("createdAt"):
        return 'Does your condition read `order["createdAt"]`, or today\'s date?'
    return ""


def _reads_outside_operations(store: Any) -> list[str]:
    """Return a list that gets the id of each order that is read from now on, and not in a step."""
    found: list[str] = []
    load = store.load

    def noting(order_id: str, *arguments: Any) -> Any:
        callers = traceback.walk_stack(sys._getframe(1))
        if not any(frame.f_globals.get("__name__") == STEP for frame, _line in callers):
            found.append(order_id)
        return load(order_id, *arguments)

    store.load = noting
    return found


def _first_and_then(first: str, later: str) -> Iterator[str]:
    yield first
    while True:
        yield later


def diagnoses_each_run(runner: CheckRunner) -> None:
    """Each of the six runs has its word; says of a wrong one where to look."""
    given: Any = getattr(runner.attempt, "diagnosis", None)
    expect_that(
        isinstance(given, dict) and given.keys() == RUNS.keys(),
        "diagnosis",
        "an entry for each of A to F",
        repr(given),
    )
    for letter, (word, _why) in RUNS.items():
        said, what = given[letter], f"diagnosis[{letter!r}]"
        expect_that(said in WORDS, what, f"one of {', '.join(WORDS)}", repr(said))
        expect_that(said == word, what, "what its history shows", f"{said}. {LOOK[letter]}")


EXERCISES = (
    Exercise(
        "11a",
        "A change that fits",
        fits_orders_in_flight,
        (
            "The step is fine as it is. It needs an `if`, and the condition must be the same in "
            "every invocation of an order.",
            "`validate-order` has returned the time, so it is checkpointed: compare "
            '`order["createdAt"]` with the text `"2027-01-01"`.',
            '`if order["createdAt"] >= "2027-01-01":` and below it, indented, the line of '
            "`count-items`.",
        ),
        "Orders in flight fit, and the items of each new order are counted.",
    ),
    Exercise(
        "11b",
        "Diagnose them",
        diagnoses_each_run,
        (
            "Read each history from its end: the error of the execution, then the last operation "
            "that has an event, then the error of the last invocations.",
            "Two executions have an error with two names. In one of them the names contain a time. "
            "Two others have invocations that ended with an error: in one the process died once, "
            "in the other Lambda stopped it each time.",
            "A: interrupted, B: clock, C: partner, D: callback, E: timeout, F: renamed.",
        ),
        "You can read a history. One by one:",
        tuple(f"{letter}, {word}: {why}" for letter, (word, why) in RUNS.items()),
    ),
)
