"""The exercises of notebook 03."""

from __future__ import annotations

import re
from typing import Any

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import NotYet, expect, expect_that
from workshop.exercises.identity import (
    CHANGES,
    CREATED_AT,
    ORDER_ID,
    expect_another_for_each_order,
    why,
)
from workshop.exercises.outcome import Tried
from workshop.orders import client as orders

REPLAYED = "tok_timeout_mail-invoice"
MISTAKES = {
    "A": "it reads the clock in the handler. The replay after the wait reads another time, so the "
    "order gets a second id.",
    "D": "it writes to the table outside an operation, so each replay writes again.",
    "F": "it generates a random number in the handler. A replay may decide differently, "
    "and then the operations do not match the history.",
}
FINE = {
    "B": "it computes from the event, and the event is the same in every replay.",
    "C": "it runs a step, so a replay gets the saved result. (The id it is given is the mistake "
    "in A.)",
    "E": "a wait is an operation, like a step.",
    "G": "it runs a step, as C does. The mistake is in F, which decides by chance whether line G "
    "is reached.",
    "H": "it branches on units, which comes from the event: every replay takes the same branch.",
    "I": "it runs a step, after a decision that is the same in every replay.",
    "J": "it runs a step, and the handler may return its result.",
}
LINES = dict(sorted((MISTAKES | FINE).items()))


