"""How the partners' sandbox remembers: one DynamoDB table, and each effect a single call.

Key of the table: `subject` (an order id, `product#<id>` or `customer#<id>`) and `record` (what was
done). So one query by order id shows all that was ever done for an order; see `activity`.

Three rules make a partner safe to call again. `once` does the work for an idempotency key one time,
and returns the first result from then on. `undo` may run twice, and for work that was never done.
And an undo is final: it leaves a tombstone under the key, so a request that arrives after its undo
is refused.
"""

import os
import secrets
import time
from typing import Any

from database import dynamodb

KEPT_SECONDS = 120 * 24 * 60 * 60  # longer than any order, and so than any request that comes late


class NoAnswer(Exception):
    """The partner could not be reached, or was too busy. Trying again may help."""


class Undone(Exception):
    """The request arrived after its undo. The partner did nothing, and never will."""


def once(subject: str, record: str, prefix: str = "", /, **facts: Any) -> dict[str, Any]:
    """Do something once, or return what was done then; count the calls.

    With a prefix, the record gets a `reference` that nobody can guess. Raises Undone if the undo
    was here first.
    """
    if prefix:
        facts["reference"] = prefix + secrets.token_hex(10)
    kept = ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in facts)
    values = {f":{name}": value for name, value in facts.items()} | expiry()
    client = dynamodb()
    try:
        answer = client.update_item(
            TableName=table(),
            Key={"subject": subject, "record": record},
            UpdateExpression=f"SET {kept}, expiresAt = :expiresAt ADD calls :one",
            ConditionExpression="attribute_not_exists(undone)",
            ExpressionAttributeNames={f"#{name}": name for name in facts},
            ExpressionAttributeValues=values | {":one": 1},
            ReturnValues="ALL_NEW",
        )
    except client.exceptions.ConditionalCheckFailedException:
        raise Undone(f"{record} was undone before this request arrived") from None
    return dict(answer["Attributes"])


def undo(subject: str, record: str) -> dict[str, Any]:
    """Mark something as undone, whether it was ever done or not, and return its record.

    The mark is the tombstone: `once` does nothing under this key from now on.
    """
    answer = dynamodb().update_item(
        TableName=table(),
        Key={"subject": subject, "record": record},
        UpdateExpression="SET undone = :yes, expiresAt = :expiresAt ADD undoCalls :one",
        ExpressionAttributeValues={":yes": True, ":one": 1} | expiry(),
        ReturnValues="ALL_NEW",
    )
    return dict(answer["Attributes"])


def expiry() -> dict[str, int]:
    """Return the value of `:expiresAt`, when DynamoDB removes what was done for an order."""
    return {":expiresAt": int(time.time()) + KEPT_SECONDS}


def count(order_id: str, record: str) -> int:
    """Count one more call of something, and return how many there were."""
    return int(once(order_id, record, kind="fault")["calls"])


def all_or_none(updates: list[dict[str, Any]]) -> list[bool]:
    """Write everything and return [], or write nothing and return which items prevented it."""
    client = dynamodb()
    items = [{"Update": {"TableName": table(), **update}} for update in updates]
    try:
        client.transact_write_items(TransactItems=items)
    except client.exceptions.TransactionCanceledException as error:
        codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
        if "ConditionalCheckFailed" not in codes:
            raise NoAnswer("the partner is too busy") from error
        return [code == "ConditionalCheckFailed" for code in codes]
    return []


def undo_unless(subject: str, record: str, fact: str) -> bool:
    """Leave a tombstone, unless the fact is there already; return whether one is there."""
    client = dynamodb()
    try:
        client.update_item(
            TableName=table(),
            Key={"subject": subject, "record": record},
            UpdateExpression="SET undone = :yes, expiresAt = :expiresAt ADD undoCalls :one",
            ConditionExpression="attribute_not_exists(#fact) OR attribute_exists(undone)",
            ExpressionAttributeNames={"#fact": fact},
            ExpressionAttributeValues={":yes": True, ":one": 1} | expiry(),
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def activity(order_id: str) -> list[dict[str, Any]]:
    """Return all that partners did for an order, and how often they were asked: its records."""
    query = dynamodb().get_paginator("query")
    pages = query.paginate(
        TableName=table(),
        KeyConditionExpression="subject = :order",
        ExpressionAttributeValues={":order": order_id},
        ConsistentRead=True,
    )
    return [row for page in pages for row in page["Items"]]


def table() -> str:
    """Return the name of the partners' table."""
    return os.environ["PARTNERS_TABLE"]
