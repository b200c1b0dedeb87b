"""The exercises of notebook 04."""

from __future__ import annotations

import os
from typing import Any

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.error_meanings import in_words
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import expect, expect_that
from workshop.exercises.identity import CREATED_AT, why

SEVEN = [
    "validate-order",
    "check-inventory",
    "process-payment",
    "reserve-inventory",
    "fraud-check",
    "credit-check",
    "generate-invoice",
]
TOLD = [
    "validated",
    "awaiting-warehouse",
    "items-picked",
    "quality-checked",
    "packaged",
    "awaiting-pickup",
]
WAIT_SECONDS = 420


def waits_for_the_warehouse(runner: CheckRunner) -> None:
    """The eighth operation is a wait, as long as the template says; a refused order has none."""
    os.environ["WAREHOUSE_WAIT_SECONDS"] = str(WAIT_SECONDS)
    tried = runner.process()
    expect_that(
        not runner.sleeps,
        "how the order waits",
        "by ctx.wait, an operation of its own during which no function runs",
        "; ".join(map(str, runner.sleeps)),
        "A function that sleeps is running: it is paid for, Lambda stops it at its Timeout, and a "
        "replay sleeps again",
    )
    name = "warehouse-processing"
    runner.expect_operations("the operations of an order", tried, [*SEVEN, name])
    where = runner.cell.line_of_operation(name)
    kind = tried.find(name).operation_type.value.lower()
    expect(f"the kind of the operation {name}", kind, "wait", why("Use ctx.wait", where))
    expect(
        f"the seconds of the wait, if the template says {WAIT_SECONDS}",
        tried.waits[name],
        WAIT_SECONDS,
        why("Wait for WAREHOUSE_WAIT, which comes from the template", where),
    )


def sends_damaged_items_back(runner: CheckRunner) -> None:
    """A damaged item refuses the order, by name; a good one passes two statuses."""
    partners: Any = runner.module("partners")
    partners.is_damaged = lambda product_id: product_id in ("sku-damaged", "sku-cracked")
    runner.process(_picked_and_checked(runner), event=_order("a", "sku-mug", "sku-plate"))
    expect("the statuses of an order without damage", _statuses(runner, "a"), TOLD[2:4])
    _expect_picks(runner, "a", 2)
    damaged = _order("b", "sku-mug", "sku-damaged", "sku-cracked")
    bad = runner.process(_picked_and_checked(runner), event=damaged, may_fail=True)
    refusal = str(bad.answer.get("refused", "")) if isinstance(bad.answer, dict) else ""
    expect_that(
        refusal,
        "what quality_check returns for damaged items",
        "a refusal",
        f"no answer, but {in_words(bad.error)}" if bad.error else bad.answer,
        "" if bad.error else why("Return refused(…)", runner.cell.line("if damaged")),
    )
    expect_that(
        "sku-damaged" in refusal and "sku-cracked" in refusal and "sku-mug" not in refusal,
        "the reason of that refusal",
        "sku-damaged and sku-cracked in it, and no product that is fine",
        refusal,
        why("Name everything in damaged, and nothing else", runner.cell.line("refused(")),
    )
    expect("the statuses of an order with damage", _statuses(runner, "b"), TOLD[2:3])
    _expect_picks(runner, "b", 3)


def tells_each_status_once(runner: CheckRunner) -> None:
    """Every status once and in order, written by an operation, however often it is replayed."""
    for token, when in (
        ("tok_ok", "goes well"),
        ("tok_timeout_package-order", "is replayed more often"),
    ):
        tried = runner.process(payment_token=token)
        for wait, before, status in (
            ("warehouse-processing", "validate-order", "awaiting-warehouse"),
            ("carrier-pickup", "package-order", "awaiting-pickup"),
        ):
            tried.find(wait)
            between = tried.names[tried.names.index(before) + 1 : tried.names.index(wait)]
            expect_that(
                between,
                f"the operations between {before} and {wait}",
                f"one that writes the status {status}",
                "none. Was tell(…) prepared, and not run?",
                runner.cell.line(f'"{status}"'),
            )
        seen = [entry["status"] for entry in tried.order["timeline"]]
        expect(f"the statuses of an order that {when}", seen, TOLD)
        expect_that(
            "(no name)" not in tried.names and len(set(tried.names)) == len(tried.names),
            "the names of the operations",
            "a name of its own for each",
            tried.names,
        )


def _statuses(runner: CheckRunner, letter: str) -> list[str]:
    return [entry["status"] for entry in _stored(runner, letter).get("timeline", [])]


def _expect_picks(runner: CheckRunner, letter: str, items: int) -> None:
    picks = _stored(runner, letter).get("picks")
    expect_that(
        isinstance(picks, list) and len(picks) == items,
        "the picks that are stored with the order",
        "those of every item, by picks=picks",
        picks,
    )


def _stored(runner: CheckRunner, letter: str) -> dict[str, Any]:
    return dict(runner.module("store").load(_id(letter)) or {})


def _picked_and_checked(runner: CheckRunner) -> Any:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    fulfillment = runner.attempt

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        picks = ctx.step(fulfillment.pick_items(event), name="pick-items")
        return ctx.step(fulfillment.quality_check(event, picks), name="quality-check")

    return handler


def _id(letter: str) -> str:
    return "ord-" + letter * 32


def _order(letter: str, *product_ids: str) -> dict[str, Any]:
    return {
        "orderId": _id(letter),
        "customerId": "cust-ada",
        "customerEmail": "ada@example.com",
        "paymentToken": "tok_ok",
        "items": [
            {"productId": product_id, "name": "Thing", "quantity": 1, "priceCents": 4599}
            for product_id in product_ids
        ],
        "totalCents": 4599 * len(product_ids),
        "createdAt": CREATED_AT,
    }


EXERCISES = (
    Exercise(
        "4a",
        "Wait for the warehouse",
        waits_for_the_warehouse,
        (
            "A wait is asked of the context, as a step is. It has a duration and a name, and "
            "returns nothing.",
            "`ctx.wait(…)` takes the duration first, and then `name=`. The duration is there "
            "already, at the top of the file.",
            '`ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")`',
        ),
        "Five minutes in which nothing runs.",
    ),
    Exercise(
        "4b",
        "A damaged item",
        sends_damaged_items_back,
        (
            "A damaged item is an answer: it stays damaged, however often one looks. So nothing is "
            "raised here. Store what is known, then return the refusal.",
            "If `damaged` is not empty: `store.advance` with `items-picked`, and `return "
            "refused(…)` with the names in it. After that `if`: `store.advance` with both of the "
            "statuses.",
            '`store.advance(order["orderId"], "items-picked", picks=picks)`, then `return '
            "refused(f\"damaged: {', '.join(damaged)}\")`; else "
            '`store.advance(order["orderId"], "items-picked", "quality-checked", picks=picks)`',
        ),
        "The reason is on record, and nobody looks at the same scratch six times.",
    ),
    Exercise(
        "4c",
        "Fix it: tell it once",
        tells_each_status_once,
        (
            "Both lines are steps like any other: prepare `tell`, and let the context run it.",
            "`tell(order, status)` prepares the step. Hand it to `ctx.step`, with a name that no "
            "other operation has.",
            '`ctx.step(tell(order, "awaiting-warehouse"), name="tell-awaiting-warehouse", '
            "config=STORE)`, and the same for `awaiting-pickup` before the second wait.",
        ),
        "However often the function runs, the story goes forwards.",
    ),
)
