"""The exercises of notebook 10."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import NotYet, expect, expect_that
from workshop.exercises.identity import CREATED_AT, ORDER_ID, why

PRODUCTS = ("sku-mug", "sku-cup", "sku-plate")
FAILED, SUCCEEDED = "failed", "succeeded"
# What the order processor returns for a card; it fails for every other one.
STATUSES = {"tok_ok": "completed", "tok_declined": "rejected"}
DOWN = "the bank is unavailable"
POLICY = "Did the map end early? Give it a completion_config that tolerates failures"

NUMBERS = {
    "A": (1499, "the map is one operation, and each line has two: (3,000 - 1) / 2, rounded down."),
    "B": (2999, "the map is one operation, and each line has one: its chained invoke."),
    "C": (
        23,
        "17 in a row, 2 for the one item (branch and step), and 4 for the two messages.",
    ),
    "D": (5001, "1 + 200 × 2 for the import, and 200 × 23 for the orders."),
    "E": (80, "ten groups of 20 orders, and each group takes 8 minutes."),
}


def picks_at_the_same_time(runner: CheckRunner) -> None:
    """A map with a branch for each item; a failed item is retried by itself, or fails the order."""
    tried = runner.process(_picking(runner), event=_order())
    expect_that(
        "pick-item" not in tried.names,
        "where pick-item runs",
        "in the branch of its item",
        "beside the map",
        why(
            "Run one step named pick-item, by child.step",
            runner.cell.line_of_operation("pick-item"),
        ),
    )
    runner.expect_operations("the operations of pick_items", tried, ["pick-items"])
    picked = tried.find("pick-items")
    where = runner.cell.line_of_operation("pick-items")
    kind = picked.operation_type.value.lower()
    expect("the kind of the operation pick-items", kind, "context", why("Use ctx.map", where))
    # Branches start at the same time, so a busy machine may record them in any order.
    branches = sorted(str(branch.name) for branch in picked.child_operations)
    expect(
        "the branches of pick-items",
        branches,
        [f"{number}-{product}" for number, product in enumerate(PRODUCTS, 1)],
        why("Map over order['items'], with the config that is there", where),
    )
    steps = [[step.name for step in branch.child_operations] for branch in picked.child_operations]
    child = runner.cell.line_of_operation("pick-item")
    expect(
        "the operations in each branch",
        steps,
        [["pick-item"]] * len(PRODUCTS),
        why("Run one step named pick-item, by child.step", child),
    )
    got = [pick["productId"] for pick in tried.answer] if isinstance(tried.answer, list) else None
    expect(
        "the products of the picks that pick_items returns",
        got,
        list(PRODUCTS),
        why("Return what picked.get_results() returns", runner.cell.line("return", after="map(")),
    )
    calls = _broken_shelf(runner, "sku-cup", times=1)
    runner.process(_picking(runner), event=_order())
    expect(
        "how often each item is picked when the shelf of sku-cup is stuck once",
        dict(sorted(calls.items())),
        {"sku-cup": 2, "sku-mug": 1, "sku-plate": 1},
        why("Use config=WAREHOUSE", child),
    )
    calls = _broken_shelf(runner, "sku-plate", times=99)
    stuck = runner.process(_picking(runner), event=_order(), may_fail=True)
    expect(
        "the attempts for sku-plate when its shelf stays stuck",
        calls["sku-plate"],
        5,
        why("Use config=WAREHOUSE", child),
    )
    expect_that(
        stuck.state == FAILED,
        "pick_items when an item fails permanently",
        "to raise an error",
        f"it returns {stuck.answer!r}",
        "A map does not raise. Call picked.throw_if_error() before you return the results",
    )


def says_what_failed(runner: CheckRunner) -> None:
    """Every line is processed, and the result says how orders ended and which lines failed."""
    good, declined, down = "tok_ok", "tok_declined", "tok_down_process-payment"
    cards = [good, good, "no number", good, declined, good, down, good, declined]
    answer, _begun = _import(runner, cards)
    _expect_report(
        answer, "a file of 9 lines", {"completed": 5, "rejected": 2}, {"3": "'two'", "7": DOWN}
    )
    answer, _begun = _import(runner, [good] * 4)
    _expect_report(answer, "a file without a broken line", {"completed": 4}, {})
    answer, _begun = _import(runner, [down] * 3)
    _expect_report(answer, "a file of 3 broken lines", {}, dict.fromkeys("123", DOWN))
    answer, begun = _import(runner, [down] * 30 + [good])
    expect("the lines that begin, if all but the last of 31 fail", begun, 31, POLICY)


def counts_operations(runner: CheckRunner) -> None:
    """Each of the five numbers is right; explains one that is wrong."""
    given: Any = getattr(runner.attempt, "numbers", None)
    expect_that(
        isinstance(given, dict) and given.keys() == NUMBERS.keys(),
        "numbers",
        "an entry for each of A to E",
        repr(given),
    )
    for letter, (number, because) in NUMBERS.items():
        said = given[letter]
        what = f"numbers[{letter!r}]"
        expect_that(
            isinstance(said, int | float) and not isinstance(said, bool),
            what,
            "a whole number",
            repr(said),
        )
        if said != number:
            raise NotYet(what, "another number", f"{said}. Think of this: {because}")


def _picking(runner: CheckRunner) -> Callable[..., Any]:
    """Return a handler that only picks the items of its order."""
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    pick_items: Any = runner.attempt.pick_items

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        return pick_items(ctx, event)

    return handler


def _order() -> dict[str, Any]:
    return {
        "orderId": ORDER_ID,
        "customerId": "cust-ada",
        "customerEmail": "ada@example.com",
        "paymentToken": "tok_ok",
        "items": [
            {"productId": product, "name": product, "quantity": 1, "priceCents": 4599}
            for product in PRODUCTS
        ],
        "totalCents": 3 * 4599,
        "createdAt": CREATED_AT,
    }


def _broken_shelf(runner: CheckRunner, product: str, times: int) -> Counter[str]:
    """Let a shelf give no answer, so many times; return the calls by product."""
    partners: Any = runner.module("partners")
    no_answer: Any = runner.module("sandbox").NoAnswer
    calls: Counter[str] = Counter()

    def bin_location(product_id: str) -> str:
        calls[product_id] += 1
        if product_id == product and calls[product_id] <= times:
            raise no_answer("the shelf is stuck")
        return "A-1"

    partners.bin_location = bin_location
    return calls


def _import(runner: CheckRunner, cards: list[str]) -> tuple[Any, int]:
    """Import a file with these cards; return what the import returns, and the orders it invoked.

    The card "no number" stands for a line that cannot be read.
    """
    from aws_durable_execution_sdk_python import DurableContext
    from aws_durable_execution_sdk_python.config import StepConfig
    from aws_durable_execution_sdk_python.retries import RetryPresets

    invoked: set[str] = set()

    def invoke(
        ctx: Any, _function: str, payload: Any, name: Any = None, _config: Any = None
    ) -> Any:
        def process(_step: Any) -> dict[str, str]:
            invoked.add(payload["orderId"])
            if payload["paymentToken"] not in STATUSES:
                raise RuntimeError(DOWN)
            return {"status": STATUSES[payload["paymentToken"]]}

        return ctx.step(process, name=name, config=StepConfig(retry_strategy=RetryPresets.none()))

    lines = [
        f"cust-{number},sku-mug,{'two' if card == 'no number' else 2},45.99,{card}"
        for number, card in enumerate(cards, 1)
    ]
    event = {"orderId": ORDER_ID, "name": f"file-{len(cards)}-{cards[0]}", "lines": lines}
    with patch.object(DurableContext, "invoke", invoke):
        tried = runner.process(runner.attempt.handler, event=event, may_fail=True)
    expect_that(
        tried.state == SUCCEEDED,
        "the import of a file with broken lines",
        "to return what failed",
        f"it fails with {tried.error}",
    )
    return tried.answer, len(invoked)


def _expect_report(answer: Any, what: str, ended: dict[str, int], failed: dict[str, str]) -> None:
    expect_that(
        isinstance(answer, dict) and answer.keys() == {"ended", "failed"},
        f"what the import returns for {what}",
        "a dictionary with ended and failed",
        answer,
    )
    expect(f"ended, for {what}", answer["ended"], ended, POLICY if answer["failed"] else "")
    given = answer["failed"]
    numbers = sorted(given, key=str) if isinstance(given, dict) else given
    expect(
        f"the numbers of the lines in failed, for {what}",
        numbers,
        sorted(failed),
        "Lines are numbered from 1, and item.index from 0. An item that succeeded has no error",
    )
    for line, reason in failed.items():
        expect_that(
            reason in str(given[line]),
            f"failed[{line}], for {what}",
            f"the reason in it, which error.message holds: {reason}",
            given[line],
        )


EXERCISES = (
    Exercise(
        "10a",
        "Pick the items at the same time",
        picks_at_the_same_time,
        (
            "The step in the branch looks like every other step, with `child` instead of `ctx`. "
            "`ctx.map` takes the list, the function `pick`, a name, and the config.",
            'In `pick`: `return child.step(pick_item(order, item), name="pick-item", '
            "config=WAREHOUSE)`. Below, keep what `ctx.map(…)` returns in `picked`, and use it "
            "twice.",
            '`picked = ctx.map(order["items"], pick, name="pick-items", config=config)`, then '
            "`picked.throw_if_error()`, then `return picked.get_results()`",
        ),
        "Three branches at once. An item that fails is picked again by itself, and the order "
        "fails if the item keeps failing.",
    ),
    Exercise(
        "10b",
        "The file goes on, and the result says what failed",
        says_what_failed,
        (
            "The last line of the table above is the policy that you need. For `failed`, go "
            "through `outcome.all`, and take the items that have an `error`.",
            "`MapConfig` takes `completion_config=CompletionConfig(…)`. The statuses are in "
            "`outcome.get_results()`. The number of a line is `item.index + 1`.",
            "`CompletionConfig(tolerated_failure_percentage=100)`; "
            "`dict(Counter(outcome.get_results()))`; and `{item.index + 1: item.error.message "
            "for item in outcome.all if item.error}`",
        ),
        "Every line gets its turn, and the customer reads which ones to send again.",
    ),
    Exercise(
        "10c",
        "How large can a file be?",
        counts_operations,
        (
            "A: the map is one operation, and it needs two more for each line. B: without the "
            "context, a line needs one.",
            "C: count as for the order of three items: 17, two for each item, two for each "
            "message. D: the import has 401, and there are 200 orders of C operations each.",
            "A is (3000 - 1) // 2, B is 3000 - 1, C is 17 + 2 + 4, D is 401 + 200 × C, and E is "
            "200 / 20 × 8.",
        ),
        "You can say before you deploy whether a file fits. One by one:",
        tuple(
            f"{letter} is {number:,}: {because}" for letter, (number, because) in NUMBERS.items()
        ),
    ),
)
