"""A person reviews an order with a risk score between the limits: once, in time, or it ends."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from aws_durable_execution_sdk_python.config import Duration
from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.exceptions import ResourceNotFoundException
from botocore.exceptions import EndpointConnectionError

import owners
import patience
import reviewing
import risk
import store
from contract import OPERATIONS
from faults import Fault
from reasons import NOT_APPROVED
from tests.unit.order_api import Lambda, call, details
from tests.unit.samples import ORDER_ID, WRITTEN, Run, possessions, posted

RISKY = {"orderId": ORDER_ID, **posted(customerId="cust-review")}
REVIEW = {"decision": "approve", "by": "Grace", "note": "a customer for years"}
REVIEWED = [*OPERATIONS[:5], "review-order", *OPERATIONS[5:]]
PATH = f"/orders/{ORDER_ID}/review"

Runner = Callable[..., Run]


def review(**changes: Any) -> int:
    status, answer, _ = call("POST", PATH, REVIEW | changes)
    if status == 409:
        assert answer["type"] == "/problems/no-review-pending"
    return status


def await_review(runner: Any, arn: str) -> None:
    """Return once a person is asked."""
    runner.wait_for_callback(arn, name="review-order create callback id")
    until(lambda: "review" in (store.load(ORDER_ID) or {}))


def until(holds: Callable[[], bool]) -> None:
    """Return once something holds."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def asked(runner: Runner, processor: Lambda) -> Callable[..., Run]:
    """Process a risky order; do something while its review is pending."""

    def run(then: Callable[[Any], None], name: str = "") -> Run:
        def meanwhile(runner: Any, arn: str) -> None:
            def deliver(callback_id: str, result: bytes) -> None:
                try:
                    runner.send_callback_success(callback_id, result)
                except ResourceNotFoundException:  # what Lambda says of a callback that is over
                    raise processor.exceptions.CallbackTimeoutException({}, "") from None

            processor.on_answer = deliver
            await_review(runner, arn)
            then(runner)

        return runner(RISKY, name, meanwhile)

    return run


def callback_id() -> str:
    return str((store.load(ORDER_ID) or {})["review"]["callbackId"])


def is_rejected_and_undone(run: Run, fault: str, before: Any, *more: str) -> None:
    assert run.execution == "SUCCEEDED"
    assert (run.order["status"], run.order["errorMessage"]) == ("rejected", NOT_APPROVED)
    assert run.order["fault"] == fault
    assert run.ledger["refundedCents"] == run.ledger["chargedCents"] == 9934
    assert possessions("cust-review") == before
    undos = ["release-inventory", "refund-payment", "notify-customer", "close-order"]
    assert run.operations == [*OPERATIONS[:5], "review-order", *more, *undos]


def test_an_order_that_is_approved_has_one_operation_more(asked: Runner) -> None:
    run = asked(lambda _: [review()])
    assert run.operations == REVIEWED
    assert run.answer["status"] == "completed"
    assert run.statuses == WRITTEN


def test_the_order_says_who_was_asked_what_and_answered_how(asked: Runner) -> None:
    kept = asked(lambda _: [review()]).order["review"]
    assert kept["why"] == "the risk score of 70 is between 60 and 80"
    assert (kept["decision"], kept["decidedBy"]) == ("approve", "Grace")
    assert kept["note"] == "a customer for years"
    assert kept["askedAt"] <= kept["decidedAt"]


def test_who_decides_and_why_is_not_in_the_history(asked: Runner, processor: Lambda) -> None:
    asked(lambda _: [review()])
    assert [result for _, result in processor.answered] == ['{"decision":"approve"}']


def test_an_order_that_a_person_rejects_is_undone(asked: Runner) -> None:
    before = possessions("cust-review")
    run = asked(lambda _: [review(decision="reject")])
    is_rejected_and_undone(run, "a person rejected the order", before)


def test_a_callback_that_somebody_fails_rejects_the_order(asked: Runner) -> None:
    before = possessions("cust-review")
    error = ErrorObject("rejected in the timeline", "Rejected", None, None)
    run = asked(lambda runner: runner.send_callback_failure(callback_id(), error))
    is_rejected_and_undone(run, "the review failed: rejected in the timeline", before)


