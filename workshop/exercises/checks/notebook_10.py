"""The exercises of notebook 10."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from workshop.exercises import file_of_orders
from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.error_meanings import in_words
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import NotYet, expect, expect_that
from workshop.exercises.identity import CREATED_AT, ORDER_ID, why
from workshop.exercises.outcome import Tried

PRODUCTS = ("sku-mug", "sku-cup", "sku-plate")
FAILED = "failed"

# The right number, what a wrong one has forgotten, and why it is right.
NUMBERS = {
    "A": (
        1499,
        "The map itself is an operation, too. How many does each line have in the history?",
        "the map is one operation, and each line has two: (3,000 - 1) / 2, rounded down.",
    ),
    "B": (
        2999,
        "FLAT leaves out the context of each line. The map itself is still there",
        "the map is one operation, and each line has one: its chained invoke.",
    ),
    "C": (
        23,
        "Count what is inside the map and the parallel, too: the branches, and their operations",
        "17 in a row, 2 for the one item (branch and step), and 4 for the two messages.",
    ),
    "D": (
        5001,
        "Count the operations of the import, and those of all its orders",
        "1 + 200 × 2 for the import, and 200 × 23 for the orders.",
    ),
    "E": (
        80,
        "An order that waits keeps its place. How many orders are open at once, and how long?",
        "ten groups of 20 orders, and each group takes 8 minutes.",
    ),
}


def picks_at_the_same_time(runner: CheckRunner) -> None:
    """A map with a branch for each item; a failed item is retried by itself, or fails the order."""
    tried = _picked(runner)
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
    picks = tried.answer if isinstance(tried.answer, list) else []
    expect_that(
        None not in picks,
        "the picks that pick_items returns",
        "the results of the steps",
        "pick returns None",
        why("Return what child.step returns", child),
    )
    got = [pick.get("productId") if isinstance(pick, dict) else pick for pick in picks]
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
    good, declined, down = file_of_orders.GOOD, file_of_orders.DECLINED, file_of_orders.DOWN
    cards = [good, good, file_of_orders.NO_NUMBER, good, declined, good, down, good, declined]
    answer, _begun = file_of_orders.run(runner, cards)
    failed = {"3": "'two'", "7": file_of_orders.WHY_DOWN}
    file_of_orders.expect_report(
        answer, "a file of 9 lines", {"completed": 5, "rejected": 2}, failed
    )
    answer, _begun = file_of_orders.run(runner, [good] * 4)
    file_of_orders.expect_report(answer, "a file without a broken line", {"completed": 4}, {})
    answer, _begun = file_of_orders.run(runner, [down] * 3)
    failed = dict.fromkeys("123", file_of_orders.WHY_DOWN)
    file_of_orders.expect_report(answer, "a file of 3 broken lines", {}, failed)
    # As long as the file of the notebook, so that a limit that it would reach is noticed.
    answer, begun = file_of_orders.run(runner, [down] * 200 + [good])
    expect(
        "the lines that begin, if all but the last of 201 fail", begun, 201, file_of_orders.POLICY
    )


def counts_operations(runner: CheckRunner) -> None:
    """Each of the five numbers is right; explains one that is wrong."""
    given: Any = getattr(runner.attempt, "numbers", None)
    expect_that(
        isinstance(given, dict) and given.keys() == NUMBERS.keys(),
        "numbers",
        "an entry for each of A to E",
        repr(given),
    )
    for letter, (number, forgotten, _because) in NUMBERS.items():
        said = given[letter]
        what = f"numbers[{letter!r}]"
        expect_that(
            isinstance(said, int | float) and not isinstance(said, bool),
            what,
            "a whole number",
            repr(said),
        )
        if said != number:
            raise NotYet(what, "another number", f"{said}. {forgotten}")


def _picked(runner: CheckRunner) -> Tried:
    """Return an order whose items are picked; its picks must be what a history can hold."""
    tried = runner.process(_picking(runner), event=_order(), may_fail=True)
    where = runner.cell.line("pick_item(") or runner.cell.line_of_operation("pick-item")
    expect_that(
        "<class 'function'>" not in tried.error,
        "what the branches of pick-items return",
        "the results of their steps",
        "a step was prepared and not run",
        why("Pass pick_item(order, item) itself to child.step", where),
    )
    failed = f"it failed with {in_words(tried.error)}"
    expect_that(not tried.error, "the execution", "to succeed", failed)
    return tried


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
            f"{letter} is {number:,}: {because}"
            for letter, (number, _forgotten, because) in NUMBERS.items()
        ),
    ),
)
