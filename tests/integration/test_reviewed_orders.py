"""A person reviews a risky order: by the API or the timeline, in time or not at all."""

from collections.abc import Iterator

import pytest

from tests.integration.conftest import Partners, review_is_pending
from tests.integration.test_when_things_fail import nothing_is_kept
from workshop.aws import deployment
from workshop.aws.stack import Stack
from workshop.notebook.timeline import actions
from workshop.notebook.timeline.source import Source, memory_megabytes
from workshop.notebook.timeline.view import pending_callback
from workshop.orders import client as orders
from workshop.orders import executions, history
from workshop.orders.contract import OPERATIONS

BY = {"by": "Grace", "note": "a customer for years"}
NOT_APPROVED = "the order could not be approved"


@pytest.fixture
def risky(stack) -> str:
    """An order that waits for its review."""
    order_id = orders.submit(stack, orders.example(customer_id="cust-review"))
    review_is_pending(stack, order_id)
    return order_id


def is_rejected(stack, order_id: str) -> bool:
    order = orders.wait(stack, order_id, timeout_seconds=60)
    assert nothing_is_kept(Partners(stack), order_id)
    return (order["status"], order["errorMessage"]) == ("rejected", NOT_APPROVED)


def test_an_approved_order_has_one_operation_more_and_completes(stack, risky):
    assert [orders.review(stack, risky, "approve", **BY).status_code for _ in "12"] == [202, 202]
    assert orders.wait(stack, risky, timeout_seconds=60)["status"] == "completed"
    run = history.of(stack, risky)
    assert run.names == [*OPERATIONS[:5], "review-order", *OPERATIONS[5:]]
    assert orders.review(stack, risky, "reject", **BY).status_code == 409
    assert "Grace" not in str(history.read_events(stack, run.arn))


def test_a_rejected_order_is_undone(stack, risky):
    assert orders.review(stack, risky, "reject", **BY).status_code == 202
    assert is_rejected(stack, risky)


def test_a_pending_review_is_listed(stack, risky):
    listed = list(executions.listed(stack, operation="review-order"))
    assert [(each.name, each.waits_for) for each in listed] == [(risky, "a callback")]
    orders.review(stack, risky, "reject", **BY)


@pytest.mark.parametrize(("do", "status"), [("approve", "completed"), ("reject", "rejected")])
def test_the_buttons_of_the_timeline_answer_it(stack, risky, do, status):
    source = Source(stack, risky, memory_megabytes(stack))
    source.read()
    assert actions.act(do, source).startswith(do.title())
    assert orders.wait(stack, risky, timeout_seconds=60)["status"] == status
    assert orders.review(stack, risky, do, **BY).status_code == 409


def test_a_cancelled_order_is_not_reviewed_any_more(stack, risky):
    assert orders.cancel(stack, risky).status_code == 202
    assert orders.review(stack, risky, "approve", **BY).status_code == 409
    order = orders.wait(stack, risky, timeout_seconds=60)
    assert (order["status"], order["errorMessage"]) == ("cancelled", "you cancelled it")
    assert nothing_is_kept(Partners(stack), risky)
    assert list(history.watch(stack, risky, timeout_seconds=60))[-1].state == "stopped"


def test_an_order_that_is_stopped_in_its_review_is_recovered(stack, risky):
    source = Source(stack, risky, memory_megabytes(stack))
    source.read()
    assert actions.act("stop", source).startswith("Stopped")
    assert orders.wait(stack, risky, timeout_seconds=60)["status"] == "failed"
    assert nothing_is_kept(Partners(stack), risky)
    assert orders.review(stack, risky, "approve", **BY).status_code == 409


@pytest.fixture
def silent(target, request) -> Iterator[Stack]:
    """A stack where nobody answers within a second; who is asked then has `request.param`."""
    parameters = {"ReviewSeconds": 1, "EscalationSeconds": request.param}
    yield deployment.deploy(target, name="silent", parameters=parameters)
    deployment.delete(target, name="silent")


@pytest.mark.parametrize("silent", [3600], indirect=True)
def test_a_review_that_nobody_answers_is_escalated(silent):
    order_id = orders.submit(silent, orders.example(customer_id="cust-review"))
    for run in history.watch(silent, order_id, timeout_seconds=60):
        if run.names[-1:] == ["escalate-review"] and pending_callback(run) and run.invocations:
            break
    listed = list(executions.listed(silent, operation="escalate-review"))
    assert [each.name for each in listed] == [order_id]
    assert orders.review(silent, order_id, "approve", **BY).status_code == 202
    assert orders.wait(silent, order_id, timeout_seconds=60)["status"] == "completed"
    asked = ["review-order", "escalate-review"]
    assert history.of(silent, order_id).names == [*OPERATIONS[:5], *asked, *OPERATIONS[5:]]


@pytest.mark.parametrize("silent", [1], indirect=True)
def test_a_review_that_nobody_answers_twice_is_a_refusal(silent):
    order_id = orders.submit(silent, orders.example(customer_id="cust-review"))
    assert is_rejected(silent, order_id)
    assert orders.review(silent, order_id, "approve", **BY).status_code == 409
    *_, ended = history.watch(silent, order_id)
    assert ended.state == "succeeded"
