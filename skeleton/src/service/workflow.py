"""The durable function. It reads as the story of one reservation."""

import os
from typing import Any

from aws_durable_execution_sdk_python import (
    DurableContext,
    DurableOperationError,
    SerDesError,
    durable_execution,
)
from aws_durable_execution_sdk_python.config import Duration
from aws_lambda_powertools import Logger

from service.patience import UNDO, WORK
from service.reservations import confirm, release, reserve

# What an operation raises when it fails permanently. Catch no more than that: code that does not
# fit the history raises an Exception, too, and that is no reason to undo anything.
OPERATION_ERRORS = (DurableOperationError, SerDesError)
HOLD = Duration.from_seconds(int(os.environ.get("HOLD_SECONDS", "300")))

logger = Logger()


class Refused(Exception):
    """A partner said no. That is a result, and no fault."""


class ReservationFailed(Exception):
    """A fault outlived its retries. What was done is undone."""


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Reserve, hold, and confirm: {reservationId, item, quantity}.

    Returns {reservationId, state}: `confirmed`, or `refused` with a reason, which is a success of
    this function. Raises ReservationFailed when a fault outlived its retries.
    """
    ctx.set_logger(logger)
    request = checked(event)
    try:
        # The undo covers the first step, too: its answer may be lost after its work was done.
        operations(request, ctx)
    except Refused as refusal:
        return {**request, "state": "refused", "reason": str(refusal)}
    except OPERATION_ERRORS as fault:
        ctx.logger.error("undoing the reservation", extra={"fault": str(fault)})
        ctx.step(release(request), name="release", config=UNDO)
        raise ReservationFailed(str(fault)) from fault
    return {**request, "state": "confirmed"}


def operations(request: dict[str, Any], ctx: DurableContext) -> None:
    """Reserve, hold, and confirm; raise Refused if a step refuses."""
    agreed(ctx.step(reserve(request), name="reserve", config=WORK))
    ctx.wait(HOLD, name="hold")
    agreed(ctx.step(confirm(request), name="confirm", config=WORK))


def checked(event: dict[str, Any]) -> dict[str, Any]:
    """Return what is wanted of the event, or raise ValueError: a mistake of whoever sent it."""
    wanted = {"reservationId": str, "item": str, "quantity": int}
    for name, kind in wanted.items():
        if type(event.get(name)) is not kind or not event[name]:
            raise ValueError(f"The event needs {name}, which is of the type {kind.__name__}.")
    return {name: event[name] for name in wanted}


def agreed(result: dict[str, Any]) -> None:
    """Raise Refused if a step refused. Call it outside the step: raised inside, it is retried."""
    if "refused" in result:
        raise Refused(result["refused"])
