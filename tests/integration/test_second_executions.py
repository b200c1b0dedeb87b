"""More executions of one order, with its content, with other content, with none, change nothing."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.contract.waiting import until
from tests.integration.conftest import PATIENCE_SECONDS, Partners
from tests.integration.fates import OTHER, is_balanced
from workshop.aws.stack import Stack
from workshop.orders import client as orders
from workshop.orders import history
from workshop.orders.contract import STATUSES
from workshop.orders.history import Run

CONTENTS: dict[str, dict[str, Any]] = {
    "the same": orders.example(payment_token="tok_slow"),
    "other": orders.example() | OTHER,
    "broken": {"items": "?", "customerEmail": 1},
    "none": {},
}


def execute(stack: Stack, order_id: str, content: dict[str, Any]) -> str:
    """Start an execution for an order under a name of its own, and return the name."""
    name = f"second-{secrets.token_hex(8)}"
    stack.target.client("lambda").invoke(
        FunctionName=stack.outputs["ProcessorAliasArn"],
        InvocationType="Event",
        DurableExecutionName=name,
        Payload=json.dumps({"orderId": order_id, **content}),
    )
    return name


def ended(stack: Stack, name: str) -> Run:
    """The run of an execution that has ended."""
    return list(history.watch(stack, name, timeout_seconds=PATIENCE_SECONDS))[-1]


@pytest.fixture(scope="module")
def seconds(stack: Stack) -> tuple[str, dict[tuple[str, str], str]]:
    """An order, and the names of its second executions, by status and content."""
    order_id = orders.submit(stack, CONTENTS["the same"])
    found = {}
    for status in STATUSES:
        orders.wait(stack, order_id, until=status, timeout_seconds=PATIENCE_SECONDS)
        for content, given in CONTENTS.items():
            found[status, content] = execute(stack, order_id, given)
    return order_id, found


def test_an_order_with_second_executions_at_each_status_completes_as_it_was_posted(
    stack: Stack, partners: Partners, seconds: tuple[str, dict[tuple[str, str], str]]
) -> None:
    order_id, names = seconds
    runs = {at: ended(stack, name) for at, name in names.items()}
    for at, run in runs.items():
        assert run.state == "succeeded", at
        assert run.names == ["validate-order"], at
    assert is_balanced(stack, partners, order_id) == "completed"
    order = orders.get(stack, order_id) or {}
    assert order["total"] == 91.98
    assert [entry["status"] for entry in order["timeline"]] == list(STATUSES)


def test_of_two_that_start_at_the_same_moment_with_different_orders_one_wins(
    stack: Stack, partners: Partners
) -> None:
    order_id = f"ord-{secrets.token_hex(16)}"
    given = [orders.example(), orders.example() | OTHER]
    with ThreadPoolExecutor(len(given)) as pool:
        names = list(pool.map(partial(execute, stack, order_id), given))
    runs = [ended(stack, name) for name in names]
    (winner,) = (run for run in runs if len(run.names) > 1)
    order = until(lambda: orders.get(stack, order_id), "the order")
    items = given[runs.index(winner)]["items"]
    assert order["items"] == items
    assert is_balanced(stack, partners, order_id) == "completed"
    (charge,) = partners.charges(order_id)
    subtotal_cents = round(sum(100 * item["price"] * item["quantity"] for item in items))
    assert charge["amountCents"] == round(1.08 * subtotal_cents)