def asks_for_credit_over_a_thousand(runner: CheckRunner) -> None:
    """Up to 1,000.00 the check is skipped with a reason; above it the agency is asked."""
    handler = _credit_alone(runner)
    for cents in (9_198, 100_000):
        tried = runner.process(handler, event=_order(cents))
        at = f"a total of {cents / 100:,.2f}"
        expect_that(
            "credit-check" not in runner.records(_order(cents)["orderId"]),
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
        expect_that(
            _names_an_amount(str(reason), cents),
            f"the reason that credit_check returns for {at}",
            f"why the check was skipped: the total of {cents / 100:,.2f}, or the limit of 1,000.00",
            reason,
            why(
                "A person who reads the history later cannot see which rule applied",
                runner.cell.line_of_operation("skipped"),
            ),
        )
    asked = runner.process(handler, event=_order(100_001))
    expect("what credit_check returns for a total of 1,000.01", asked.answer, {"granted": True})
    refused = runner.process(handler, event=_order(100_001, customerId="cust-low-credit"))
    expect_that(
        isinstance(refused.answer, dict) and "refused" in refused.answer,
        "what credit_check returns for cust-low-credit and 1,000.01",
        "a refusal",
        refused.answer,
    )


def one_number_for_one_invoice(runner: CheckRunner) -> None:
    """Paper and email agree in every replay; two orders have two numbers."""
    runner.module("store").now = lambda: CREATED_AT  # type: ignore[attr-defined]
    where = runner.cell.line("number =")
    _number(runner.process(event=_posted("ord-" + "c" * 32, REPLAYED)), where)
    tried = runner.process(event=_posted(ORDER_ID, "tok_ok"))
    number = _number(tried, where)
    replayed = _invoice(runner.replayed_elsewhere(tried))
    what = "the number that the handler returns when another process replays it"
    expect(what, replayed, number, why(CHANGES, where))
    expect_another_for_each_order(
        "the number of another order",
        number,
        lambda other: _number(runner.process(event=_posted(other, "tok_ok")), where),
        where,
    )


def _number(tried: Tried, where: str) -> str:
    """The number of an order, if paper, email and handler agree on it."""
    printed, mailed = tried.result("print-invoice"), tried.result("mail-invoice")
    expect_that(
        isinstance(printed, str) and printed,
        "the number on the paper",
        "a non-empty string",
        printed,
        where,
    )
    when = "is replayed" if tried.invocations > 1 else "is not replayed"
    what = f"the number in the email of an order that {when}"
    expect(what, mailed, printed, why(CHANGES, where))
    what = f"the number that the handler returns for an order that {when}"
    expect(what, _invoice(tried.answer), printed, why(CHANGES, where))
    return str(printed)


def _invoice(answer: Any) -> Any:
    return answer.get("invoice") if isinstance(answer, dict) else answer


def _posted(order_id: str, payment_token: str) -> dict[str, Any]:
    return {"orderId": order_id, **orders.example(payment_token=payment_token)}


def finds_the_mistakes(runner: CheckRunner) -> None:
    """Exactly the three lines; explains what is wrongly named, and only counts what is missing."""
    given: Any = getattr(runner.attempt, "mistakes", None)
    letters = _letters(given)
    expect_that(
        letters <= LINES.keys() and letters,
        "mistakes",
        'letters from A to J, such as {"B", "E"}',
        repr(given),
    )
    fine = [f"{letter} is no mistake: {FINE[letter]}" for letter in sorted(letters & FINE.keys())]
    missing = len(MISTAKES.keys() - letters)
    more = [f"{missing} {'is' if missing == 1 else 'are'} missing."] if missing else []
    if fine or more:
        got = " ".join(fine + more)
        raise NotYet("mistakes", "all lines with a mistake, and no others", got)


def _names_an_amount(reason: str, cents: int) -> bool:
    """Whether a reason says what was compared: the total or the limit, in cents or in full."""
    digits = set(re.findall(r"\d+", re.sub(r"(?<=\d)[,._ ](?=\d)", "", reason)))
    return bool(digits & {str(cents), str(cents // 100), "100000", "1000"})


def _letters(given: Any) -> set[str]:
    """The letters of the lines that are named, in a set, a list, or a text."""
    text = given if isinstance(given, str) else " ".join(map(str, given or ()))
    return set(re.findall(r"\b[A-Z]\b", text.upper())) or set(text.strip().upper())


def _credit_alone(runner: CheckRunner) -> Any:
    from aws_durable_execution_sdk_python import DurableContext, durable_execution

    @durable_execution
    def handler(event: dict[str, Any], ctx: DurableContext) -> Any:
        return ctx.step(runner.attempt.credit_check(event), name="credit-check")

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
            "Amounts are in cents, and `CREDIT_FREE_CENTS` is 1,000.00. An order of exactly this "
            "total is not checked.",
            "You need two `if` statements and three `return` statements: a dictionary with the "
            "entry `skipped`, a "
            "refusal if `partners.grants_credit(…)` is false, and a dictionary with the entry "
            "`granted`.",
            '`if total_cents <= CREDIT_FREE_CENTS: return {"skipped": f"the total of '
            '{show(total_cents)} is not over 1,000.00"}`, then `if not partners.grants_credit('
            'order["orderId"], order["customerId"], total_cents): return refused(f"no credit for '
            'a total of {show(total_cents)}")`, then `return {"granted": True}`',
        ),
        "The history shows the decision and its reason.",
    ),
    Exercise(
        "3b",
        "One number for one invoice",
        one_number_for_one_invoice,
        (
            "You may read the clock, but in a place where the result is saved. Or does the order "
            "already have something that never changes?",
            "Either make the number in a step of its own and use what the step returns, or make it "
            'from `order["orderId"]`. (Do not use `hash`: its result for a string differs in each '
            "process.)",
            '`number = ctx.step(lambda _step: f"inv-{time.time_ns()}", name="choose-number")`, or '
            "`number = f\"inv-{order['orderId']}\"`",
        ),
        "Every replay gets the same number.",
    ),
    Exercise(
        "3c",
        "Find the mistakes",
        finds_the_mistakes,
        (
            "Ask about each line: if it runs again in a minute, does it change something "
            "outside the "
            "function, or return another value? Operations on `ctx` return their saved results.",
            "There are three: one reads a clock, one writes to a table, one draws a random number. "
            "A branch on the event is fine: the event is the same in every replay.",
            "The clock is in A, the write in D, the random number in F: "
            '`mistakes = {"A", "D", "F"}`',
        ),
        "You found all three. Line by line:",
        tuple(
            f"{letter} is {'a mistake' if letter in MISTAKES else 'no mistake'}: {LINES[letter]}"
            for letter in LINES
        ),
    ),
)
