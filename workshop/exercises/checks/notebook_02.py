"""The exercises of notebook 02."""

from __future__ import annotations

import inspect
from typing import Any

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import expect, expect_that
from workshop.exercises.identity import (
    CHANGES,
    CREATED_AT,
    ORDER_ID,
    expect_another_for_each_order,
    why,
)

DRAWS = 100
PAYMENT = ["validate-order", "check-inventory", "process-payment", "reserve-inventory"]


def key_stays_the_same(runner: CheckRunner) -> None:
    """One key an order, whenever and wherever it is made; another for each order."""
    where = runner.cell.line("return", after="def charge_key")

    def key_of(order_id: str) -> Any:
        return runner.call("the key of an order", runner.attempt.charge_key, _order(order_id))

    key = key_of(ORDER_ID)
    expect_that(
        isinstance(key, str) and key, "the key of an order", "a text that is not empty", key, where
    )
    again = "the key of the same order, made a second time"
    expect(again, key_of(ORDER_ID), key, why(CHANGES, where))
    away = runner.elsewhere("charge_key", _order(ORDER_ID))
    again = "the key of the same order, made by another process, after a crash"
    expect(again, away, key, why(CHANGES, where))
    expect_another_for_each_order("the key of another order", key, key_of, where)
    tried = runner.process(_payment_alone(runner), payment_token="tok_timeout_process-payment")
    expect("how often a card is charged when the bank's answer is lost", tried.ledger["charges"], 1)


def tells_the_story_of_a_payment(runner: CheckRunner) -> None:
    """Four operations if all goes well; a refusal ends the order, a fault is tried again."""
    tried = runner.process()
    runner.expect_operations("the operations of an order that goes well", tried, PAYMENT)
    expect("the status of that order", tried.order.get("status"), "inventory-reserved")
    declined = runner.process(payment_token="tok_declined")
    what = "the operations with a declined card"
    runner.expect_operations(what, declined, [*PAYMENT[:3], "close-order"])
    expect("the status with a declined card", declined.order.get("status"), "rejected")
    none_left = runner.process(product_id="sku-out-of-stock")
    what = "the operations when nothing is in stock"
    runner.expect_operations(what, none_left, [*PAYMENT[:2], "close-order"])
    for name, partner, attempts, config in (
        ("check-inventory", "warehouse", 5, "WAREHOUSE"),
        ("process-payment", "bank", 4, "PAYMENT"),
        ("reserve-inventory", "warehouse", 5, "WAREHOUSE"),
    ):
        down = runner.process(payment_token=f"tok_down_{name}", may_fail=True)
        expect(
            f"the attempts of {name} when the {partner} is unavailable",
            down.attempts(name),
            attempts,
            why(f"Its config is {config}", runner.cell.line_of_operation(name)),
        )
    # Between look and grasp somebody else was faster: a refusal after the money was taken.
    partners: Any = runner.module("partners")
    partners.reserve = lambda _order_id, quantities: list(quantities)
    sold = runner.process()
    what = "the operations when reserve-inventory is refused, since another order was faster"
    runner.expect_operations(what, sold, [*PAYMENT, "close-order"])


def is_as_patient_as_asked(runner: CheckRunner) -> None:
    """Three attempts after a Fault, one after anything else, a first pause of one second."""
    from aws_durable_execution_sdk_python.config import StepConfig

    config = getattr(runner.attempt, "TRANSLATION", None)
    expect_that(isinstance(config, StepConfig), "TRANSLATION", "a StepConfig", config)
    fault = runner.module("faults").Fault
    expect(
        "the attempts after a Fault each time",
        _attempts(runner, config, fault("down")),
        3,
        why("max_attempts counts all of them", runner.cell.line("max_attempts")),
    )
    expect(
        "the attempts after a KeyError",
        _attempts(runner, config, KeyError("colour")),
        1,
        "retryable_error_types lists what is tried again; without it, everything is",
    )
    assert isinstance(config, StepConfig)
    pause = f"{_first_pause_seconds(config.retry_strategy, fault('down')):g} s"
    line = runner.cell.line("initial_delay")
    expect("the first pause", pause, "1 s", why("initial_delay sets it", line))


def _first_pause_seconds(strategy: Any, error: Exception) -> float:
    """The pause as it is configured: the SDK itself makes one of 0 s a second long."""
    config: Any = inspect.getclosurevars(strategy).nonlocals.get("config")
    if hasattr(config, "initial_delay"):
        return float(config.initial_delay.to_seconds())
    # Jitter draws a part of the pause at random, so the longest of many draws tells its length.
    return max(float(strategy(error, 1).delay.to_seconds()) for _ in range(DRAWS))


def _attempts(runner: CheckRunner, config: Any, error: Exception) -> int:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    @durable_execution
    def handler(_event: dict[str, Any], ctx: DurableContext) -> None:
        def translate(_step: Any) -> None:
            raise error

        ctx.step(translate, name="translate", config=config)

    return runner.process(handler, may_fail=True).attempts("translate")


def _payment_alone(runner: CheckRunner) -> Any:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        order = _order(event["orderId"]) | {"paymentToken": event["paymentToken"]}
        return ctx.step(runner.attempt.process_payment(order), name="process-payment")

    return handler


def _order(order_id: str) -> dict[str, Any]:
    item = {"productId": "sku-mug", "name": "Mug", "quantity": 2, "priceCents": 4599}
    return {
        "orderId": order_id,
        "customerId": "cust-ada",
        "customerEmail": "ada@example.com",
        "paymentToken": "tok_ok",
        "items": [item],
        "totalCents": 9198,
        "createdAt": CREATED_AT,
    }


EXERCISES = (
    Exercise(
        "2a",
        "The key of the charge",
        key_stays_the_same,
        (
            "What does an order have that no other order has, and that never changes?",
            'It is in `order["orderId"]`. Make a text of it that also says what the key is for, '
            "since an order may one day have other keys.",
            "`return f\"{order['orderId']}:charge\"`",
        ),
        "The same request, however often it is sent.",
    ),
    Exercise(
        "2b",
        "The story of a payment",
        tells_the_story_of_a_payment,
        (
            "Follow the line of `validate-order`: call the step's function with the order, hand it "
            "to `ctx.step` with `name=` and `config=`, and wrap all of it in `agreed(…)`.",
            'The first is `agreed(ctx.step(check_inventory(order), name="check-inventory", '
            "config=WAREHOUSE))`. The other two differ in their names and in one config.",
            "In this order: `check_inventory` with `WAREHOUSE`, `process_payment` with `PAYMENT`, "
            "`reserve_inventory` with `WAREHOUSE`. You need not keep what they return.",
        ),
        "Four operations, and an order that is refused ends as rejected.",
    ),
    Exercise(
        "2c",
        "Your own patience",
        is_as_patient_as_asked,
        (
            "A `StepConfig` takes a `retry_strategy`. `_retrying` above shows how one is made.",
            "`StepConfig(retry_strategy=create_retry_strategy(RetryStrategyConfig(…)))`, with "
            "`max_attempts`, `initial_delay` and `retryable_error_types`.",
            "`max_attempts=3, initial_delay=Duration.from_seconds(1), "
            "retryable_error_types=[Fault]`; jitter and the other delays are up to you.",
        ),
        "Patient with others, and not with its own mistakes.",
    ),
)
