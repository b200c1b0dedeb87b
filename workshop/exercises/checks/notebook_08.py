"""The exercises of notebook 08."""

from __future__ import annotations

from typing import Any

from workshop.course import stages
from workshop.exercises.broken_copies import Mistake, expect_it_notices
from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import NotYet, expect_that

GIVES_BACK = (
    Mistake(
        "workflow",
        'with saga.undo("refund-payment", refund_payment(order)):',
        "if True:",
        "the money is never refunded",
    ),
    Mistake(
        "workflow",
        'with saga.undo("release-inventory", release_inventory(order)):',
        "if True:",
        "the stock is never released",
    ),
    Mistake(
        "partners",
        'sums["refundedCents"] += cents if',
        'sums["refundedCents"] += cents - 1 if',
        "the refund is one cent less than the charge",
    ),
)
ONCE = (
    Mistake(
        "shipping",
        'partners.add_points(order["orderId"],',
        'partners.add_points(order["orderId"] + __import__("secrets").token_hex(4),',
        "the points are added under another key in each attempt",
    ),
    Mistake(
        "payment",
        "return f\"{order['orderId']}:charge\"",
        "return f\"{order['orderId']}:charge\" + __import__('secrets').token_hex(4)",
        "the card is charged under another key in each attempt",
    ),
    Mistake(
        "patience",
        "WAREHOUSE = _partner(attempts=5",
        "WAREHOUSE = _partner(attempts=2",
        "the steps of the warehouse give up after two attempts",
    ),
)
TIMED_OUT = ("process-payment", "package-order", "update-loyalty-points")

CHANGES = {
    "A": (False, "the history has package-order there, and the code asks for pack-parcel."),
    "B": (
        True,
        "a wait is found by its position and its name. A wait that has begun keeps its end.",
    ),
    "C": (False, "the history has fraud-check at the place where the code asks for credit-check."),
    "D": (
        True,
        "a replay does not compare how a step is retried. A step that has ended returns its "
        "result.",
    ),
    "E": (
        True,
        "the operation is the same. An order that has its invoice keeps it, with 8%.",
    ),
    "F": (
        False,
        "the history of this order has credit-check, for which the code never asks.",
    ),
}


def notices_what_is_not_given_back(runner: CheckRunner) -> None:
    """The test passes as things are; it fails if something, or a cent of it, is not given back."""
    expect_it_notices(runner, stages.exercise("8a"), GIVES_BACK)


def notices_what_is_done_twice(runner: CheckRunner) -> None:
    """The test passes as things are, and fails if a repeated step does its work again."""
    expect_it_notices(runner, stages.exercise("8b"), ONCE, TIMED_OUT)


def knows_which_changes_fit(runner: CheckRunner) -> None:
    """Each of the six changes has its right answer; explains one that is wrong."""
    given: Any = getattr(runner.attempt, "fits", None)
    expect_that(
        isinstance(given, dict) and given.keys() == CHANGES.keys(),
        "fits",
        "an entry for each of A to F",
        repr(given),
    )
    for letter, (fits, why) in CHANGES.items():
        said = given[letter]
        expect_that(isinstance(said, bool), f"fits[{letter!r}]", "True or False", repr(said))
        if said != fits:
            raise NotYet(f"fits[{letter!r}]", "what a replay finds", f"{said}, but {why}")


EXERCISES = (
    Exercise(
        "8a",
        "A test that can fail",
        notices_what_is_not_given_back,
        (
            "`partners.ledger(order_id)` returns a dictionary with `chargedCents` and "
            "`refundedCents`. `before` holds the stock from before the order.",
            "Two assertions: the two amounts of the ledger are equal, and `partners.stock_left` "
            "returns `before` again.",
            '`money = partners.ledger(order["orderId"])`, then `assert money["refundedCents"] == '
            'money["chargedCents"]` and `assert partners.stock_left(["sku-mug"]) == before`',
        ),
        "Your test passes on the application, and fails on three broken copies of it: one keeps "
        "the money, one keeps the stock, and one refunds a cent too little.",
    ),
    Exercise(
        "8b",
        "One test for every step",
        notices_what_is_done_twice,
        (
            "The order needs the test card for the step `name`. Then ask: has the "
            "order been completed, how many charges are there, and how many points?",
            'Make the card with an f-string: `f"tok_timeout_{name}"`. The status is in '
            '`store.load(order["orderId"])["status"]`, the charges are in `partners.ledger(…)`, '
            "and the points are what `partners.points_balance(…)` returns.",
            '`process(paymentToken=f"tok_timeout_{name}")`, then `assert store.load(order'
            '["orderId"])["status"] == "completed"`, `assert partners.ledger(order["orderId"])'
            '["charges"] == 1`, and `assert partners.points_balance(order["customerId"]) == 9`',
        ),
        "Your test fails if a repeated step charges again or adds points again, and if a step "
        "gives up too early.",
    ),
    Exercise(
        "8c",
        "Which changes fit an order in flight?",
        knows_which_changes_fit,
        (
            "A replay compares the kind, name, and position of each operation. It does not compare "
            "how long a wait is, how often a step is retried, or what is inside a step.",
            "Three changes fit: one changes a wait, one changes retries, one changes the inside of "
            "a step.",
            "A, C and F are False: another name, another order, and an operation fewer. B, D and E "
            "are True.",
        ),
        "You can tell a change that fits from one that does not. One by one:",
        tuple(
            f"{letter} {'fits' if fits else 'does not fit'}: {why}"
            for letter, (fits, why) in CHANGES.items()
        ),
    ),
)
