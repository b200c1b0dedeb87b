"""The exercises of notebook 05."""

from __future__ import annotations

import inspect
import os
from functools import wraps
from typing import Any
from unittest.mock import patch

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import NotYet, expect, expect_that
from workshop.exercises.identity import CREATED_AT, why
from workshop.exercises.outcome import Tried
from workshop.orders.contract import OPERATIONS

CARRIER_SECONDS = 240
POINTS = {9198: 9, 999: 0, 1000: 1, 9999: 9, 100_000: 100}


def adds_points_once(runner: CheckRunner) -> None:
    """The right points, added once, although the step runs twice for an order."""
    _watch_the_call(runner)
    shipping, partners = runner.attempt, runner.module("partners")
    where = runner.cell.line("return", after="def points")
    for cents, wanted in POINTS.items():
        what = f"the points of an order of {cents} cents"
        got = runner.call(what, shipping.points, _order("cust-points", cents))
        expect(what, got, wanted, why("One point for each full 10.00", where))
        expect_that(
            isinstance(got, int), f"the points of {cents} cents", "a whole number", repr(got)
        )
    two_lines = _order("cust-points", 1998)
    two_lines["items"] = [two_lines["items"][0] | {"priceCents": 999}] * 2
    expect(
        "the points of an order of two items of 999 cents",
        shipping.points(two_lines),
        1,
        why("Use the total of the order, not the price of each item", where),
    )
    runner.process(_twice(shipping), event=_order("cust-twice", 9198))
    expect(
        "the customer's points after the step has run twice for one order",
        partners.points_balance("cust-twice"),
        9,
    )
    runner.process(_twice(shipping), event=_order("cust-twice", 4599))
    expect(
        "the customer's points after a second order, of 45.99",
        partners.points_balance("cust-twice"),
        13,
    )


def _watch_the_call(runner: CheckRunner) -> None:
    """Refuse a call of add_points whose arguments are swapped."""
    partners: Any = runner.module("partners")
    add_points = partners.add_points
    places = inspect.signature(add_points)

    @wraps(add_points)
    def watched(*arguments: Any, **named: Any) -> None:
        given = places.bind(*arguments, **named).arguments
        expect_that(
            str(given["order_id"]).startswith("ord-") and str(given["customer_id"])[:5] == "cust-",
            "the call of partners.add_points",
            "the order's id, then the customer's id, then the points",
            ", ".join(f"{name}={value!r}" for name, value in given.items()),
            why("Arguments are swapped", runner.cell.line("add_points(")),
        )
        add_points(*arguments, **named)

    partners.add_points = watched


def continues_without_messages(runner: CheckRunner) -> None:
    """17 operations, and messages that fail permanently do not stop an order."""
    os.environ["CARRIER_WAIT_SECONDS"] = str(CARRIER_SECONDS)
    good = runner.process()
    runner.expect_operations("the operations of an order that goes well", good, OPERATIONS)
    expect(
        f"the seconds of carrier-pickup, if the template says {CARRIER_SECONDS}",
        good.waits.get("carrier-pickup"),
        CARRIER_SECONDS,
        why("Use ctx.wait and CARRIER_WAIT", runner.cell.line_of_operation("carrier-pickup")),
    )
    shipment = good.order.get("shipment")
    expect_that(
        isinstance(good.answer, dict)
        and isinstance(shipment, dict)
        and shipment.items() <= good.answer.items(),
        "what the handler returns",
        f"the shipment that ship_order returned: {shipment}",
        good.answer,
        why("Keep the result in shipment", runner.cell.line("shipment", after="# Phase 5")),
    )
    expect(
        "what is stored about its messages",
        good.order.get("notifications"),
        {"email": "sent", "sms": "sent"},
    )
    _expect_to_pass_through(runner)
    slow = runner.process(payment_token="tok_timeout_send-notifications")
    expect(
        "the attempts of send-notifications when it times out twice",
        slow.attempts("send-notifications"),
        3,
    )
    expect(
        "what is stored about the messages of that order",
        slow.order.get("notifications"),
        {"email": "sent", "sms": "sent"},
    )
    down = runner.process(payment_token="tok_down_send-notifications")
    runner.expect_operations("the operations when no message can be sent", down, OPERATIONS)
    expect(
        "the attempts of send-notifications when it is unavailable",
        down.attempts("send-notifications"),
        4,
    )
    expect("the status of that order", down.order.get("status"), "completed")
    kept, reason = down.order.get("notifications"), _reason(down)
    where = runner.cell.line("notifications =", after="send-notifications")
    expect_that(
        isinstance(kept, dict) and {"email", "sms"} <= kept.keys() and "sent" not in kept.values(),
        "what is stored about the messages of that order",
        "a dictionary that says that email and sms failed",
        kept,
        where,
    )
    expect_that(
        reason in str(kept),
        "what is stored about the messages of that order",
        f"the reason of the failure in it, which error.message holds: {reason}",
        kept,
        where,
    )
    for other in ("package-order", "update-loyalty-points"):
        failed = runner.process(payment_token=f"tok_down_{other}", may_fail=True)
        expect(
            f"the execution when {other} is unavailable",
            failed.state,
            "failed",
            "Catch the failure of send-notifications only",
        )


