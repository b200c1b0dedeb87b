"""The recovery may do what it needs, and nothing else."""

import json
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest

from tests.contract.waiting import until
from tests.integration.lost_orders import recover, store_copy
from tests.integration.test_permissions import without
from workshop import localcloud
from workshop.aws.stack import Stack
from workshop.localcloud.lambda_api.authorization import REMEMBER_SECONDS
from workshop.orders import client as orders

Without = Callable[[str, str, str | None], AbstractContextManager[None]]
NEEDS = {
    "dynamodb:Scan": "FindOpenOrders",
    "dynamodb:GetItem": "TakeOrdersOver",
    "lambda:ListDurableExecutionsByFunction": "FindExecutions",
    "dynamodb:UpdateItem": "TakeOrdersOver",
    "lambda:InvokeFunction": "StartSuccessors",
}
__all__ = ["without"]


@pytest.fixture
def lost(stack: Stack) -> str:
    """An order whose owner has ended."""
    owner, order_id = orders.submit(stack, orders.example()), f"ord-{secrets.token_hex(16)}"
    store_copy(stack, owner, order_id, owner)
    return order_id


@pytest.mark.parametrize("action", NEEDS)
def test_without_any_one_action_nothing_is_recovered(
    stack: Stack, lost: str, without: Without, action: str
) -> None:
    with (
        without("RecoveryFunctionName", action, NEEDS[action]),
        pytest.raises(AssertionError, match="errorType"),
    ):
        recover(stack, {})
    time.sleep(REMEMBER_SECONDS)
    if action != "lambda:InvokeFunction":
        assert recover(stack, {})[lost] == "take it over"
    else:
        assert recover(stack, {})[lost] == "start it"


def test_without_the_right_to_send_it_a_dead_letter_is_lost(stack: Stack, without: Without) -> None:
    client, recovery = stack.target.client("lambda"), stack.outputs["RecoveryFunctionName"]
    invoke = partial(client.invoke, FunctionName=recovery, InvocationType="Event")
    queues, name = stack.target.client("sqs"), f"{stack.name}-order-recovery-dead-letters"
    queue = queues.get_queue_url(QueueName=name)["QueueUrl"]
    log = next(part.log for part in localcloud.status().parts if part.name == "ministack")
    with without("RecoveryFunctionName", "sqs:SendMessage", None):  # a statement that SAM makes
        invoke(Payload=broken("lost"))
        refused = f"The outcome of {recovery} could not be sent to"
        until(lambda: refused in log.read_text(), "the refusal")
    time.sleep(REMEMBER_SECONDS)
    invoke(Payload=broken("kept"))
    received = until(
        lambda: queues.receive_message(QueueUrl=queue, WaitTimeSeconds=20).get("Messages"),
        "the dead letter",
    )
    assert [message["Body"] for message in received] == [broken("kept")]


def broken(what: str) -> str:
    """An event that recovery cannot read."""
    return json.dumps({"detail-type": "Durable Execution Status Change", "detail": {what: ""}})
