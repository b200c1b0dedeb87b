"""What is personal in an order is only where the design says: not in a history, not in a log.

`--orders 100` sends more orders.
"""

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from workshop.aws.stack import Stack
from workshop.orders import client as orders
from workshop.orders import history

pytestmark = pytest.mark.timeout(0)  # all orders are sent in the first test; each wait has a limit
AT_ONCE = 6
# Orders that complete, that are undone, and that are refused at once.
KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"price": 600.0},
    {"product_id": "sku-damaged"},
    {"customer_id": "cust-fraud"},
    {"product_id": "sku-out-of-stock"},
)
Order = dict[str, Any]


@pytest.fixture(scope="module")
def private(stack: Stack, request: pytest.FixtureRequest) -> dict[str, Order]:
    """Orders that have ended, each with an address, a phone and a token of its own, by id."""
    count = request.config.getoption("--orders")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(partial(send, stack), range(count)))


def send(stack: Stack, number: int) -> tuple[str, Order]:
    """Send an order, cancel some, and wait for its end."""
    order = orders.example(**KINDS[number % len(KINDS)]) | {
        "customerEmail": f"{secrets.token_hex(8)}@example.com",
        "customerPhone": f"+1 {secrets.randbelow(10**12):012}",
        "paymentToken": f"tok_{secrets.token_hex(8)}",
    }
    order["items"][0]["name"] = f"a gift {secrets.token_hex(8)}"
    order_id: str = orders.post(stack, order).json()["orderId"]
    if number % 7 == 0:
        orders.cancel(stack, order_id)
    orders.wait(stack, order_id, timeout_seconds=240)
    return order_id, order


def found(text: str, private: dict[str, Order], *fields: str) -> list[str]:
    """The private values of these fields that a text has."""
    values = [order[field] for order in private.values() for field in fields]
    return [value for value in values if value in text]


def test_a_history_has_nothing_personal(stack: Stack, private: dict[str, Order]) -> None:
    text = json.dumps([list(events(stack, order_id)) for order_id in private], default=str)
    assert all(order_id in text for order_id in private)
    assert found(text, private, "customerEmail", "customerPhone", "paymentToken") == []
    names = [order["items"][0]["name"] for order in private.values()]
    assert [name for name in names if name in text] == []


def events(stack: Stack, order_id: str) -> Iterator[Any]:
    """All events of an order's executions, with their data."""
    pages = stack.target.client("lambda").get_paginator("list_durable_executions_by_function")
    for name in (order_id, f"{order_id}-r1"):
        request = {"FunctionName": stack.processor, "DurableExecutionName": name}
        for page in pages.paginate(**request):
            for each in page["DurableExecutions"]:
                yield from history.read_events(stack, each["DurableExecutionArn"])


def test_a_log_has_nothing_personal(stack: Stack, private: dict[str, Order]) -> None:
    logs = stack.target.client("logs").get_paginator("filter_log_events")
    for function in ("processor", "api", "recovery"):
        group = f"/aws/lambda/{stack.name}-order-{function}"
        lines = [
            event["message"]
            for page in logs.paginate(logGroupName=group)
            for event in page["events"]
        ]
        assert function == "recovery" or lines
        fields = ("customerEmail", "customerPhone", "paymentToken")
        assert found("\n".join(lines), private, *fields) == []


def test_no_table_keeps_a_token(stack: Stack, private: dict[str, Order]) -> None:
    for output in ("OrdersTableName", "PartnersTableName"):
        table = stack.target.client("dynamodb").get_paginator("scan")
        rows = [
            row for page in table.paginate(TableName=stack.outputs[output]) for row in page["Items"]
        ]
        text = json.dumps(rows, default=str)
        assert found(text, private, "customerEmail"), "so a search finds what is there"
        assert found(text, private, "paymentToken") == []
