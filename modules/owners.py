"""Who owns an order: the execution of the order's name, or the latest that took the order over.

The first execution of an order has the order's id as its name. Each successor has the next number:
`ord-…-r1`, `ord-…-r2`. An order is open until it has ended and no person is needed anymore; only
open orders have `openSince`, so the index of that field is small, whatever the size of the table.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import store
from contract import CANCELLABLE_BEFORE
from database import dynamodb
from rules import ORDER_ID

NAME = re.compile(rf"({ORDER_ID.pattern})(?:-r([0-9]{{1,6}}))?")
INDEX = "open-orders"


def order_of(execution: str) -> str:
    """Return the id of the order that an execution is named after; "" if it is none."""
    match = NAME.fullmatch(execution)
    return match[1] if match else ""


def generation(execution: str) -> int:
    """Return how many executions owned the order before this one."""
    match = NAME.fullmatch(execution)
    return int(match[2] or 0) if match else 0


def owner_of(order: dict[str, Any]) -> str:
    """Return the name of the execution that owns a stored order."""
    return str(order.get("owner", order["orderId"]))


def successor_of(order: dict[str, Any]) -> str:
    """Return the name of the execution that takes a stored order over from its owner."""
    return f"{order['orderId']}-r{generation(owner_of(order)) + 1}"


def is_open(order: dict[str, Any]) -> bool:
    """Return whether there is still something to do for a stored order."""
    return "openSince" in order or order["rank"] < store.LAST_RANK


def take_over(order: dict[str, Any], *, to_cancel: bool = False) -> str:
    """Make the successor the owner, in one conditional write, and return its name.

    From now on the former owner can write nothing. The successor of an order that is taken over to
    cancel it ends it as cancelled. Raises NotOurs if somebody was faster: another successor, or the
    order itself, which came to its end or cannot be cancelled anymore.
    """
    successor, client = successor_of(order), dynamodb()
    expression, still = "SET #owner = :successor", "(attribute_exists(openSince) OR #rank < :last)"
    values = {":successor": successor, ":owner": owner_of(order), ":last": store.LAST_RANK}
    if to_cancel:
        expression, still = f"{expression}, cancelledSince = :now", "#rank < :last"
        values |= {":now": store.now(), ":last": store.RANKS[CANCELLABLE_BEFORE]}
    try:
        client.update_item(
            TableName=os.environ["ORDERS_TABLE"],
            Key={"orderId": order["orderId"]},
            UpdateExpression=f"{expression} REMOVE waitsForPersonSince",
            ConditionExpression=f"{store.OWNED} AND {still}",
            ExpressionAttributeNames={"#owner": "owner", "#rank": "rank"},
            ExpressionAttributeValues=values,
        )
    except client.exceptions.ConditionalCheckFailedException:
        raise store.NotOurs(f"{order['orderId']} has ended, or has another owner") from None
    return successor


def open_orders(before: str) -> Iterator[str]:
    """Return the ids of the orders that were open at this time and wait for no person."""
    pages = dynamodb().get_paginator("scan")
    for page in pages.paginate(
        TableName=os.environ["ORDERS_TABLE"],
        IndexName=INDEX,
        FilterExpression="openSince < :before AND attribute_not_exists(waitsForPersonSince)",
        ExpressionAttributeValues={":before": before},
    ):
        yield from (str(item["orderId"]) for item in page["Items"])
