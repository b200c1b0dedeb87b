"""The contract of an order: its operations in order, each with its phase and its statuses.

Everything that lists operations or statuses reads this table. To add an operation, add a row here
and a step in workflow.py.
"""

from typing import NamedTuple


class Operation(NamedTuple):
    """One durable operation of an order that goes well.

    `statuses` are what a customer sees once it is done, in order; most operations have one.
    """

    name: str
    phase: str
    statuses: tuple[str, ...] = ()
    is_wait: bool = False


TABLE = (
    Operation("validate-order", "validation", ("validated",)),
    Operation("check-inventory", "payment", ("inventory-checked",)),
    Operation("process-payment", "payment", ("payment-processed",)),
    Operation("reserve-inventory", "payment", ("inventory-reserved",)),
    Operation("fraud-check", "risk", ("fraud-checked",)),
    Operation("credit-check", "risk"),
    Operation("generate-invoice", "risk", ("invoice-generated", "awaiting-warehouse")),
    Operation("warehouse-processing", "fulfillment", is_wait=True),
    Operation("pick-items", "fulfillment", ("items-picked",)),
    Operation("quality-check", "fulfillment", ("quality-checked",)),
    Operation("package-order", "fulfillment", ("packaged",)),
    Operation("generate-shipping-label", "fulfillment", ("awaiting-pickup",)),
    Operation("carrier-pickup", "shipping", is_wait=True),
    Operation("ship-order", "shipping", ("shipped",)),
    Operation("send-notifications", "shipping"),
    Operation("update-loyalty-points", "shipping"),
    Operation("complete-order", "shipping", ("completed",)),
)
# They follow `fraud-check` if the risk score is between two limits. A customer is not told.
REVIEWS = (Operation("review-order", "risk"), Operation("escalate-review", "risk"))
# The undo of an operation, and the operation that it undoes.
UNDOES = {
    "refund-payment": "process-payment",
    "release-inventory": "reserve-inventory",
    "void-shipping-label": "generate-shipping-label",
    "hold-parcel": "ship-order",
}
# What ends an order that cannot be completed. After the parcel has left, only a person can.
# `read-order` is the first operation of an execution that took an order over.
ENDING = ("read-order", "notify-customer", "close-order", "call-a-person")

OPERATIONS = tuple(operation.name for operation in TABLE)
STEPS = tuple(operation.name for operation in TABLE if not operation.is_wait)
# In the order a customer sees them, with the number of operations done by then.
STATUSES = {"received": 0} | {
    status: number
    for number, operation in enumerate(TABLE, start=1)
    for status in operation.statuses
}
CLOSED = ("rejected", "cancelled", "failed")
CANCELLABLE_BEFORE = "packaged"