@pytest.fixture
def soon_over(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a person, or whoever is asked after them, have one second, and not 20 and 4 hours."""
    assert patience.REVIEW.timeout.to_seconds() == 20 * 60 * 60
    assert patience.ESCALATION.timeout.to_seconds() == 4 * 60 * 60

    def let(name: str) -> None:
        short = replace(getattr(patience, name), timeout=Duration.from_seconds(1))
        monkeypatch.setattr(risk, name, short)

    return let


def test_an_order_that_nobody_reviews_is_rejected_and_undone(
    asked: Runner, soon_over: Callable[[str], None]
) -> None:
    soon_over("REVIEW")
    soon_over("ESCALATION")
    before = possessions("cust-review")
    run = asked(lambda _: None)
    is_rejected_and_undone(run, "nobody reviewed the order in time", before, "escalate-review")
    assert review() == 409


def test_a_review_that_nobody_answers_is_escalated(
    asked: Runner,
    soon_over: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "order-processor")
    soon_over("REVIEW")
    answers: list[int] = []

    def decide_when_escalated(_: Any) -> None:
        first = callback_id()
        until(lambda: callback_id() != first)
        answers.append(review())

    run = asked(decide_when_escalated)
    assert (answers, run.answer["status"]) == ([202], "completed")
    assert run.operations == [*REVIEWED[:6], "escalate-review", *REVIEWED[6:]]
    assert run.order["review"]["escalated"] is True
    assert '"PersonCalled":[1.0]' in capsys.readouterr().out


def test_an_answer_between_the_two_is_refused_and_the_second_is_taken(
    asked: Runner, soon_over: Callable[[str], None], processor: Lambda
) -> None:
    soon_over("REVIEW")
    answers: list[int] = []

    def decide(_: Any) -> None:
        first, send = callback_id(), processor.on_answer

        def too_late(_callback_id: str, _result: bytes) -> None:
            until(lambda: callback_id() != first)
            raise processor.exceptions.CallbackTimeoutException({}, "")

        processor.on_answer = too_late
        answers.append(review())
        processor.on_answer = send
        answers.append(review())

    assert asked(decide).answer["status"] == "completed"
    assert answers == [409, 202]


@pytest.mark.parametrize(
    ("result", "approved"),
    [
        ('{"decision": "approve"}', True),
        ('{"decision": "reject"}', False),
        ('"approve"', False),
        ("approve", False),
        ("", False),
        (None, False),
    ],
)
def test_only_an_approval_approves(result: str | None, approved: bool) -> None:
    assert reviewing.approves(result) is approved


def test_a_decision_may_be_repeated_and_not_changed(asked: Runner) -> None:
    answers: list[int] = []

    def decide(_: Any) -> None:
        answers.extend([review(), review(by="Ada"), review(decision="reject")])

    assert asked(decide).answer["status"] == "completed"
    assert answers == [202, 202, 409]
    assert [review(), review(decision="reject")] == [202, 409]
    assert (store.load(ORDER_ID) or {})["review"]["decidedBy"] == "Grace"


def test_an_answer_that_was_lost_is_sent_by_a_repeat(asked: Runner, processor: Lambda) -> None:
    answers: list[int] = []

    def decide(_: Any) -> None:
        processor.error = EndpointConnectionError(endpoint_url="http://lambda")
        answers.append(review())
        processor.error = None
        answers.append(review())

    assert asked(decide).answer["status"] == "completed"
    assert answers == [503, 202]


@pytest.mark.parametrize("error", ["CallbackTimeoutException", "ResourceNotFoundException"])
def test_a_decision_that_comes_too_late_is_refused_each_time(
    asked: Runner, processor: Lambda, error: str
) -> None:
    answers: list[int] = []

    def decide(runner: Any) -> None:
        processor.error = getattr(processor.exceptions, error)({}, "")
        answers.extend([review(), review()])
        runner.send_callback_success(callback_id(), b"")

    asked(decide)
    assert answers == [409, 409]


def test_an_order_without_a_review_cannot_be_reviewed(runner: Runner, processor: Lambda) -> None:
    runner({"orderId": ORDER_ID, **posted()})
    assert review() == 409
    assert processor.answered == []


@pytest.mark.parametrize("order_id", [f"ord-{'9' * 32}", "ord-1"])
@pytest.mark.usefixtures("processor")
def test_an_unknown_order_cannot_be_reviewed(order_id: str) -> None:
    status, answer, _ = call("POST", f"/orders/{order_id}/review", REVIEW)
    assert (status, answer["type"]) == (404, "/problems/order-not-found")


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({}, ["decision is missing", "by is missing", "note is missing"]),
        (
            {"decision": "maybe", "by": " ", "note": 1, "x": 2},
            [
                '"x" is not a field of a review',
                "decision must be approve or reject",
                "by must not be blank",
                "note must be text",
            ],
        ),
        (REVIEW | {"note": "x" * 501}, ["note must have at most 500 characters"]),
        ([], ["the review must be a JSON object"]),
        ("", ["the body is empty; send JSON"]),
    ],
)
def test_a_bad_body_is_refused_with_every_problem(
    aws: Any, processor: Lambda, body: Any, problems: list[str]
) -> None:
    aws.put_item(TableName="orders", Item={"orderId": ORDER_ID, "status": "received"})
    status, answer, _ = call("POST", PATH, body)
    assert (status, answer["type"]) == (400, "/problems/invalid-review")
    assert details(answer) == problems


def test_a_review_that_is_not_json_is_an_unsupported_media_type(
    aws: Any, processor: Lambda
) -> None:
    aws.put_item(TableName="orders", Item={"orderId": ORDER_ID, "status": "received"})
    assert call("POST", PATH, REVIEW, Content_Type="image/png")[0] == 415


def test_an_order_that_is_cancelled_in_its_review_is_not_reviewed_any_more(
    asked: Runner, runner: Runner, processor: Lambda
) -> None:
    """The execution is stopped, as the API asks for; here its callback gets an answer too late."""
    before = possessions("cust-review")
    answers: list[int] = []

    def cancel(runner: Any) -> None:
        answers.append(call("POST", f"/orders/{ORDER_ID}/cancel")[0])
        answers.append(review())
        runner.send_callback_success(callback_id(), b'{"decision": "approve"}')

    former = asked(cancel, ORDER_ID)
    assert answers == [202, 409]
    assert len(processor.stopped) == 1
    assert former.answer["status"] == "unchanged"
    successor = runner({"orderId": ORDER_ID}, f"{ORDER_ID}-r1")
    assert successor.order["status"] == "cancelled"
    assert successor.ledger["refundedCents"] == successor.ledger["chargedCents"] == 9934
    assert possessions("cust-review") == before
    assert review() == 409


def test_an_execution_that_is_replaced_asks_nobody(
    runner: Runner, processor: Lambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = reviewing.ask

    def ask_late(*given: Any, **named: Any) -> None:
        owners.take_over(store.load(ORDER_ID) or {}, to_cancel=True)
        ask(*given, **named)

    monkeypatch.setattr(reviewing, "ask", ask_late)
    run = runner(RISKY, ORDER_ID)
    assert run.answer["status"] == "unchanged"
    assert "review" not in run.order
    assert run.ledger["refundedCents"] == 0  # that is for its new owner


def test_a_database_that_does_not_answer_delays_the_question(
    asked: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asks = reviewing.ask, []

    def ask_twice(*given: Any, **named: Any) -> None:
        asks.append(given)
        if len(asks) == 1:
            raise Fault("away")
        ask(*given, **named)

    monkeypatch.setattr(reviewing, "ask", ask_twice)
    assert asked(lambda _: [review()]).answer["status"] == "completed"
    assert len(asks) == 2


def test_a_question_that_is_asked_again_keeps_an_answer(asked: Runner) -> None:
    def decide(_: Any) -> None:
        review()
        reviewing.ask(ORDER_ID, store.load(ORDER_ID)["owner"], callback_id(), "again")  # type: ignore[index]

    assert asked(decide).order["review"]["decision"] == "approve"
