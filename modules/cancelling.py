"""Cancel an order: take it over from its execution, and let a successor undo it.

The write that takes the order over decides. If it comes before the order is packaged, the former
owner can write nothing anymore; if `package-order` is first, the order cannot be cancelled. So no
wait needs to listen, and a customer may cancel at any moment, while a partner is away, too.
"""

from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

import intake
import owners
import store
from contract import CANCELLABLE_BEFORE

ATTEMPTS = 5  # another owner may take the order over between the look at it and the write

logger = Logger(service="order-api", child=True)


def cancel(order_id: str) -> bool:
    """Cancel an order; return False if it is too late. Safe to repeat."""
    for _attempt in range(ATTEMPTS):
        order = store.load(order_id) or {}
        if "cancelledSince" in order and owners.is_open(order):
            _replace(order, owners.owner_of(order))
            return True
        # Without openSince, a version that knew no owners accepted it: its execution would go on.
        if order["rank"] >= store.RANKS[CANCELLABLE_BEFORE] or "openSince" not in order:
            return bool(order["status"] == "cancelled")
        try:
            successor = owners.take_over(order, to_cancel=True)
        except store.NotOurs:
            continue
        _replace(order, successor)
        return True
    raise store.NotOurs(f"{order_id} has had {ATTEMPTS} other owners meanwhile")


def _replace(order: dict[str, Any], successor: str) -> None:
    """Start the successor, and stop the former execution, which may be in a long wait.

    If this fails, the order is cancelled anyway: recovery starts a successor that is missing,
    and an execution that goes on can change nothing.
    """
    former = order.get("execution", "")
    try:
        intake.start_execution(order["orderId"], successor)
        if former and store.name_of(former) != successor:
            intake.lambda_client().stop_durable_execution(
                DurableExecutionArn=former,
                Error={"ErrorType": "Cancelled", "ErrorMessage": "cancelled by the customer"},
            )
    except (BotoCoreError, ClientError):
        logger.exception("left to recovery", extra={"orderId": order["orderId"]})
