"""The functions may do what they need, and nothing else."""

import json
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from tests.integration.conftest import await_end, clock, review_is_pending
from workshop.localcloud.lambda_api.authorization import REMEMBER_SECONDS
from workshop.orders import client as orders
from workshop.orders import history

Policy = dict[str, Any]
PROCESSOR, API = "ProcessorFunctionName", "OrderApiFunctionName"
# Each action a function is granted, and what no longer works without it.
NEEDS = {
    (PROCESSOR, "dynamodb:UpdateItem", "WriteOrderStatus"): "validate",
    (PROCESSOR, "dynamodb:GetItem", "WriteOrderStatus"): "read again after a crash",
    (PROCESSOR, "dynamodb:BatchGetItem", "CallPartners"): "check the stock",
    (PROCESSOR, "dynamodb:UpdateItem", "CallPartners"): "charge",
    (PROCESSOR, "lambda:CheckpointDurableExecution", "CheckpointOwnExecutions"): "checkpoint",
    (API, "dynamodb:PutItem", "TakeOrdersIn"): "take an order in",
    (API, "dynamodb:GetItem", "TakeOrdersIn"): "answer a status query",
    (API, "lambda:InvokeFunction", "StartProcessing"): "start the processing",
}


@pytest.fixture
def without(stack):
    """Take one action away from a function's role for a while."""
    iam, functions = stack.target.client("iam"), stack.target.client("lambda")

    @contextmanager
    def taken(function: str, action: str, statement_id: str):
        name = stack.outputs[function]
        role = functions.get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            if any(s.get("Sid") == statement_id for s in document["Statement"]):
                break
        else:
            pytest.fail(f"{role} has no statement {statement_id}")
        write = write_policy(iam, role, policy)
        write(smaller(document, action, statement_id))
        time.sleep(REMEMBER_SECONDS)  # decisions are remembered that long
        try:
            yield
        finally:
            write(document)

    return taken


@pytest.fixture(scope="module", autouse=True)
def _forgotten_at_the_end():
    """Other tests meet no decision that is remembered from these."""
    yield
    time.sleep(REMEMBER_SECONDS)


def write_policy(iam, role: str, policy: str) -> Callable[[Policy], None]:
    def write(document: Policy) -> None:
        if not document["Statement"]:  # IAM takes no empty policy
            iam.delete_role_policy(RoleName=role, PolicyName=policy)
            return
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))

    return write


def smaller(document: Policy, action: str, statement_id: str) -> Policy:
    """The policy without one action of one statement."""
    statements = []
    for statement in document["Statement"]:
        actions = statement["Action"]
        actions = [actions] if isinstance(actions, str) else actions
        if statement.get("Sid") == statement_id:
            assert action in actions
            actions = [each for each in actions if each != action]
        if actions:
            statements.append({**statement, "Action": actions})
    return {**document, "Statement": statements}


def works(stack) -> bool:
    """Whether an order that crashes once, and asks for everything, still completes."""
    order = orders.example(payment_token="tok_crash_after_check-inventory")
    posted = orders.post(stack, order)
    if posted.status_code != requests.codes.accepted:
        return False
    order_id = posted.json()["orderId"]
    run = list(history.watch(stack, order_id, timeout_seconds=60))[-1]
    if run.state != "succeeded":
        return False
    try:
        return orders.wait(stack, order_id, timeout_seconds=5)["status"] == "completed"
    except orders.ApiFailed:
        return False


def test_with_all_its_permissions_the_application_works(stack):
    assert works(stack)


@pytest.mark.parametrize("needed", NEEDS, ids=lambda needed: f"{needed[0][:5]}-{needed[1]}")
def test_without_any_one_action_it_does_not(stack, without, needed):
    with without(*needed):
        assert not works(stack)


def test_without_the_right_to_stop_it_the_execution_of_a_cancelled_order_waits_on(stack, without):
    with clock("real"), without(API, "lambda:StopDurableExecution", "StopCancelledOrders"):
        order_id = orders.submit(stack, orders.example())
        orders.wait(stack, order_id, until="awaiting-warehouse")
        assert orders.cancel(stack, order_id).status_code == 202
        assert orders.wait(stack, order_id, timeout_seconds=60)["status"] == "cancelled"
        functions, arn = stack.target.client("lambda"), history.find_execution(stack, order_id)
        assert functions.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"
        functions.stop_durable_execution(DurableExecutionArn=arn)


def test_without_the_right_to_answer_it_a_review_stays_pending(stack, without):
    order_id = orders.submit(stack, orders.example(customer_id="cust-review"))
    review_is_pending(stack, order_id)
    answer = {"decision": "reject", "by": "Grace", "note": "unknown"}
    with without(API, "lambda:SendDurableExecutionCallbackSuccess", "AnswerReviews"):
        assert orders.review(stack, order_id, **answer).status_code == 503
    time.sleep(REMEMBER_SECONDS)
    assert orders.review(stack, order_id, **answer).status_code == 202
    assert orders.wait(stack, order_id, timeout_seconds=60)["status"] == "rejected"


def test_without_the_right_to_update_orders_none_is_cancelled(stack, without):
    order_id = orders.submit(stack, orders.example(customer_id="cust-review"))
    review_is_pending(stack, order_id)
    with without(API, "dynamodb:UpdateItem", "TakeOrdersIn"):
        assert orders.cancel(stack, order_id).status_code == 503
    time.sleep(REMEMBER_SECONDS)
    assert orders.cancel(stack, order_id).status_code == 202
    assert orders.wait(stack, order_id, timeout_seconds=60)["status"] == "cancelled"


def test_an_order_that_cannot_be_started_is_withdrawn(stack, without):
    with without(API, "lambda:InvokeFunction", "StartProcessing"):
        refused = orders.post(stack, orders.example())
    assert refused.status_code == 503
    assert "again" in refused.json()["detail"]


def test_a_repeat_of_an_order_that_could_not_be_started_starts_it(stack, without):
    with without(API, "lambda:InvokeFunction", "StartProcessing"):
        assert orders.post(stack, orders.example(), "key-of-a-bad-day").status_code == 503
    time.sleep(REMEMBER_SECONDS)
    order_id = orders.submit(stack, orders.example(), "key-of-a-bad-day")
    assert await_end(stack, order_id).status == "completed"


def test_no_policy_of_ours_grants_everything(stack):
    iam = stack.target.client("iam")
    roles = stack.target.client("cloudformation").describe_stack_resources(StackName=stack.name)
    names = [
        each["PhysicalResourceId"]
        for each in roles["StackResources"]
        if each["ResourceType"] == "AWS::IAM::Role"
    ]
    assert len(names) == 3
    for role in names:
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            assert all(s["Resource"] != "*" for s in document["Statement"])
            assert all("*" not in str(s["Action"]) for s in document["Statement"])
