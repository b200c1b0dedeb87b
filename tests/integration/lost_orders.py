"""Orders that were accepted long ago and are not processed, and what starts their recovery."""

import json
from typing import Any

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
