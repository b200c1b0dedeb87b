"""Import a file of orders: process each line in an execution of its own, many at a time.

A line that fails does not stop the file. The result says how many orders ended how, and which
lines failed.
"""

import os
from collections import Counter
from hashlib import sha256
from typing import Any

from aws_durable_execution_sdk_python import BatchResult, DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import CompletionConfig, MapConfig

AT_ONCE = 8


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process a file: {name, lines}. Returns {ended: {status: number}, failed: {line: why}}."""

    def process(child: DurableContext, line: str, index: int, _lines: Any) -> str:
        order = {"orderId": order_id(event["name"], index + 1), **order_of(line)}
        ended: dict[str, Any] = child.invoke(os.environ["PROCESSOR"], order, name="process-order")
        return str(ended["status"])

    every_line = CompletionConfig(tolerated_failure_percentage=100)
    config = MapConfig(max_concurrency=AT_ONCE, completion_config=every_line, item_namer=line_name)
    return report(ctx.map(event["lines"], process, name="lines", config=config))


def report(outcome: BatchResult[str]) -> dict[str, Any]:
    """Count how the orders ended, and say which lines failed, and why."""
    ended = Counter(outcome.get_results())
    failed = {item.index + 1: item.error.message for item in outcome.all if item.error}
    return {"ended": dict(ended), "failed": failed}


def order_of(line: str) -> dict[str, Any]:
    """Return the order of a line: customer, product, quantity, price, card."""
    customer, product, quantity, price, card = line.split(",")
    item = {"productId": product, "name": product, "quantity": int(quantity), "price": float(price)}
    return {
        "customerId": customer,
        "customerEmail": f"{customer}@example.com",
        "paymentToken": card,
        "items": [item],
    }


def order_id(name: str, line: int) -> str:
    """Return the id of a line's order: the same in each invocation, and if the file comes twice."""
    return f"ord-{sha256(f'{name}#{line}'.encode()).hexdigest()[:32]}"


def line_name(_line: str, index: int) -> str:
    """Return the name of a line's branch in the history."""
    return f"line-{index + 1}"
