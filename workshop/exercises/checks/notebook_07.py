"""The exercises of notebook 07."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import NotYet, expect, expect_that
from workshop.exercises.identity import why
from workshop.exercises.outcome import Tried
from workshop.orders.contract import OPERATIONS, UNDOES

BEFORE_FRAUD = list(OPERATIONS[:5])
END = ["notify-customer", "close-order"]
PAID = ["release-inventory", "refund-payment"]
KEPT = ["hold-parcel", "void-shipping-label", *PAID]
THINGS = ("cup", "lid", "box")  # in no order that sorting by name would find
CARDS = (
    "tok_declined",
    "tok_down_reserve-inventory",
    "tok_down_fraud-check",
    "tok_down_generate-shipping-label",
    "tok_down_update-loyalty-points",
)


def undoes_in_reverse(runner: CheckRunner) -> None:
    """Newest first, each as a step of its own, and one that fails does not stop the others."""
    _expect_registered_before(runner)
    patience: Any = runner.module("patience")
    attempts = patience.attempts_of(patience.UNDO_HOURS)
    tried = runner.process(_three_things(runner))
    done = [f"do-{name}" for name in THINGS]
    undone = [f"undo-{name}" for name in reversed(THINGS)]
    expected = [*done, *undone, *END]
    what = "the operations of an order that does three things and then cannot continue"
    runner.expect_operations(what, tried, expected)
    expect("the status of that order", tried.order.get("status"), "rejected")
    for broken in ((undone[1],), (undone[0], undone[2])):
        tried = runner.process(_three_things(runner, fails=broken))
        names = " and ".join(broken)
        what = f"the operations when {names} {'fails' if len(broken) == 1 else 'fail'} permanently"
        runner.expect_operations(what, tried, expected)
        for name in broken:
            expect(f"the attempts of {name}", tried.attempts(name), attempts)
        expect("the status of that order", tried.order.get("status"), "failed")
        reason = str(tried.order.get("fault"))
        expect_that(
            {name for name in undone if name in reason} == set(broken),
            "the fault of that order",
            f"{names} and no other undo, because a person must repair what failed",
            reason,
            why("left holds every undo that failed", runner.cell.line("left =")),
        )
    nothing = runner.process(_nothing_done(runner))
    what = "the operations of an order that has done nothing"
    runner.expect_operations(what, nothing, END)


def _expect_registered_before(runner: CheckRunner) -> None:
    """An operation that fails permanently may have done its work, so its undo must run."""
    last = THINGS[-1]
    tried = runner.process(_three_things(runner, faulty=last))
    expect_that(
        f"undo-{last}" in tried.names,
        f"the operations when do-{last} fails permanently",
        f"undo-{last} among them, because nobody knows whether do-{last} did its work",
        tried.names,
        why("Register the undo before yield", runner.cell.line("_undos.append")),
    )


def says_how_to_undo_it(runner: CheckRunner) -> None:
    """After each of these failures money and stock are as before, and nothing else is undone."""
    good = runner.process()
    runner.expect_operations("the operations of an order that goes well", good, OPERATIONS)
    declined = runner.process(payment_token="tok_declined")
    what = "the operations with a declined card"
    runner.expect_operations(what, declined, [*OPERATIONS[:3], *END])
    partners: Any = runner.module("partners")
    left = partners.stock_left(["sku-mug"])
    for name, changes, expected in (
        (
            "when the risk is too high",
            {"customer_id": "cust-fraud"},
            [*BEFORE_FRAUD, *PAID, *END],
        ),
        (
            "when the bank is unavailable",
            {"payment_token": "tok_down_process-payment"},
            [*OPERATIONS[:3], "refund-payment", *END],
        ),
        (
            "when the warehouse is unavailable",
            {"payment_token": "tok_down_reserve-inventory"},
            [*OPERATIONS[:4], *PAID, *END],
        ),
        (
            "when the carrier is unavailable",
            {"payment_token": "tok_down_ship-order"},
            [*OPERATIONS[:14], *KEPT, *END],
        ),
    ):
        tried = runner.process(None, may_fail=True, **dict[str, Any](changes))
        runner.expect_operations(f"the operations {name}", tried, expected)
        _expect_money_back(tried, name)
        expect(f"the stock {name}", partners.stock_left(["sku-mug"]), left)
    # Another customer buys the last one in between: a refusal after the money was taken.
    partners.reserve = lambda _order_id, quantities: list(quantities)
    sold = runner.process()
    name = "when another order takes the stock at that moment"
    expected = [*OPERATIONS[:4], "refund-payment", *END]
    if sold.names != expected:
        _expect_blocks_side_by_side(runner)
    runner.expect_operations(f"the operations {name}", sold, expected)
    _expect_money_back(sold, name)


def _expect_blocks_side_by_side(runner: CheckRunner) -> None:
    """A refusal inside two blocks drops both undos, also that of what was done."""
    nested = runner.cell.nested_blocks("saga.undo(")
    if nested:
        outer, inner = nested
        raise NotYet(
            "the blocks of saga.undo",
            "one for each operation, one after the other",
            f"the block of line {inner} inside that of line {outer} of the cell. If the inner "
            "operation refuses, both undos are dropped, and the outer operation stays done",
        )


def predicts_what_is_undone(runner: CheckRunner) -> None:
    """Each list names the undo steps of an order with that card, in order."""
    undone: Any = getattr(runner.attempt, "undone", None)
    expect_that(isinstance(undone, dict), "undone", "a dictionary of lists", undone)
    for card in CARDS:
        tried = runner.process(may_fail=True, payment_token=card)
        really = [name for name in tried.names if name in UNDOES]
        what = f"your list for {card}, compared with an order that uses that card"
        try:
            said = undone[card]
        except KeyError:
            raise NotYet(what, "a list, even if empty", f"undone has no entry for {card}") from None
        expect_that(isinstance(said, list | tuple), what, "a list of names", repr(said))
        same = sorted(map(str, said)) == sorted(really)
        mixed = ": the right steps, in a different order" if same else ""
        expect_that(list(said) == really, what, _told(really), f"{list(said)}{mixed}")


def _told(really: list[str]) -> str:
    """How many undo steps, and not which ones: that is the exercise."""
    if not really:
        return "no undo steps"
    return f"{len(really)} undo step{'s' if len(really) > 1 else ''}, as in the history"


def _expect_money_back(tried: Tried, name: str) -> None:
    money = tried.ledger
    kept = money["chargedCents"] - money["refundedCents"]
    expect(f"the cents that are charged and not refunded {name}", kept, 0)


def _three_things(runner: CheckRunner, *, fails: tuple[str, ...] = (), faulty: str = "") -> Any:
    from aws_durable_execution_sdk_python import DurableContext, StepError, durable_execution
    from aws_durable_execution_sdk_python.config import StepConfig
    from aws_durable_execution_sdk_python.retries import RetryPresets

    compensation = runner.attempt
    once = StepConfig(retry_strategy=RetryPresets.none())
    failing = {*fails, f"do-{faulty}"}

    def body(name: str) -> Any:
        def run(_step: Any) -> str:
            if name in failing:
                raise RuntimeError("no answer")
            return name

        return run

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        saga = compensation.Saga(ctx, event)
        for thing in THINGS:
            name, undo = f"do-{thing}", f"undo-{thing}"
            with suppress(StepError), saga.undo(undo, body(undo)):
                ctx.step(body(name), name=name, config=once)
        return saga.close("rejected", "no", "no more")

    return handler


def _nothing_done(runner: CheckRunner) -> Any:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    compensation = runner.attempt

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        return compensation.Saga(ctx, event).close("rejected", "no", "no more")

    return handler


EXERCISES = (
    Exercise(
        "7a",
        "Undo in reverse",
        undoes_in_reverse,
        (
            "Rule 3 says when an undo is registered. And `close` needs a loop over the pairs, from "
            "the end of the list to its start. Python's `reversed(…)` goes that way.",
            "`self._undos.append(…)` comes before `try`. In `close`, for each `name, step` of "
            "`reversed(self._undos)`, call `self._ran(name, step)`. It returns False if the undo "
            "failed: then the name goes into `left`.",
            "`self._undos.append((name, step))`, and "
            "`left = [name for name, step in reversed(self._undos) if not self._ran(name, step)]`",
        ),
        "Undo steps run in reverse, and the order names each one that failed.",
    ),
    Exercise(
        "7b",
        "Say how to undo it",
        says_how_to_undo_it,
        (
            "Look at the example with the label: the operation is inside a block that names its "
            "undo. `agreed(…)` belongs inside, too.",
            "`with saga.undo(name, undo):`, and the operation indented below it. One block for "
            "each of the two: if one block held both, a refusal of the second would drop the undo "
            "of the first.",
            '`with saga.undo("refund-payment", refund_payment(order)):` and below it, indented, '
            "the line of `process-payment`; then the same with `release-inventory`.",
        ),
        "After each of these failures, money and stock are as before.",
    ),
    Exercise(
        "7c",
        "What is undone?",
        predicts_what_is_undone,
        (
            "Go through `run_operations` and `deliver` from the top, and note each `with "
            "saga.undo(…)` that the order enters. Then read your notes from the bottom up.",
            "A refusal removes its own undo from the list. A fault does not: the answer may have "
            "been lost after the work. So the operation that fails permanently is undone, too, if "
            "it has an undo.",
            "`tok_declined`: none. `tok_down_reserve-inventory` and `tok_down_fraud-check`: "
            "`release-inventory`, `refund-payment`. `tok_down_generate-shipping-label`: "
            "`void-shipping-label`, and then those two. `tok_down_update-loyalty-points`: none, "
            "because the parcel has left.",
        ),
        "You can predict what a saga does.",
    ),
)
