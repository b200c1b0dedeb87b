"""The exercises of notebook 04."""

from __future__ import annotations

import os
from typing import Any

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.error_meanings import in_words
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import expect, expect_that
from workshop.exercises.identity import CREATED_AT, why
from workshop.orders import contract

SEVEN = list(contract.until("generate-invoice"))
STATUSES = list(contract.statuses_until("generate-shipping-label"))
PICKED, CHECKED = "items-picked", "quality-checked"
WAIT_SECONDS = 420
WAIT = "ctx.wait("
WAREHOUSE_ATTEMPTS = 5


def waits_for_the_warehouse(runner: CheckRunner) -> None:
    """The eighth operation is a wait, as long as the template says; a refused order has none."""
    os.environ["WAREHOUSE_WAIT_SECONDS"] = str(WAIT_SECONDS)
    tried = runner.process()
    expect_that(
        not runner.sleeps,
        "how the order waits",
        "by ctx.wait, an operation of its own during which no function runs",
        "; ".join(map(str, runner.sleeps)),
        "You pay for a function that sleeps, Lambda ends it at its Timeout, and a "
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
    expect("the statuses of an order without damage", _statuses(runner, "a"), [PICKED, CHECKED])
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
        "sku-damaged and sku-cracked in it, and no undamaged product",
        refusal,
        why("Name everything in damaged, and nothing else", runner.cell.line("refused(")),
    )
    expect("the statuses of an order with damage", _statuses(runner, "b"), [PICKED])
    _expect_picks(runner, "b", 3)
    _expect_labels(runner)


def _expect_labels(runner: CheckRunner) -> None:
    """The service depends on the total; the label is returned, and stored with its status."""
    for letter, cents, service in (("c", 500_00, "StandardShip"), ("d", 500_01, "ExpressShip")):
        order = _order(letter, "sku-mug") | {"totalCents": cents}
        tried = runner.process(_labelled(runner), event=order)
        what = f"what generate_shipping_label returns for a total of {cents} cents"
        where = runner.cell.line_of_operation("ExpressShip")
        expect_that(
            isinstance(tried.answer, dict) and set(tried.answer) == {"service", "trackingNumber"},
            what,
            "a dictionary with service and trackingNumber",
            tried.answer,
            runner.cell.line("return", after="def generate_shipping_label"),
        )
        expect(f"the service for a total of {cents} cents", tried.answer["service"], service, where)
        expect_that(
            str(tried.answer["trackingNumber"]).startswith("TRK"),
            what,
            "the tracking number from partners.print_label",
            tried.answer,
            where,
        )
        stored = _stored(runner, letter)
        advance = runner.cell.line("store.advance", after="def generate_shipping_label")
        expect(
            "the status of an order with a label", stored.get("status"), "awaiting-pickup", advance
        )
        expect(
            "the label that is stored with the order", stored.get("label"), tried.answer, advance
        )


def runs_the_fulfillment_phase(runner: CheckRunner) -> None:
    """Twelve operations, each status once and in order, and a damaged item ends the order."""
    twelve = list(contract.until("generate-shipping-label"))
    for token, when in (
        ("tok_ok", "goes well"),
        ("tok_timeout_package-order", "is replayed more often"),
    ):
        tried = runner.process(payment_token=token)
        runner.expect_operations(f"the operations of an order that {when}", tried, twelve)
        seen = [entry["status"] for entry in tried.order["timeline"]]
        expect(f"the statuses of an order that {when}", seen, STATUSES)
    label = tried.order.get("label") or {}
    answer = tried.answer if isinstance(tried.answer, dict) else {}
    expect_that(
        answer.get("trackingNumber") == label.get("trackingNumber"),
        "what the handler returns",
        "the tracking number of the label",
        tried.answer,
        why("Keep the result of the step in label", runner.cell.line("label", after=WAIT)),
    )
    damaged = runner.process(product_id="sku-damaged")
    runner.expect_operations(
        "the operations of an order with a damaged item", damaged, [*twelve[:10], "close-order"]
    )
    for name in twelve[8:]:
        down = runner.process(payment_token=f"tok_down_{name}", may_fail=True)
        expect(
            f"the attempts of {name} when the warehouse is unavailable",
            down.attempts(name),
            WAREHOUSE_ATTEMPTS,
            why("Use config=WAREHOUSE", runner.cell.line_of_operation(name)),
        )


def _statuses(runner: CheckRunner, letter: str) -> list[str]:
    return [entry["status"] for entry in _stored(runner, letter).get("timeline", [])]


def _expect_picks(runner: CheckRunner, letter: str, items: int) -> None:
    picks = _stored(runner, letter).get("picks")
    expect_that(
        isinstance(picks, list) and len(picks) == items,
        "the picks that are stored with the order",
        "the picks of every item, stored with picks=picks",
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


def _labelled(runner: CheckRunner) -> Any:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    fulfillment = runner.attempt

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        return ctx.step(fulfillment.generate_shipping_label(event), name="generate-shipping-label")

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
            "The context starts a wait, as it runs a step. A wait has a duration and a name, and "
            "returns nothing.",
            "`ctx.wait(…)` takes the duration first, and then `name=`. The duration is in the cell "
            "already, above the function.",
            '`ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")`',
        ),
        "For five minutes, nothing runs.",
    ),
    Exercise(
        "4b",
        "A damaged item",
        sends_damaged_items_back,
        (
            "A damaged item is a result: it stays damaged, no matter how many times you check. "
            "So do not raise "
            "an exception. Store what you know, then return the refusal. The label is stored in "
            "the same way as the package above.",
            "If `damaged` is not empty: `store.advance` with `items-picked`, and `return "
            "refused(…)` with the product ids in it. After that `if`: `store.advance` with both "
            "statuses. The label is a dictionary with `service` and `trackingNumber`, stored by "
            '`store.advance(…, "awaiting-pickup", label=label)`.',
            '`store.advance(order["orderId"], "items-picked", picks=picks)`, then `return '
            "refused(f\"damaged: {', '.join(damaged)}\")`; else "
            '`store.advance(order["orderId"], "items-picked", "quality-checked", picks=picks)`. '
            '`service = "ExpressShip" if order["totalCents"] > EXPRESS_OVER_CENTS else '
            '"StandardShip"`. `label = {"service": service, "trackingNumber": '
            'partners.print_label(order["orderId"], service)}`. `store.advance(order["orderId"], '
            '"awaiting-pickup", label=label)`, then `return label`.',
        ),
        "The refusal is stored with its reason, and the inspection is not retried.",
    ),
    Exercise(
        "4c",
        "Fix it: the fulfillment phase",
        runs_the_fulfillment_phase,
        (
            "All four lines look like the lines above them: prepare the step, and let the context "
            "run it, with a name and a config. You need two of the results later.",
            "`picks = ctx.step(pick_items(order), …)`. Wrap the step that may refuse in "
            "`agreed(…)`. The last line is `label = ctx.step(…)`.",
            '`picks = ctx.step(pick_items(order), name="pick-items", config=WAREHOUSE)`, then '
            '`agreed(ctx.step(quality_check(order, picks), name="quality-check", '
            "config=WAREHOUSE))`, and the other two in the same way.",
        ),
        "No matter how many times Lambda invokes the function, the status only moves forward.",
    ),
)
