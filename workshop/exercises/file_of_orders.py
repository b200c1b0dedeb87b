"""Runs an import of a file of orders, and reads what it reports.

The orders are not processed: the card of each says how it ends.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.expect import expect, expect_that
from workshop.exercises.identity import ORDER_ID

GOOD, DECLINED, DOWN = "tok_ok", "tok_declined", "tok_down_process-payment"
NO_NUMBER = "no number"  # no card: its line cannot be read
WHY_DOWN = "the bank is unavailable"
# What the order processor returns for a card; it fails for every other one.
STATUSES = {GOOD: "completed", DECLINED: "rejected"}
POLICY = "Did the map end early? Give it a completion_config that tolerates failures"
OF_ALL = (
    "The lines that failed are in outcome.all, too, with the result None. outcome.get_results() "
    "leaves them out"
)


def run(runner: CheckRunner, cards: list[str]) -> tuple[Any, int]:
    """Import a file with these cards; return what the import returns, and the orders it invoked."""
    from aws_durable_execution_sdk_python import DurableContext
    from aws_durable_execution_sdk_python.config import StepConfig
    from aws_durable_execution_sdk_python.retries import RetryPresets

    invoked: set[str] = set()

    def invoke(
        ctx: Any, _function: str, payload: Any, name: Any = None, _config: Any = None
    ) -> Any:
        def process(_step: Any) -> dict[str, str]:
            invoked.add(payload["orderId"])
            if payload["paymentToken"] not in STATUSES:
                raise RuntimeError(WHY_DOWN)
            return {"status": STATUSES[payload["paymentToken"]]}

        return ctx.step(process, name=name, config=StepConfig(retry_strategy=RetryPresets.none()))

    lines = [
        f"cust-{number},sku-mug,{'two' if card == NO_NUMBER else 2},45.99,{card}"
        for number, card in enumerate(cards, 1)
    ]
    event = {"orderId": ORDER_ID, "name": f"file-{len(cards)}-{cards[0]}", "lines": lines}
    with patch.object(DurableContext, "invoke", invoke):
        tried = runner.process(runner.attempt.handler, event=event, may_fail=True)
    expect_that(
        tried.state == "succeeded",
        "the import of a file with broken lines",
        "to return what failed",
        f"it fails with {tried.error}",
    )
    return tried.answer, len(invoked)


def expect_report(answer: Any, what: str, ended: dict[str, int], failed: dict[str, str]) -> None:
    """Raise `NotYet` unless it counts these ends, and names these lines with their reasons."""
    expect_that(
        isinstance(answer, dict) and answer.keys() == {"ended", "failed"},
        f"what the import returns for {what}",
        "a dictionary with ended and failed",
        answer,
    )
    counted = answer["ended"]
    unended = isinstance(counted, dict) and {"null", "None"} & counted.keys()
    told = OF_ALL if unended else POLICY if answer["failed"] else ""
    expect(f"ended, for {what}", counted, ended, told)
    given = answer["failed"]
    numbers = sorted(given, key=str) if isinstance(given, dict) else given
    expect(
        f"the numbers of the lines in failed, for {what}",
        numbers,
        sorted(failed),
        "Lines are numbered from 1, and item.index from 0. An item that succeeded has no error",
    )
    for line, reason in failed.items():
        said = given[line]
        whole = "ErrorObject(" in str(said)
        expect_that(
            isinstance(said, str) and reason in said and not whole,
            f"failed[{line}], for {what}",
            f"error.message, which holds the reason: {reason}",
            "the whole ErrorObject" if whole else said,
        )
