"""The exercises of notebook 07."""

from __future__ import annotations

from typing import Any

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import NotYet, expect, expect_that
from workshop.exercises.identity import why
from workshop.exercises.outcome import Tried
from workshop.orders.contract import OPERATIONS

BEFORE_FRAUD = list(OPERATIONS[:5])
END = ["notify-customer", "close-order"]
PAID = ["release-inventory", "refund-payment"]
SHIPPED = ["recall-shipment", "void-shipping-label", *PAID]
THINGS = ("cup", "lid", "box")  # in no order that sorting by name would find
CARDS = (
    "tok_declined",
    "tok_down_reserve-inventory",
    "tok_down_fraud-check",
    "tok_down_ship-order",
)


def undoes_in_reverse(runner: CheckRunner) -> None:
    """Newest first, each as a step of its own, and one that fails does not stop the others."""
    tried = runner.process(_three_things(runner, fails=()))
    done = [f"do-{name}" for name in THINGS]
    undone = [f"undo-{name}" for name in reversed(THINGS)]
    expected = [*done, *undone, *END]
    what = "the operations of an order that does three things and then cannot go on"
    runner.expect_operations(what, tried, expected)
    expect("the status of that order", tried.order.get("status"), "rejected")
    for broken in ((undone[1],), (undone[0], undone[2])):
        tried = runner.process(_three_things(runner, fails=broken))
        names = " and ".join(broken)
        what = f"the operations when {names} {'fails' if len(broken) == 1 else 'fail'} permanently"
        runner.expect_operations(what, tried, expected)
        for name in broken:
            expect(f"the attempts of {name}", tried.attempts(name), 8)
        expect("the status of that order", tried.order.get("status"), "failed")
        reason = str(tried.order.get("errorMessage"))
        expect_that(
            {name for name in undone if name in reason} == set(broken),
            "the reason of that order",
            f"{names} in it, since a person must repair that, and no other undo",
            reason,
            why("left holds every undo that failed", runner.cell.line("left =")),
        )
    nothing = runner.process(_nothing_done(runner))
    what = "the operations of an order that has done nothing"
    runner.expect_operations(what, nothing, END)


def says_how_to_take_it_back(runner: CheckRunner) -> None:
    """Every failure leaves the books as they were, and no more is undone than was done."""
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
            "when the last step fails permanently",
            {"payment_token": "tok_down_complete-order"},
            [*OPERATIONS, "revoke-loyalty-points", *SHIPPED, *END],
        ),
    ):
        tried = runner.process(None, may_fail=True, **changes)
        runner.expect_operations(f"the operations {name}", tried, expected)
        _expect_money_back(tried, name)
        expect(f"the stock {name}", partners.stock_left(["sku-mug"]), left)
    # Between look and grasp somebody else was faster: a refusal after the money was taken.
    partners.reserve = lambda _order_id, quantities: list(quantities)
    sold = runner.process()
    name = "when the stock is sold to somebody else in that moment"
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


def foresees_what_is_undone(runner: CheckRunner) -> None:
    """Each list is what an order with that card really does."""
    undone: Any = getattr(runner.attempt, "undone", None)
    expect_that(isinstance(undone, dict), "undone", "a dictionary of lists", undone)
    for card in CARDS:
        tried = runner.process(may_fail=True, payment_token=card)
        really = [name for name in tried.names if name not in OPERATIONS and name not in END]
        what = f"your list for {card}, beside what an order with that card does"
        try:
            said = undone[card]
        except KeyError:
            raise NotYet(what, "a list, even if empty", f"there is no {card} in undone") from None
        expect_that(isinstance(said, list | tuple), what, "a list of names", repr(said))
        mixed = (
            ": the right ones, in another order" if sorted(map(str, said)) == sorted(really) else ""
        )
        expect_that(list(said) == really, what, _told(really), f"{list(said)}{mixed}")


def _told(really: list[str]) -> str:
    """How many, and no more: which ones is the exercise."""
    if not really:
        return "no undo at all"
    return f"{len(really)} undo step{'s' if len(really) > 1 else ''}, as in the history"


def _expect_money_back(tried: Tried, name: str) -> None:
    money = tried.ledger
    kept = money["chargedCents"] - money["refundedCents"]
    expect(f"the cents that are charged and not refunded {name}", kept, 0)


def _three_things(runner: CheckRunner, *, fails: tuple[str, ...]) -> Any:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    compensation = runner.attempt

    def undo(name: str) -> Any:
        def body(_step: Any) -> str:
            if name in fails:
                raise RuntimeError("still down")
            return name

        return body

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        saga = compensation.Saga(ctx, event)
        for thing in THINGS:
            name = f"undo-{thing}"
            with saga.undo(name, undo(name)):
                ctx.step(lambda _step: None, name=f"do-{thing}")
        return saga.close("rejected", "no more")

    return handler


def _nothing_done(runner: CheckRunner) -> Any:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    compensation = runner.attempt

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        return compensation.Saga(ctx, event).close("rejected", "no more")

    return handler


EXERCISES = (
    Exercise(
        "7a",
        "Undo in reverse",
        undoes_in_reverse,
        (
            "A loop over the pairs, from the end of the list to its start. Python's `reversed(…)` "
            "goes that way.",
            "For each `name, step` of `reversed(self._undos)`, call `self._ran(name, step)`. It "
            "answers False if the undo failed: then the name goes into `left`.",
            "`left = [name for name, step in reversed(self._undos) if not self._ran(name, step)]`",
        ),
        "The last thing done is the first undone, and none is forgotten.",
    ),
    Exercise(
        "7b",
        "Say how to take it back",
        says_how_to_take_it_back,
        (
            "Look how the story does it with the label: the operation stands inside a block that "
            "names its undo. `agreed(…)` belongs inside, too.",
            "`with saga.undo(name, undo):`, and the operation indented below it. One block for "
            "each of the two: if one block held both, a refusal of the second would forget the "
            "undo of the first.",
            '`with saga.undo("refund-payment", refund_payment(order)):` and below it, indented, '
            "the line of `process-payment`; then the same with `release-inventory`.",
        ),
        "Whatever fails, the books are as before.",
    ),
    Exercise(
        "7c",
        "What is undone?",
        foresees_what_is_undone,
        (
            "Go through the story from the top, and note each `with saga.undo(…)` that the order "
            "enters. Then read your notes from the bottom up.",
            "A refusal takes its own undo off the list again. A fault does not: the answer may "
            "have been lost after the work. So what fails for good is among what is undone, if it "
            "has an undo.",
            "`tok_declined`: none. `tok_down_reserve-inventory` and `tok_down_fraud-check`: "
            "`release-inventory`, `refund-payment`. `tok_down_ship-order`: `recall-shipment`, "
            "`void-shipping-label`, and then those two.",
        ),
        "You foresee what a saga does.",
    ),
)
