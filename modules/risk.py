"""Phase 3, risk: fraud, a person's review, credit, and the invoice."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_step
from aws_durable_execution_sdk_python.config import WaitForCallbackConfig
from aws_durable_execution_sdk_python.exceptions import (
    CallbackExternalError,
    CallbackSubmitterError,
    CallbackTimeoutError,
)
from aws_durable_execution_sdk_python.types import WaitForCallbackContext

import partners
import reviewing
import store
from faults import operation
from money import show, tax_cents
from outcomes import Order, Refused, refused
from patience import ESCALATION, REVIEW

REVIEW_SCORE = 60
HIGHEST_SCORE = 80
CREDIT_FREE_CENTS = 1_000_00


@durable_step
@operation("fraud-check")
def fraud_check(_step: StepContext, order: Order) -> dict[str, Any]:
    """Ask the fraud partner for a risk score from 0 to 100; above 80 the order is refused.

    From 60 on a person must review the order.
    """
    score = partners.fraud_score(order["orderId"], order["customerId"])
    if score > HIGHEST_SCORE:
        return refused(f"the risk score of {score} is above the limit of {HIGHEST_SCORE}")
    store.advance(order["orderId"], "fraud-checked")
    return {"score": score, "needsReview": True} if score >= REVIEW_SCORE else {"score": score}


def review_order(ctx: DurableContext, order: Order, score: int) -> None:
    """Wait until a person has approved the order. Silence is escalated, and then it is a no.

    The money is already taken, so nobody may wait without a limit.
    """
    answer = ask_a_person(ctx, order, score, "review-order", REVIEW)
    if answer is None:
        answer = ask_a_person(ctx, order, score, "escalate-review", ESCALATION)
    if answer is None:
        raise Refused("nobody reviewed the order in time", by="review-order")
    if not reviewing.approves(answer):
        raise Refused("a person rejected the order", by="review-order")


def ask_a_person(
    ctx: DurableContext, order: Order, score: int, name: str, config: WaitForCallbackConfig
) -> str | None:
    """Wait until somebody has answered, and return the answer; return None if nobody does."""
    execution = store.name_of(ctx.execution_context.durable_execution_arn)
    why = f"the risk score of {score} is between {REVIEW_SCORE} and {HIGHEST_SCORE}"

    @operation(name)
    def ask(_context: WaitForCallbackContext, order: Order, callback_id: str) -> None:
        is_escalated = name == "escalate-review"
        reviewing.ask(order["orderId"], execution, callback_id, why, is_escalated=is_escalated)

    def submit(callback_id: str, context: WaitForCallbackContext) -> None:
        ask(context, order, callback_id)

    try:
        # A completion without a result is an answer, too; None means that nobody answered.
        return ctx.wait_for_callback(submit, name=name, config=config) or ""
    except CallbackTimeoutError:
        return None
    except CallbackExternalError as error:
        raise Refused(f"the review failed: {error}", by="review-order") from None
    except CallbackSubmitterError as error:
        if str(error) != reviewing.REPLACED:
            raise
        raise Refused(str(error), not_ours=True) from None


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
    """Subtotal, 8% tax, total: to the cent what was charged. The order now awaits the warehouse.

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
