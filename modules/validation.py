"""Phase 1, validation: can the shop accept this order? The rules are in `rules.py`."""

from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import store
from faults import operation
from outcomes import Order, refused
from rules import check_order


@durable_step
@operation("validate-order")
def validate_order(_step: StepContext, event: dict[str, Any]) -> Order | dict[str, Any]:
    """Check the order, compute its total, store it as `validated`, and return the `Order`."""
    order_id = event["orderId"]
    stored = store.load(order_id) or {}
    taken = store.taken(stored)
    if taken:
        return refused(taken, not_ours=True)
    sent = {name: value for name, value in event.items() if name != "orderId"}
    order, problems = check_order(store.posted(stored) or sent)
    if order is None:
        return refused("the order is not valid: " + "; ".join(problems))
    stored = store.advance(order_id, "validated", **store.facts_of(order))
    return store.for_history(stored)
