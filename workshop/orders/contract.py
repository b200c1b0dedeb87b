"""The contract of an order: its operations, statuses and phases, in one place."""

from __future__ import annotations

# The operations of an order that goes well, in order.
OPERATIONS = (
    "validate-order",
    "check-inventory",
    "process-payment",
    "reserve-inventory",
    "fraud-check",
    "credit-check",
    "generate-invoice",
    "warehouse-processing",
    "pick-items",
    "quality-check",
    "package-order",
    "generate-shipping-label",
    "carrier-pickup",
    "ship-order",
    "send-notifications",
    "update-loyalty-points",
    "complete-order",
)
