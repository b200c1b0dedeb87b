"""The exercises of notebook 09."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workshop.exercises.callbacks import Answer
from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import expect, expect_that
from workshop.exercises.outcome import Tried
from workshop.orders.contract import OPERATIONS, REVIEWS

FIRST, SECOND = REVIEWS
BEFORE = OPERATIONS[:5]
UNDONE = ("release-inventory", "refund-payment", "notify-customer", "close-order")
YES, NO, UNCLEAR = (f'{{"decision": "{word}"}}' for word in ("approve", "reject", "perhaps"))
SHORT_SECONDS, OTHER_SECONDS = 1, 77
SAID = {
    YES: "that a person approved",
    NO: "that a person rejected",
    UNCLEAR: "with an answer that is neither yes nor no",
}


def decides_what_silence_means(runner: CheckRunner) -> None:
    """Only an approval lets the order go on; silence and a failed callback are refusals."""
    approved = _reviewed(runner, _send(YES))
    runner.expect_operations(
        f"the operations of an order {SAID[YES]}", approved, [*BEFORE, FIRST, *OPERATIONS[5:]]
    )
    for said in (NO, UNCLEAR):
        _expect_refused(f"an order {SAID[said]}", _reviewed(runner, _send(said)))
    _expect_refused("an order whose callback somebody failed", _reviewed(runner, _fail))
    _let_be_over(runner, "REVIEW")
    _expect_refused("an order that nobody reviewed", _reviewed(runner))


def escalates(runner: CheckRunner) -> None:
    """Silence asks a second time, with the second limit; only then it is a refusal."""
    asked = [*BEFORE, FIRST, SECOND]
    first = _reviewed(runner, _send(YES))
    runner.expect_operations(
        "the operations of an order that was approved at once",
        first,
        [*BEFORE, FIRST, *OPERATIONS[5:]],
    )
    rejected = _reviewed(runner, _send(NO))
    what = "the operations of an order that was rejected at once"
    runner.expect_operations(what, rejected, [*BEFORE, FIRST, *UNDONE])
    _let_be_over(runner, "REVIEW")
    _let_be_over(runner, "ESCALATION", OTHER_SECONDS)
    late = _reviewed(runner, None, _send(YES))
    what = "the operations of an order that was approved after the escalation"
    runner.expect_operations(what, late, [*asked, *OPERATIONS[5:]])
    limit = f"the time limit of {SECOND}"
    why = "Give it ESCALATION, not REVIEW"
    expect(limit, late.callback_seconds[f"{SECOND} create callback id"], OTHER_SECONDS, why)
    _expect_refused("an order rejected after the escalation", _reviewed(runner, None, _send(NO)))
    _let_be_over(runner, "ESCALATION")
    silent = _reviewed(runner)
    _expect_refused("an order that nobody reviewed, even when asked again", silent)
    runner.expect_operations("its operations", silent, [*asked, *UNDONE])


def _reviewed(runner: CheckRunner, *answers: Answer | None) -> Tried:
    """Process a risky order; give these answers, one to each question. None gives no answer."""
    given = list(answers)

    def answer(test_runner: Any, callback_id: str) -> None:
        say = given.pop(0) if given else None
        if say:
            say(test_runner, callback_id)

    return runner.process(may_fail=True, on_callback=answer, customer_id="cust-review")


def _expect_refused(what: str, order: Tried) -> None:
    """Raise `NotYet` unless the order was rejected and undone, by a decision and not a fault."""
    got = str(order.order.get("status", "no status"))
    if order.error:
        got += f": the execution failed with {order.error}"
    expect_that(got == "rejected", f"the status of {what}", "rejected", got)


def _send(result: str) -> Answer:
    return lambda runner, callback_id: runner.send_callback_success(callback_id, result.encode())


def _fail(runner: Any, callback_id: str) -> None:
    from aws_durable_execution_sdk_python.lambda_service import ErrorObject

    error = ErrorObject("the page was closed", "Closed", None, None)
    runner.send_callback_failure(callback_id, error)


def _let_be_over(runner: CheckRunner, name: str, seconds: int = SHORT_SECONDS) -> None:
    """Give a person this long: the runner does not skip the time of a callback."""
    from aws_durable_execution_sdk_python.config import Duration

    risk: Any = runner.module("risk")
    setattr(risk, name, replace(getattr(risk, name), timeout=Duration.from_seconds(seconds)))


EXERCISES = (
    Exercise(
        "9a",
        "Decide what silence means",
        decides_what_silence_means,
        (
            "In `review_order`, two `if` statements are missing: one for `None`, and one for an "
            "answer that does not approve. In `ask_a_person`, two `except` clauses are missing.",
            'Each refusal is `raise Refused("…", by="review-order")`. Only the timeout returns '
            "`None`.",
            "`except CallbackTimeoutError:` with `return None`, and `except CallbackExternalError "
            'as error:` with `raise Refused(f"the review failed: {error}", by="review-order") from '
            "None`. In `review_order`: `if answer is None:` and `if not "
            "reviewing.approves(answer):`, each with a `raise Refused(…)`.",
        ),
        "Yes, no, nonsense, a failed callback, and silence: the order ends as it should after "
        "each.",
    ),
    Exercise(
        "9b",
        "Escalate",
        escalates,
        (
            "It takes one `if` and one call of `ask_a_person`. The lines below it already refuse "
            "silence.",
            "If `answer is None`, ask again, with the name `escalate-review` and `ESCALATION`, and "
            "keep what it returns in `answer`.",
            "`if answer is None:` and below it `answer = ask_a_person(ctx, order, score, "
            '"escalate-review", ESCALATION)`',
        ),
        "Silence asks somebody else, and a second silence is a no.",
    ),
)
