"""Lost orders: how they come about, what starts their recovery, and how they must end."""

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from tests.integration.conftest import Partners
from workshop.aws.stack import Stack
from workshop.orders import client as orders

LONG_AGO = "2026-01-01T00:00:00.000Z"


def store_copy(stack: Stack, of: str, order_id: str, owner: str = "") -> None:
    """Store another order like one, as the order API does before it starts the processing."""
    table, client = stack.outputs["OrdersTableName"], stack.target.client("dynamodb")
    orders.wait(stack, of, timeout_seconds=60)
    item = client.get_item(TableName=table, Key={"orderId": {"S": of}})["Item"]
    accepted = {
        "orderId": {"S": order_id},
        "owner": {"S": owner or order_id},
        "status": {"S": "received"},
        "rank": {"N": "0"},
        "openSince": {"S": LONG_AGO},
        "paymentToken": {"S": "tok_ok"},
        "timeline": {"L": item["timeline"]["L"][:1]},
    }
    kept = ("customerId", "customerEmail", "items", "totalCents", "createdAt", "lastUpdated")
    client.put_item(TableName=table, Item={name: item[name] for name in kept} | accepted)


def recover(stack: Stack, event: dict[str, Any]) -> dict[str, Any]:
    """Start the recovery as EventBridge or a person does."""
    answer = stack.target.client("lambda").invoke(
        FunctionName=stack.outputs["RecoveryFunctionName"], Payload=json.dumps(event)
    )
    body: dict[str, Any] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, body
    return body


def sweep(stack: Stack, order_ids: Iterable[str]) -> Counter[str]:
    """Have the schedule find those of these orders that are open, as if 15 minutes had passed.

    Count what it did for orders; nothing if it failed for one.
    """
    client = stack.target.client("dynamodb")
    for order_id in order_ids:
        with suppress(client.exceptions.ConditionalCheckFailedException):  # it has ended
            client.update_item(
                TableName=stack.outputs["OrdersTableName"],
                Key={"orderId": {"S": order_id}},
                UpdateExpression="SET openSince = :longAgo",
                ConditionExpression="attribute_exists(openSince)",
                ExpressionAttributeValues={":longAgo": {"S": LONG_AGO}},
            )
    answer = stack.target.client("lambda").invoke(
        FunctionName=stack.outputs["RecoveryFunctionName"]
    )
    # It fails if it calls a person, as for an order that was stopped again and again.
    actions = {} if "FunctionError" in answer else json.loads(answer["Payload"].read())
    return Counter(actions.values())


def balanced(stack: Stack, partners: Partners, order_id: str) -> str:
    """The end of an order, after a look at all that its partners did for it."""
    order = orders.wait(stack, order_id, timeout_seconds=60)
    rows = partners.records(order_id)
    effects = [
        name for name in rows if name.startswith(("charge#", "reservation", "label", "shipment"))
    ]
    if order["status"] == "completed":
        assert len(partners.charges(order_id)) == 1
        assert {"reservation", "label", "shipment", "loyalty", "email#shipped"} <= rows.keys()
        assert not any("undone" in row for row in rows.values())
        assert "email#closed" not in rows
    else:
        assert order["status"] == "failed"
        assert order["errorMessage"] == "a technical problem on our side"
        assert len(effects) == 4, "each has been undone, or has a tombstone"
        assert all("undone" in rows[name] for name in effects)
        assert {"email#closed"} == {name for name in rows if name.startswith("email#")}
        assert "loyalty" not in rows
    return str(order["status"])
