"""The exercises of notebook 09."""

from __future__ import annotations

from collections.abc import Sequence
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
    YES: "an order that a person approved",
    NO: "an order that a person rejected",
    UNCLEAR: "an order with an answer that is neither yes nor no",
    "": "an order whose callback was completed without a result",
}
FAILED = "an order whose callback somebody failed"
TOO_BROAD = ("except Exception", "except BaseException", "except:")


def decides_what_silence_means(runner: CheckRunner) -> None:
    """Only an approval lets the order go on; silence and a failed callback are refusals."""
    returned = _returned_by_ask_a_person(runner)
    _expect_approved(runner, SAID[YES], _reviewed(runner, _send(YES)), [FIRST])
    _expect_refused(SAID[UNCLEAR], _reviewed(runner, _send(UNCLEAR)))
    rejected = _reviewed(runner, _send(NO))
    _expect_refused(SAID[NO], rejected)
    _expect_failed(runner, "an order whose question could not be asked", _not_asked(runner))
    returned.clear()
    failed = _reviewed(runner, _fail, _send(NO))
    _expect_refused(FAILED, failed)
    _expect_told(failed, rejected, returned)
    _let_be_over(runner, "REVIEW")
    _expect_refused("an order that nobody reviewed", _reviewed(runner))


def escalates(runner: CheckRunner) -> None:
    """Silence asks a second time, with the second limit; only then it is a refusal."""
    for what, answer in (*((SAID[said], _send(said)) for said in (YES, NO, "")), (FAILED, _fail)):
        _expect_one_question(runner, what, _reviewed(runner, answer, _send(NO)))
    _let_be_over(runner, "REVIEW")
    _let_be_over(runner, "ESCALATION", OTHER_SECONDS)
    late = _reviewed(runner, None, _send(YES))
    what, asked = "an order that was approved after the escalation", [FIRST, SECOND]
    why = "Does `answer` get what `ask_a_person` returns?"
    _expect_approved(runner, what, late, asked, why)
    limit = f"the time limit of {SECOND}"
    why = "Give it ESCALATION, not REVIEW"
    expect(limit, late.callback_seconds[f"{SECOND} create callback id"], OTHER_SECONDS, why)
    _expect_refused("an order rejected after the escalation", _reviewed(runner, None, _send(NO)))
    _let_be_over(runner, "ESCALATION")
    silent = _reviewed(runner, None, None, _send(NO))
    _expect_refused("an order that nobody reviewed, even when asked again", silent)
    runner.expect_operations("its operations", silent, [*BEFORE, *asked, *UNDONE])


def _reviewed(runner: CheckRunner, *answers: Answer | None) -> Tried:
    """Process a risky order; give these answers, one to each question. None gives no answer."""
    given = list(answers)

    def answer(test_runner: Any, callback_id: str) -> None:
        say = given.pop(0) if given else None
        if say:
            say(test_runner, callback_id)

    return runner.process(may_fail=True, on_callback=answer, customer_id="cust-review")


def _not_asked(runner: CheckRunner) -> Tried:
    """Process a risky order for which nobody can be asked: the table is away for too long."""
    risk, reviewing, faults, patience = (
        vars(runner.module(name)) for name in ("risk", "reviewing", "faults", "patience")
    )

    def fail(*_: Any, **__: Any) -> None:
        raise faults["Fault"](f"{FIRST}: the database did not answer")

    ask, reviewing["ask"] = reviewing["ask"], fail
    quick = patience["PARTNER"].retry_strategy
    risk["REVIEW"] = replace(risk["REVIEW"], retry_strategy=quick)
    order = _reviewed(runner)
    reviewing["ask"] = ask
    return order


def _returned_by_ask_a_person(runner: CheckRunner) -> list[object]:
    """Return a list that gets whatever `ask_a_person` returns from now on."""
    returned: list[object] = []
    risk = vars(runner.module("risk"))
    ask = risk["ask_a_person"]

    def noting(*arguments: Any, **named: Any) -> Any:
        returned.append(ask(*arguments, **named))
        return returned[-1]

    risk["ask_a_person"] = noting
    return returned


def _expect_approved(
    runner: CheckRunner, what: str, order: Tried, asked: Sequence[str], why: str = ""
) -> None:
    """Raise `NotYet` unless the order was completed, after these questions."""
    text = _refusal(order)
    why = why or (runner.cell.line(text) if text else _too_broad(runner))
    _expect_status(what, order, "completed", why)
    expected = [*BEFORE, *asked, *OPERATIONS[5:]]
    runner.expect_operations(f"the operations of {what}", order, expected)


def _expect_refused(what: str, order: Tried) -> None:
    """Raise `NotYet` unless the order was rejected and undone, by a decision and not a fault."""
    _expect_status(what, order, "rejected")


def _expect_failed(runner: CheckRunner, what: str, order: Tried) -> None:
    """Raise `NotYet` unless the order failed: nobody was asked, so nobody was silent."""
    why = "Nobody was asked. Catch only CallbackTimeoutError and CallbackExternalError"
    _expect_status(what, order, "failed", ". ".join(filter(None, (why, _too_broad(runner)))))


def _expect_told(failed: Tried, rejected: Tried, returned: list[object]) -> None:
    """Raise `NotYet` if a failed callback was taken for silence, or for a rejection."""
    expect_that(
        None not in returned,
        f"what ask_a_person does for {FAILED}",
        "to raise Refused",
        "it returns None",
        "None means that nobody answered, and in 9b it asks a second person",
    )
    expect_that(
        not returned or _refusal(failed) != _refusal(rejected),
        f"the text for operators of {FAILED}",
        "that the review failed",
        _refusal(failed),
        "You use it for a rejection, too: raise Refused(…) in ask_a_person, with another text",
    )


def _expect_one_question(runner: CheckRunner, what: str, order: Tried) -> None:
    """Raise `NotYet` if there was a second question, or if the first answer did not count."""
    why = "Ask the second person only if nobody answered: `answer is None`"
    expect_that(SECOND not in order.names, what, "no second question", f"it waits in {SECOND}", why)
    if what == SAID[YES]:
        _expect_approved(runner, what, order, [FIRST])
    else:
        _expect_refused(what, order)
        runner.expect_operations(f"the operations of {what}", order, [*BEFORE, FIRST, *UNDONE])


def _expect_status(what: str, order: Tried, expected: str, why: str = "") -> None:
    status = str(order.order.get("status", "no status"))
    reason = f"the execution failed with {order.error}" if order.error else _refusal(order)
    got = ": ".join(filter(None, (status, reason)))
    expect_that(status == expected, f"the status of {what}", expected, got, why)


def _refusal(order: Tried) -> str:
    """Return the text for operators with which an order was refused; empty if it was not."""
    return str(order.answer.get("fault", "")) if isinstance(order.answer, dict) else ""


def _too_broad(runner: CheckRunner) -> str:
    """Return a sentence about an `except` that catches more than errors of a callback, if any."""
    line = next(filter(None, map(runner.cell.line, TOO_BROAD)), "")
    return line and f"See {line}, which also catches the SDK's own errors (notebook 05)"


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
