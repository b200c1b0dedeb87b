"""The exercises of notebook 02."""

from __future__ import annotations

import inspect
from typing import Any

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.error_meanings import in_words
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import expect, expect_that
from workshop.exercises.identity import (
    CHANGES,
    CREATED_AT,
    ORDER_ID,
    expect_another_for_each_order,
    why,
)

DECLINED = "the card was declined"
DRAWS = 100
PAYMENT = ["validate-order", "check-inventory", "process-payment", "reserve-inventory"]


def charges_once_and_accepts_a_no(runner: CheckRunner) -> None:
    """One key for one order, wherever it is made; a declined card is returned, not raised."""
    where = runner.cell.line("return", after="def charge_key")

    def key_of(order_id: str) -> Any:
        return runner.call("the key of an order", runner.attempt.charge_key, _order(order_id))

    key = key_of(ORDER_ID)
    expect_that(
        isinstance(key, str) and key, "the key of an order", "a non-empty string", key, where
    )
    again = "the key of the same order, made a second time"
    expect(again, key_of(ORDER_ID), key, why(CHANGES, where))
    away = runner.elsewhere("charge_key", _order(ORDER_ID))
    again = "the key of the same order, made by another process, after a crash"
    expect(again, away, key, why(CHANGES, where))
    expect_another_for_each_order("the key of another order", key, key_of, where)
    tried = runner.process(_payment_alone(runner), payment_token="tok_timeout_process-payment")
    expect("the number of charges if the bank's answer is lost", tried.ledger["charges"], 1)
    declined = runner.process(_payment_alone(runner), payment_token="tok_declined", may_fail=True)
    expect_that(
        isinstance(declined.answer, dict) and declined.answer.get("refused") == DECLINED,
        "what process_payment returns for a declined card",
        f'refused(…) with the reason of the bank, "{DECLINED}"',
        declined.answer if not declined.error else in_words(declined.error),
        why("The reason is in charge", runner.cell.line("partners.charge(")),
    )


def runs_the_payment_phase(runner: CheckRunner) -> None:
    """Four operations if all goes well; a refusal ends the order, a fault is retried."""
    tried = runner.process()
    runner.expect_operations("the operations of an order that goes well", tried, PAYMENT)
    expect("the status of that order", tried.order.get("status"), "inventory-reserved")
    declined = runner.process(payment_token="tok_declined")
    what = "the operations with a declined card"
    runner.expect_operations(what, declined, [*PAYMENT[:3], "close-order"])
    expect("the status with a declined card", declined.order.get("status"), "rejected")
    none_left = runner.process(product_id="sku-out-of-stock")
    what = "the operations if nothing is in stock"
    runner.expect_operations(what, none_left, [*PAYMENT[:2], "close-order"])
    for name, partner, attempts, config in (
        ("check-inventory", "warehouse", 5, "WAREHOUSE"),
        ("process-payment", "bank", 4, "PAYMENT"),
        ("reserve-inventory", "warehouse", 5, "WAREHOUSE"),
    ):
        down = runner.process(payment_token=f"tok_down_{name}", may_fail=True)
        expect(
            f"the attempts of {name} if the {partner} is unavailable",
            down.attempts(name),
            attempts,
            why(f"Its config is {config}", runner.cell.line_of_operation(name)),
        )
    # Another order took the stock after check-inventory: a refusal after the money was taken.
    partners: Any = runner.module("partners")
    partners.reserve = lambda _order_id, quantities: list(quantities)
    sold = runner.process()
    what = "the operations if reserve-inventory is refused because another order was faster"
    runner.expect_operations(what, sold, [*PAYMENT, "close-order"])


def retries_as_asked(runner: CheckRunner) -> None:
    """Three attempts after a Fault, one after anything else, a first delay of one second."""
    from aws_durable_execution_sdk_python.config import StepConfig

    config = getattr(runner.attempt, "TRANSLATION", None)
    expect_that(isinstance(config, StepConfig), "TRANSLATION", "a StepConfig", config)
    fault = runner.module("faults").Fault
    expect(
        "the attempts if each one ends with a Fault",
        _attempts(runner, config, fault("down")),
        3,
        why("max_attempts counts all of them", runner.cell.line("max_attempts")),
    )
    expect(
        "the attempts if the first one ends with a KeyError",
        _attempts(runner, config, KeyError("color")),
        1,
        "retryable_error_types lists the errors that are retried; without it, all of them are",
    )
    assert isinstance(config, StepConfig)
    delay = f"{_first_delay_seconds(config.retry_strategy, fault('down')):g} s"
    line = runner.cell.line("initial_delay")
    expect("the first delay", delay, "1 s", why("initial_delay sets it", line))


def _first_delay_seconds(strategy: Any, error: Exception) -> float:
    """The delay as it is configured: the SDK itself makes one of 0 s a second long."""
    config: Any = inspect.getclosurevars(strategy).nonlocals.get("config")
    if hasattr(config, "initial_delay"):
        return float(config.initial_delay.to_seconds())
    # Jitter makes each delay random, so the longest of many is close to the configured one.
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
        order = _order(event["orderId"])
        token = {"paymentToken": event["paymentToken"]}
        runner.module("store").advance(order["orderId"], "validated", **token)
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
        "Charge once, and return a refusal",
        charges_once_and_accepts_a_no,
        (
            "The key: which field of an order is unique and never changes? The "
            "refusal: look at what the first attempt did with `charge`, but return, do not raise.",
            'The key: it is `order["orderId"]`. Make a string from it that also says '
            "what the key is "
            'for, because an order may need other keys later. The refusal: `charge["declined"]` is '
            "the reason, and `refused(…)` makes a refusal from it.",
            "The key: `return f\"{order['orderId']}:charge\"`. The refusal: "
            '`if "declined" in charge:`, and in it `return refused(charge["declined"])`',
        ),
        "The bank sees one purchase, no matter how many requests it gets, and a decline is final.",
    ),
    Exercise(
        "2b",
        "The payment phase",
        runs_the_payment_phase,
        (
            "Follow the line of `validate-order`: call the step's function with the order, pass "
            "it to `ctx.step` with `name=` and `config=`, and put all of it into `agreed(…)`.",
            'The first is `agreed(ctx.step(check_inventory(order), name="check-inventory", '
            "config=WAREHOUSE))`. The other two differ in their names and in one config.",
            "In this order: `check_inventory` with `WAREHOUSE`, `process_payment` with `PAYMENT`, "
            "`reserve_inventory` with `WAREHOUSE`. You do not need what they return.",
        ),
        "Four operations, and a refused order ends as rejected.",
    ),
    Exercise(
        "2c",
        "A retry strategy of your own",
        retries_as_asked,
        (
            "A `StepConfig` takes a `retry_strategy`. `_retrying` above shows how to make one.",
            "`StepConfig(retry_strategy=create_retry_strategy(RetryStrategyConfig(…)))`, with "
            "`max_attempts`, `initial_delay` and `retryable_error_types`.",
            "`max_attempts=3, initial_delay=Duration.from_seconds(1), "
            "retryable_error_types=[Fault]`; jitter and the other delays are up to you.",
        ),
        "A fault in another service gets another attempt. A mistake in your code does not.",
    ),
)
