"""Phase 3, risk: fraud, credit, and the invoice."""

from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import partners
import store
from faults import operation
from money import show, tax_cents
from outcomes import Order, refused

REVIEW_SCORE = 60
HIGHEST_SCORE = 80
CREDIT_FREE_CENTS = 1_000_00


@durable_step
@operation("fraud-check")
def fraud_check(_step: StepContext, order: Order) -> dict[str, Any]:
    """Ask the fraud partner for a risk score from 0 to 100; above 80 the order is refused."""
    score = partners.fraud_score(order["orderId"], order["customerId"])
    if score > HIGHEST_SCORE:
        return refused(f"the risk score of {score} is above the limit of {HIGHEST_SCORE}")
    store.advance(order["orderId"], "fraud-checked")
    if score >= REVIEW_SCORE:
        return {"score": score, "note": "in the review band; passed without a review"}
    return {"score": score}


@durable_step
@operation("credit-check")
def credit_check(_step: StepContext, order: Order) -> dict[str, Any]:
    """Ask for credit only for totals over 1,000.00; otherwise return that it was skipped, and why.

    The step runs in both cases. The history of two orders then has the same 17 operations, and
    whoever reads it later sees a decision, not a gap.
    """
    total_cents = order["totalCents"]
    if total_cents <= CREDIT_FREE_CENTS:
        return {"skipped": f"the total of {show(total_cents)} is not over 1,000.00"}
    if not partners.grants_credit(order["orderId"], order["customerId"], total_cents):
        return refused(f"no credit for a total of {show(total_cents)}")
    return {"granted": True}


@durable_step
@operation("generate-invoice")
def generate_invoice(_step: StepContext, order: Order) -> dict[str, Any]:
    """Subtotal, 8 % tax, total: to the cent what was charged. The order now awaits the warehouse.

    Both statuses are one write, here and not between the operations: code outside an operation
    runs again on every replay.
    """
    subtotal_cents = order["totalCents"]
    invoice = {
        "subtotalCents": subtotal_cents,
        "taxCents": tax_cents(subtotal_cents),
        "totalCents": subtotal_cents + tax_cents(subtotal_cents),
    }
    store.advance(order["orderId"], "invoice-generated", "awaiting-warehouse", invoice=invoice)
    return invoice