def _reason(tried: Tried) -> str:
    """Why send-notifications failed: what the SDK gives the handler as error.message."""
    return str(tried.find("send-notifications").error.message)


def _expect_to_pass_through(runner: CheckRunner) -> None:
    """An error of the SDK itself is not a failed step, and must not be taken for one."""
    from aws_durable_execution_sdk_python import DurableContext
    from aws_durable_execution_sdk_python.exceptions import NonDeterministicExecutionError

    class Trouble(NonDeterministicExecutionError):
        message = "another operation"  # as a StepError has one

    step = DurableContext.step

    def troubled(ctx: DurableContext, func: Any, name: Any = None, config: Any = None) -> Any:
        if name == "send-notifications":
            raise Trouble(Trouble.message)
        return step(ctx, func, name=name, config=config)

    where = runner.cell.line("except", after="send-notifications")
    with patch.object(DurableContext, "step", troubled):
        tried = runner.process(may_fail=True)
    if tried.state != "failed":
        raise NotYet(
            "a NonDeterministicExecutionError in send-notifications",
            "to pass through your handler, since it is not a failed step",
            f"it was caught. {why('Catch only StepError', where)}",
        )


def _twice(shipping: Any) -> Any:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        for name in ("update-loyalty-points", "once-more"):
            ctx.step(shipping.update_loyalty_points(event), name=name)

    return handler


def _order(customer_id: str, cents: int) -> dict[str, Any]:
    return {
        "orderId": f"ord-{cents:032x}",
        "customerId": customer_id,
        "customerEmail": "ada@example.com",
        "paymentToken": "tok_ok",
        "items": [{"productId": "sku-mug", "name": "Mug", "quantity": 1, "priceCents": cents}],
        "totalCents": cents,
        "createdAt": CREATED_AT,
    }


EXERCISES = (
    Exercise(
        "5a",
        "Points, exactly once",
        adds_points_once,
        (
            "Amounts are in whole cents, so integer division (`//`) gives whole points. The "
            "partner's function, shown above, adds them once.",
            "10.00 is 1000 cents, and `//` divides and rounds down. `partners.add_points` takes "
            "the order's id, the customer's id, and the points.",
            '`return order["totalCents"] // 1000`, and `partners.add_points(order["orderId"], '
            'order["customerId"], points(order))`',
        ),
        "Nine points for two mugs, even if the process dies in between.",
    ),
    Exercise(
        "5b",
        "A failed message must not stop the parcel",
        continues_without_messages,
        (
            "The wait looks like the one for the warehouse, and the step like the ones above it. A "
            "step that has failed permanently raises `StepError` where `ctx.step` is called. "
            "Python has a statement for that.",
            "Put the call of `ctx.step` for `send-notifications` into a `try`, and set "
            "`notifications` in its `except StepError as error:`. Catch nothing wider, and put "
            "nothing else into the `try`.",
            '`ctx.wait(CARRIER_WAIT, name="carrier-pickup")`, then `shipment = '
            'ctx.step(ship_order(order, label), name="ship-order", config=WAREHOUSE)`. Later: '
            '`except StepError as error: notifications = {"email": f"failed: {error.message}", '
            '"sms": f"failed: {error.message}"}`',
        ),
        "17 operations, and a parcel on its way.",
    ),
)
