"""What the partners did for an order: their records, and how often they were asked."""

from __future__ import annotations

from typing import Any

from boto3.dynamodb.conditions import Key

from workshop.aws.stack import Stack


def records(stack: Stack, subject: str) -> dict[str, dict[str, Any]]:
    """Return what the partners keep about an order, a product or a customer, by record.

    When DynamoDB will remove it is left out: it says nothing of what was done.
    """
    table = stack.target.table(stack.outputs["PartnersTableName"])
    condition = Key("subject").eq(subject)
    rows = table.query(KeyConditionExpression=condition, ConsistentRead=True)["Items"]
    return {
        row["record"]: {name: value for name, value in row.items() if name != "expiresAt"}
        for row in rows
    }


def calls(stack: Stack, order_id: str) -> dict[str, str]:
    """Return by record how often a partner was asked, or "done" where nobody counts.

    The name of a record has no order id in it, so that the ledgers of two orders fit together.
    """
    return {
        name.replace(order_id, "ord-…"): f"asked {row['calls']}×" if "calls" in row else "done"
        for name, row in records(stack, order_id).items()
        if row.get("kind") != "fault"  # the sandbox counts the faults that it has played
    }
