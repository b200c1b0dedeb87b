"""The exercise of notebook 12."""

from __future__ import annotations

import importlib
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from workshop.course.application import SKELETON, YOURS
from workshop.course.stages import exercise
from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import expect, expect_that, listed

WORKFLOW = "service.workflow"
OPERATIONS = ["reserve", "hold", "confirm"]
DEPOSITS = {2: 0, 10: 0, 11: 5_500, 100: 50_000}


def keeps_the_deposit(runner: CheckRunner) -> None:
    """The reservation is stored with its deposit, and the operations are as before."""
    reservations, handler = _service()
    for quantity, cents in DEPOSITS.items():
        stored: dict[str, Any] = {}
        reservations._advance = partial(_keep, stored)
        event = {"reservationId": "r-1", "item": "a table", "quantity": quantity}
        event |= {"orderId": "r-1"}  # the runner's name for it
        done = runner.process(handler, event=event)
        _expect_operations(done.names)
        what = f"depositCents, as stored in the step reserve, for a quantity of {quantity}"
        found = stored.get("reserved", {}).get("depositCents", "no such fact")
        expect_that(found == cents, what, str(cents), str(found))
        _expect_whole(found, quantity)
        rest = {k: v for k, v in stored["reserved"].items() if k != "depositCents"}
        kept = {"item": "a table", "quantity": quantity}
        expect_that(rest == kept, "the other facts of the reservation", str(kept), str(rest))


def _expect_operations(names: list[str]) -> None:
    """Raise `NotYet` unless they are as before, in the learner's workflow, too."""
    expect_that(
        set(names) <= set(OPERATIONS),
        f"the operations of {YOURS.name_of(WORKFLOW)}",
        listed(OPERATIONS),
        names,
        "Run the cell above the exercise, which takes the step out",
    )
    expect("the operations, which are those of the histories", names, OPERATIONS)


def _expect_whole(cents: Any, quantity: int) -> None:
    """Raise `NotYet` unless an amount is an int: one that is equal may be a float."""
    expect_that(
        type(cents) is int,
        f"the type of depositCents, for a quantity of {quantity}",
        "int",
        type(cents).__name__,
        "DynamoDB refuses floats; keep amounts in cents, as whole numbers"
        if isinstance(cents, float)
        else "",
    )


def _keep(stored: dict[str, Any], _id: str, state: str, **facts: Any) -> dict[str, str]:
    """Do in memory what `_advance` does in the table."""
    facts.pop("unless", None)
    stored.setdefault(state, {}).update(facts)
    return {"state": state}


def _service() -> tuple[Any, Any]:
    """Put the attempt and the learner's workflow into the service; return module and handler."""
    shutil.copytree(SKELETON / "src" / "service", "service", dirs_exist_ok=True)
    for module in (WORKFLOW, exercise("12a").module):
        shutil.copy(f"{module}.py", Path(*module.split(".")).with_suffix(".py"))
    return (
        importlib.import_module("service.reservations"),
        importlib.import_module("service.workflow").handler,
    )


EXERCISES = (
    Exercise(
        "12a",
        "A fact instead of a step",
        keeps_the_deposit,
        (
            "`reserve` already writes facts about the reservation: `item` and `quantity`. The "
            "deposit is one more fact, so no operation is new.",
            "`deposit_cents` needs one `if`: up to `DEPOSIT_FREE` the deposit is 0. In `reserve`, "
            "add one more named argument to `_advance`, `depositCents`.",
            "`if quantity <= DEPOSIT_FREE: return 0`, then `return quantity * DEPOSIT_CENTS_EACH`. "
            'In `_advance(…)`: `depositCents=deposit_cents(request["quantity"])`',
        ),
        "The deposit is written together with the reservation, in one step and one write. The "
        "operations are the same, so an execution on its way can go on with this code.",
    ),
)
