"""The first step of an execution that took an order over: read what is known of the order."""

from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import owners
import store
from outcomes import refused
from reasons import CANCELLED, TECHNICAL


@durable_step
def read_order(_step: StepContext, order_id: str) -> dict[str, Any]:
    """Return order and label, as the former owner knew them, and how it ends."""
    stored = store.load(order_id)
    if stored is None or not store.is_ours(stored) or not owners.is_open(stored):
        return refused("the order has ended, or belongs to another execution", not_ours=True)
    return {
        "order": store.for_history(stored),
        "label": stored.get("label", {}),
        "end": _end(stored),
    }


def _end(stored: dict[str, Any]) -> dict[str, str]:
    """Return how the order ends if its parcel has not left: if its customer was told, so."""
    if "told" in stored:
        return {**stored["told"], "fault": "its execution ended after its customer was told"}
    if "cancelledSince" in stored:
        return {"status": "cancelled", "reason": CANCELLED, "fault": "cancelled by the customer"}
    return {
        "status": "failed",
        "reason": TECHNICAL,
        "fault": "its execution ended before the order did",
    }
