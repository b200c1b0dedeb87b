"""The first step of an execution that took an order over: read what is known of the order."""

from typing import Any, cast

from aws_durable_execution_sdk_python import StepContext, durable_step

import owners
import store
from outcomes import Item, NewOrder, refused


@durable_step
def read_order(_step: StepContext, order_id: str) -> dict[str, Any]:
    """Return order and label, as the former owner knew them, and whether to cancel."""
    stored = store.load(order_id)
    if stored is None or not store.is_ours(stored) or not owners.is_open(stored):
        return refused("the order has ended, or belongs to another execution", not_ours=True)
    items = [
        Item(
            productId=line["productId"],
            name=line["name"],
            quantity=int(line["quantity"]),
            priceCents=int(line["priceCents"]),
        )
        for line in stored["items"]
    ]
    order = {
        **store.facts_of(cast(NewOrder, stored)),
        "orderId": order_id,
        "items": items,
        "totalCents": int(stored["totalCents"]),
        "createdAt": stored["createdAt"],
    }
    is_cancelled = "cancelledSince" in stored
    return {"order": order, "label": stored.get("label", {}), "isCancelled": is_cancelled}
