"""The orders that wait for a person, and how a person has one processed again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from workshop.aws.stack import Stack
from workshop.errors import WorkshopError

INDEX = "open-orders"


class Waiting(NamedTuple):
    """An order that waits for a person: since when (ISO 8601, UTC), and why."""

    order_id: str
    since: str
    fault: str


def listed(stack: Stack) -> Iterator[Waiting]:
    """Yield the orders that wait for a person."""
    pages = stack.target.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(
        TableName=stack.outputs["OrdersTableName"],
        IndexName=INDEX,
        FilterExpression="attribute_exists(waitsForPersonSince)",
    ):
        for item in page["Items"]:
            yield Waiting(
                item["orderId"]["S"],
                item["waitsForPersonSince"]["S"],
                item.get("fault", {}).get("S", ""),
            )


def redrive(stack: Stack, order_id: str) -> str:
    """Have an order that waits for a person processed again; return the new execution's name."""
    answer = stack.target.client("lambda").invoke(
        FunctionName=stack.outputs["RecoveryFunctionName"],
        Payload=json.dumps({"redrive": order_id}),
    )
    body = json.loads(answer["Payload"].read())
    if "execution" in body:
        return str(body["execution"])
    why = body.get("refused") or body.get("errorMessage", "unknown error")
    raise WorkshopError(
        f"Order {order_id} was not redriven: {why}.",
        "List the orders that wait for a person: python -m workshop redrive",
    )
