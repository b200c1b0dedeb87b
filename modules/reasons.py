"""What customers are told when their order ends early: a short list, in their words.

Operators get the fault itself, in the log and in the order's `fault`, which the API never returns.
"""

TECHNICAL = "a technical problem on our side"
OUT_OF_STOCK = "an item is out of stock"
NOT_APPROVED = "the order could not be approved"
CANCELLED = "you cancelled it"

# What a customer is told if this operation refuses the order.
REASONS = {
    "validate-order": "the order is not valid",
    "check-inventory": OUT_OF_STOCK,
    "process-payment": "the card was declined",
    "reserve-inventory": OUT_OF_STOCK,
    "fraud-check": NOT_APPROVED,
    "review-order": NOT_APPROVED,
    "credit-check": NOT_APPROVED,
    "quality-check": "an item did not pass our quality check",
}
