"""The recovery may do what it needs, and nothing else."""

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.integration.lost_orders import recover, store_copy
from tests.integration.test_permissions import without
from workshop.aws.stack import Stack
from workshop.localcloud.lambda_api.authorization import REMEMBER_SECONDS
from workshop.orders import client as orders

Without = Callable[[str, str, str], AbstractContextManager[None]]
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
