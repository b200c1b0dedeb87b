"""The story of an order: one durable function, 17 operations, five phases.

Every operation has a checkpoint when it is done. After a wait or a crash this code runs again from
its first line, and an operation with a checkpoint returns its result and does not run again. So
there are two rules here. Anything that changes the world, or differs between invocations, is inside
an operation. And the operations have the same order and the same names every time.
"""

import os
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration
from aws_lambda_powertools import Logger

import owners
import store
from compensation import OPERATION_ERRORS, Saga, is_not_ours, unchanged
from fulfillment import (
    generate_shipping_label,
    package_order,
    pick_items,
    quality_check,
    void_shipping_label,
)
from outcomes import Order, Refused, agreed
from patience import PARTNER, PAYMENT, STORE, UNDO, WAREHOUSE
from payment import (
    check_inventory,
    process_payment,
    refund_payment,
    release_inventory,
    reserve_inventory,
)
from reasons import TECHNICAL
from risk import credit_check, fraud_check, generate_invoice, review_order
from rules import ORDER_ID
from shipping import (
    complete_order,
    hold_parcel,
    send_notifications,
    ship_order,
    update_loyalty_points,
)
from successor import read_order
from validation import validate_order

logger = Logger(service="order-processor")

# Fixed for a deployed version, so the same in every replay.
WAREHOUSE_WAIT = Duration.from_seconds(int(os.environ.get("WAREHOUSE_WAIT_SECONDS", "300")))
CARRIER_WAIT = Duration.from_seconds(int(os.environ.get("CARRIER_WAIT_SECONDS", "180")))


class OrderFailed(Exception):
    """A technical fault outlived its retries: the order is undone, or it waits for a person."""


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order, by its id: {orderId}. Everything else is read from the table.

    An order that nobody stored may be in the event as a client posts it: {orderId, items, ...}.
    Returns {orderId, status, ...}. A refused order ends as `rejected` and is a success of this
    function: the answer is no. Raises OrderFailed when the order ends as `failed`.
    """
    if not isinstance(event, dict) or not ORDER_ID.fullmatch(str(event.get("orderId"))):
        raise ValueError("The event needs an orderId: ord- and 32 hexadecimal digits.")
    ctx.set_logger(logger)
    logger.append_keys(orderId=event["orderId"])
    store.write_as(ctx.execution_context.durable_execution_arn)
    saga = Saga(ctx, event)
    try:
        if owners.generation(store.name_of(ctx.execution_context.durable_execution_arn)):
            return recover(event, ctx, saga)
        return run_operations(event, ctx, saga)
    except Refused as refusal:
        if refusal.not_ours:
            return unchanged(event["orderId"], refusal)
        outcome = saga.close("rejected", refusal.reason, str(refusal))
    except OPERATION_ERRORS as fault:
        if is_not_ours(fault):
            return unchanged(event["orderId"], fault)
        outcome = saga.close("failed", TECHNICAL, f"a fault outlived its retries: {fault}")
    if outcome["status"] not in ("rejected", "unchanged"):
        raise OrderFailed(outcome["fault"])
    return outcome


def run_operations(event: dict[str, Any], ctx: DurableContext, saga: Saga) -> dict[str, Any]:
    """Run the 17 operations. Each `with saga.undo(...)` says how to undo what is inside it."""
    # Phase 1: validation
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    ctx.logger.info("order validated", extra={"totalCents": order["totalCents"]})

    # Phase 2: payment
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    with saga.undo("refund-payment", refund_payment(order)):
        agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    with saga.undo("release-inventory", release_inventory(order)):
        agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))

    # Phase 3: risk
    fraud = agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    if "needsReview" in fraud:
        review_order(ctx, order, fraud["score"])
    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    ctx.logger.info("order paid and accepted")
    return deliver(order, ctx, saga)


def deliver(order: Order, ctx: DurableContext, saga: Saga) -> dict[str, Any]:
    """Run fulfillment, up to the hand-over of the parcel, for an order that is paid."""
    # Phase 4: fulfillment
    ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")
    picks = pick_items(ctx, order)
    agreed(ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE))
    ctx.step(package_order(order), name="package-order", config=WAREHOUSE)
    with saga.undo("void-shipping-label", void_shipping_label(order)):
        label = ctx.step(
            generate_shipping_label(order), name="generate-shipping-label", config=WAREHOUSE
        )

    # Phase 5: shipping
    ctx.wait(CARRIER_WAIT, name="carrier-pickup")
    saga.past_pivot = True
    try:
        shipment = ctx.step(ship_order(order, label), name="ship-order", config=WAREHOUSE)
    except OPERATION_ERRORS:
        # The answer may have been lost. Only the carrier knows whether the parcel has left.
        parcel = ctx.step(hold_parcel(order, label), name="hold-parcel", config=UNDO)
        if parcel["held"]:
            saga.past_pivot = False
            raise
        shipment = parcel["shipment"]
    return finish(order, ctx, shipment)


def finish(order: Order, ctx: DurableContext, shipment: dict[str, Any]) -> dict[str, Any]:
    """Complete an order whose parcel has left. From here, it can only go forward."""
    ctx.logger.info("order shipped", extra={"shippedBy": shipment["service"]})
    notifications = send_notifications(ctx, order, shipment)
    ctx.step(update_loyalty_points(order), name="update-loyalty-points", config=PARTNER)
    done = ctx.step(complete_order(order, notifications), name="complete-order", config=STORE)
    ctx.logger.info("order completed", extra=done)
    return {"orderId": order["orderId"], "status": "completed", **shipment, **done}


def recover(event: dict[str, Any], ctx: DurableContext, saga: Saga) -> dict[str, Any]:
    """Take up an order that was lost or cancelled: to its end if the parcel has left, else back."""
    found = agreed(ctx.step(read_order(event["orderId"]), name="read-order", config=STORE))
    order: Order = found["order"]
    saga.past_pivot = True  # until the carrier has promised that the parcel never leaves
    parcel = ctx.step(hold_parcel(order, found["label"]), name="hold-parcel", config=UNDO)
    if not parcel["held"]:
        return finish(order, ctx, parcel["shipment"])
    saga.past_pivot = False
    # Nobody knows how far the order came. Each undo finds out, and refuses what arrives late.
    for name, step in (
        ("refund-payment", refund_payment(order)),
        ("release-inventory", release_inventory(order)),
        ("void-shipping-label", void_shipping_label(order)),
    ):
        with saga.undo(name, step):
            pass
    return saga.close(**found["end"])
