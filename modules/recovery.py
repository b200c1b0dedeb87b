"""Recover orders whose execution ended before they did, or never started.

EventBridge starts this function when an execution of the order processor was stopped, timed out or
failed, and on a schedule, because an event can be lost and an execution may never have started. A
person starts it for one order that waits for them (`redrive`).

It decides only who owns an order. The new owner, an execution with the same idempotency keys,
undoes the order, or brings it to its end if the parcel has left: `recover` in workflow.py.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from aws_lambda_powertools import Logger

import intake
import owners
import store

STATUS_CHANGE = "Durable Execution Status Change"
GRACE = timedelta(minutes=15)  # by then an order has an owner, and its events have arrived
MOST_RECOVERIES = 5
ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMED_OUT"}

Action = Literal["leave it", "start it", "take it over", "call a person"]

logger = Logger(service="order-recovery")


class NotRecovered(Exception):
    """Some orders could not be recovered now. Lambda tries again, then keeps the event."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Recover the order of a status event, one that a person names, or all that need it."""
    if event.get("detail-type") == STATUS_CHANGE:
        detail = event["detail"]
        return after_the_end_of(detail["durableExecutionName"], detail["status"])
    if "redrive" in event:
        return redrive(str(event["redrive"]))
    return sweep()


def after_the_end_of(execution: str, status: str) -> dict[str, Any]:
    """Recover the order of an execution that has ended. Events may come twice, or late."""
    order = _load(owners.order_of(execution))
    if order is None:
        return {}
    owner = owners.owner_of(order)
    if owner == execution:
        return {order["orderId"]: recover(order, status)}
    if owners.generation(owner) == owners.generation(execution) + 1:
        # An earlier attempt took the order over, and may have died before it started anything.
        intake.start_execution(order["orderId"], owner)
    return {}


def sweep() -> dict[str, Any]:
    """Recover every order that has been open for long and has no running execution."""
    before = (datetime.now(UTC) - GRACE).isoformat(timespec="milliseconds")
    done, failed = {}, []
    for order_id in owners.open_orders(before):
        try:
            if order := _load(order_id):
                done[order_id] = recover(order, _status_of(owners.owner_of(order)))
        except Exception:
            logger.exception("not recovered", extra={"orderId": order_id})
            failed.append(order_id)
    if failed:
        raise NotRecovered(", ".join(failed))
    return done


def redrive(order_id: str) -> dict[str, Any]:
    """Start a new execution for an order that waits for a person, under a new name."""
    order = _load(order_id)
    if order is None or "waitsForPersonSince" not in order:
        return {"orderId": order_id, "refused": "the order does not wait for a person"}
    execution = owners.take_over(order)
    intake.start_execution(order_id, execution)
    return {"orderId": order_id, "execution": execution}


def recover(order: dict[str, Any], status: str | None) -> Action:
    """Do for an order what the status of its owner calls for, and return what that was."""
    action, order_id = decide(order, status), order["orderId"]
    logger.info(action, extra={"orderId": order_id, "executionStatus": status})
    if action == "start it":
        intake.start_execution(order_id, owners.owner_of(order))
    elif action == "take it over":
        intake.start_execution(order_id, owners.take_over(order))
    elif action == "call a person":
        store.call_a_person(order_id, f"{MOST_RECOVERIES} recoveries ended before the order did")
        raise NotRecovered(order_id)
    return action


def decide(order: dict[str, Any], status: str | None) -> Action:
    """Decide what to do, by the status of the owner's execution; None if it does not exist."""
    if not owners.is_open(order) or "waitsForPersonSince" in order:
        return "leave it"
    if status is None:
        return "start it"
    if status not in ENDED:
        return "leave it"
    if owners.generation(owners.owner_of(order)) >= MOST_RECOVERIES:
        return "call a person"
    return "take it over"


def _load(order_id: str) -> dict[str, Any] | None:
    return store.load(order_id) if owners.order_of(order_id) else None


def _status_of(execution: str) -> str | None:
    found = intake.lambda_client().list_durable_executions_by_function(
        FunctionName=os.environ["PROCESSOR_NAME"], DurableExecutionName=execution
    )["DurableExecutions"]
    return str(found[0]["Status"]) if found else None
