"""Phase 5, shipping: hand over, tell the customer, thank them, done."""

from datetime import datetime
from typing import Any

from aws_durable_execution_sdk_python import BatchResult, DurableContext, StepContext, durable_step
from aws_durable_execution_sdk_python.config import CompletionConfig, ParallelBranch, ParallelConfig

import partners
import store
from faults import operation
from outcomes import Order
from patience import PARTNER

# Each message has all its attempts, even if the other one fails.
EACH_FOR_ITSELF = CompletionConfig(tolerated_failure_percentage=100)


@durable_step
@operation("ship-order")
def ship_order(_step: StepContext, order: Order, label: dict[str, Any]) -> dict[str, Any]:
    """Give the parcel to the carrier, who estimates its delivery in three days."""
    shipment = {**label, "estimatedDelivery": partners.hand_over(order["orderId"])}
    store.advance(order["orderId"], "shipped", shipment=shipment)
    return shipment


@durable_step
def hold_parcel(_step: StepContext, order: Order, label: dict[str, Any]) -> dict[str, Any]:
    """Find out whether the parcel has left; if not, see to it that it never will."""
    delivery = partners.hold(order["orderId"])
    if delivery is None:
        return {"held": True}
    shipment = {**label, "estimatedDelivery": delivery}
    store.advance(order["orderId"], "shipped", shipment=shipment)
    return {"held": False, "shipment": shipment}


def send_notifications(
    ctx: DurableContext, order: Order, shipment: dict[str, Any]
) -> dict[str, str]:
    """Send email and SMS at the same time; return the outcome of each.

    A message that fails is only noted in the result. The parcel is on its way, and taking it back
    because of an email would help nobody.
    """

    def email(child: DurableContext) -> str:
        return child.step(send_email(order, shipment), name="send-email", config=PARTNER)

    def sms(child: DurableContext) -> str:
        return child.step(send_sms(order, shipment), name="send-sms", config=PARTNER)

    outcome: BatchResult[str] = ctx.parallel(
        [ParallelBranch(email, name="email"), ParallelBranch(sms, name="sms")],
        name="send-notifications",
        config=ParallelConfig(completion_config=EACH_FOR_ITSELF),
    )
    return {
        channel: f"failed: {item.error.message}" if item.error else str(item.result)
        for channel, item in zip(("email", "sms"), outcome.all, strict=True)
    }


@durable_step
@operation("send-notifications")
def send_email(_step: StepContext, order: Order, shipment: dict[str, Any]) -> str:
    """Email the tracking number."""
    address = store.personal(order["orderId"], "customerEmail")
    partners.send_email(order["orderId"], address, "shipped", _message(shipment))
    return "sent"


@durable_step
@operation("send-notifications")
def send_sms(_step: StepContext, order: Order, shipment: dict[str, Any]) -> str:
    """Text the tracking number, if there is a phone."""
    phone = store.personal(order["orderId"], "customerPhone")
    if not phone:
        return "skipped: the order has no phone number"
    partners.send_sms(order["orderId"], phone, "shipped", _message(shipment))
    return "sent"


@durable_step
@operation("update-loyalty-points")
def update_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Add 10% of the total to the customer's balance, in whole points, rounded down."""
    partners.add_points(order["orderId"], order["customerId"], points(order))
    return {"pointsAdded": points(order)}


@durable_step
@operation("complete-order")
def complete_order(
    _step: StepContext, order: Order, notifications: dict[str, str]
) -> dict[str, Any]:
    """Close the order as `completed`, with the time it took from its first second."""
    started, ended = datetime.fromisoformat(order["createdAt"]), datetime.fromisoformat(store.now())
    milliseconds = round((ended - started).total_seconds() * 1000)
    stored = store.advance(
        order["orderId"],
        "completed",
        notifications=notifications,
        processingMilliseconds=milliseconds,
    )
    return {"processingMilliseconds": int(stored["processingMilliseconds"])}


def points(order: Order) -> int:
    """Loyalty points of an order: one for every full 10.00 of its total."""
    return order["totalCents"] // 1000


def _message(shipment: dict[str, Any]) -> str:
    return (
        f"Your order is on its way with {shipment['service']}, "
        f"tracking number {shipment['trackingNumber']}, due {shipment['estimatedDelivery']}."
    )
