"""Phase 2, payment: is it there, take the money, take the stock."""

from collections import Counter
from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import partners
import store
from faults import operation
from money import tax_cents
from outcomes import Order, refused


@durable_step
@operation("check-inventory")
def check_inventory(_step: StepContext, order: Order) -> dict[str, Any]:
    """Look whether every item is in stock. Nothing is taken yet: no money is, either."""
    wanted = quantities(order)
    left = partners.stock_left(wanted)
    short = [product for product in wanted if left[product] < wanted[product]]
    if short:
        return refused(f"out of stock: {', '.join(short)}")
    store.advance(order["orderId"], "inventory-checked")
    return {"productsInStock": len(wanted)}


@durable_step
@operation("process-payment")
def process_payment(_step: StepContext, order: Order) -> dict[str, Any]:
    """Charge the total and its tax, exactly once.

    The partner's answer may be lost, or this process, after the money has moved. The next attempt
    sends the same idempotency key, so the partner returns the charge that it already made.
    """
    amount_cents = order["totalCents"] + tax_cents(order["totalCents"])
    token = store.personal(order["orderId"], "paymentToken")
    charge = partners.charge(order["orderId"], amount_cents, token, charge_key(order))
    if "declined" in charge:
        return refused(charge["declined"])
    store.advance(order["orderId"], "payment-processed", chargeId=charge["reference"])
    return {"chargeId": charge["reference"], "chargedCents": amount_cents}


@durable_step
def refund_payment(_step: StepContext, order: Order) -> dict[str, Any]:
    """Undo `process_payment`, as often as it is called; refunds 0 if nothing was charged."""
    return {"refundedCents": partners.refund(order["orderId"], charge_key(order))}


@durable_step
@operation("reserve-inventory")
def reserve_inventory(_step: StepContext, order: Order) -> dict[str, Any]:
    """Take the stock, all items or none. It may have gone to another order since the check."""
    wanted = quantities(order)
    ran_out = partners.reserve(order["orderId"], wanted)
    if ran_out:
        return refused(f"sold to somebody else a moment ago: {', '.join(ran_out)}")
    store.advance(order["orderId"], "inventory-reserved")
    return {"unitsReserved": sum(wanted.values())}


@durable_step
def release_inventory(_step: StepContext, order: Order) -> dict[str, Any]:
    """Undo `reserve_inventory`, as often as it is called."""
    return {"released": partners.release(order["orderId"], quantities(order))}


def charge_key(order: Order) -> str:
    """The idempotency key of an order's one charge: the same in every attempt."""
    return f"{order['orderId']}:charge"


def quantities(order: Order) -> dict[str, int]:
    """Return the units by product; several lines may name the same product."""
    units: Counter[str] = Counter()
    for item in order["items"]:
        units[item["productId"]] += item["quantity"]
    return dict(units)
