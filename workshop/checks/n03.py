"""The exercises of notebook 03."""

from __future__ import annotations

import re
from typing import Any

from workshop.exercises.bench import Bench
from workshop.exercises.exercise import Exercise, NotYet, expect, expect_that

REPLAYED = "tok_timeout_mail-invoice"
MISTAKES = {"A", "D", "F"}
LETTERS = set("ABCDEFGHIJ")


def asks_for_credit_over_a_thousand(bench: Bench) -> None:
    """Up to 1,000.00 it is skipped with a reason, above it the agency is asked."""
    handler = _credit_alone(bench)
    for cents in (9_198, 100_000):
        tried = bench.process(handler, event=_order(cents))
        at = f"a total of {cents / 100:,.2f}"
        expect_that(
            "credit-check" not in bench.records(_order(cents)["orderId"]),
            f"the credit agency, for {at}",
            "not to be asked",
            "it was asked",
        )
        answer = tried.answer
        reason = answer.get("skipped") if isinstance(answer, dict) else None
        expect_that(
            isinstance(reason, str) and reason.strip(),
            f"what credit_check returns for {at}",
            '{"skipped": "…a reason in words…"}',
            answer,
        )
    asked = bench.process(handler, event=_order(100_001))
    expect("what credit_check returns for a total of 1,000.01", asked.answer, {"granted": True})
    refused = bench.process(handler, event=_order(100_001, customerId="cust-low-credit"))
    expect_that(
        isinstance(refused.answer, dict) and "refused" in refused.answer,
        "what credit_check returns for cust-low-credit and 1,000.01",
        "a refusal",
        refused.answer,
    )


def one_number_for_one_invoice(bench: Bench) -> None:
    """Paper and mail agree in every run; two orders have two numbers."""
    numbers = []
    for token in ("tok_ok", REPLAYED):
        tried = bench.process(payment_token=token)
        printed, mailed = tried.result("print-invoice"), tried.result("mail-invoice")
        when = "replayed" if token == REPLAYED else "run once"
        expect_that(
            isinstance(printed, str) and printed,
            "the number on the paper",
            "a text that is not empty",
            printed,
        )
        expect(f"the number in the mail of an order that is {when}", mailed, printed)
        answer = tried.answer.get("invoice") if isinstance(tried.answer, dict) else tried.answer
        expect(f"the number that the handler returns when it is {when}", answer, printed)
        numbers.append(printed)
    expect_that(numbers[0] != numbers[1], "the numbers of two orders", "to differ", numbers[0])


def finds_the_mistakes(bench: Bench) -> None:
    """Exactly the three lines; says how near an answer is, and not which."""
    given: Any = getattr(bench.attempt, "mistakes", None)
    letters = _letters(given)
    expect_that(
        letters <= LETTERS and letters,
        "mistakes",
        'letters from A to J, such as {"B", "E"}',
        repr(given),
    )
    wrong, missing = len(letters - MISTAKES), len(MISTAKES - letters)
    if wrong or missing:
        be = "is" if wrong == 1 else "are"
        fine = f"{wrong} of those you name {be} no mistake" if wrong else ""
        more = f"{missing} {'is' if missing == 1 else 'are'} missing" if missing else ""
        got = ", and ".join(filter(None, (fine, more)))
        raise NotYet("mistakes", "all lines with a mistake, and no others", got)


def _letters(given: Any) -> set[str]:
    """The letters that are named, be it in a set, a list or a text."""
    text = given if isinstance(given, str) else " ".join(map(str, given or ()))
    return set(re.findall(r"\b[A-Z]\b", text.upper())) or set(text.strip().upper())


def _credit_alone(bench: Bench) -> Any:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        return ctx.step(bench.attempt.credit_check(event), name="credit-check")

    return handler


def _order(cents: int, **changes: Any) -> dict[str, Any]:
    order = {
        "orderId": f"ord-{cents:032x}",
        "customerId": "cust-ada",
        "customerEmail": "ada@example.com",
        "paymentToken": "tok_ok",
        "items": [{"productId": "sku-mug", "name": "Mug", "quantity": 1, "priceCents": cents}],
        "totalCents": cents,
        "createdAt": "2026-01-01T12:00:00.000Z",
    }
    if changes:
        order |= {"orderId": f"ord-{cents + 1:032x}", **changes}
    return order


EXERCISES = (
    Exercise(
        "3a",
        "Decide inside the step",
        asks_for_credit_over_a_thousand,
        (
            "Amounts are in cents, and `CREDIT_FREE_CENTS` is 1,000.00. An order of exactly that "
            "much is not checked.",
            "An `if` on `total_cents`, and in it a `return` of a dictionary with one entry, "
            "`skipped`.",
            '`if total_cents <= CREDIT_FREE_CENTS: return {"skipped": f"the total of '
            '{show(total_cents)} is not over 1,000.00"}`',
        ),
        "Whoever reads the history sees a decision, with its reason.",
    ),
    Exercise(
        "3b",
        "One number for one invoice",
        one_number_for_one_invoice,
        (
            "The clock may be read, but where its result is recorded. Or is there something in the "
            "order already that never changes?",
            "Either make the number in a step of its own and use what the step returns, or make it "
            'from `order["orderId"]`. (Not by `hash`: each process has another one for a text.)',
            '`number = ctx.step(lambda _step: f"inv-{time.time_ns()}", name="choose-number")`, or '
            "`number = f\"inv-{order['orderId']}\"`",
        ),
        "Recorded once, the same for ever.",
    ),
    Exercise(
        "3c",
        "Read a sample with new eyes",
        finds_the_mistakes,
        (
            "Ask of each line: if it runs again in a minute, does it do something to the world, or "
            "come to another value? Lines that begin with ctx are answered from the record.",
            "There are three: one reads a clock, one writes to a table, one throws a die. A branch "
            "on the event is fine: the event is the same in every run.",
            'The clock is in A, the write in D, the die in F: `mistakes = {"A", "D", "F"}`',
        ),
        "You read handlers as a replay does.",
    ),
)
