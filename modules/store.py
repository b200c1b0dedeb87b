"""The order store: one DynamoDB item per order, with its status, facts and timeline.

Key of the table: `orderId`. Its other records are those of the Idempotency-Key header, under
`idempotency#<hash of the key>`, which no order id can look like.

A status has a rank and a write needs a rank above the stored one. So a status never goes backwards,
and an operation that runs a second time (its process died before the checkpoint) changes nothing.

An order has one owner: the execution that may change it, by its name. Every write of an execution
has the condition that it is the owner, so a second execution changes nothing.
"""

import os
import time
from datetime import UTC, datetime
from typing import Any, cast

import alarm
from contract import CLOSED, STATUSES
from database import dynamodb
from money import from_cents
from outcomes import Item, NewOrder, Order
from triggers import test_card

# An end has the highest rank, whichever it is: nobody changes an order that has ended.
LAST_RANK = len(STATUSES) - 1
RANKS = {status: rank for rank, status in enumerate(STATUSES)} | dict.fromkeys(CLOSED, LAST_RANK)

DAY_SECONDS = 24 * 60 * 60
IDEMPOTENCY_SECONDS = DAY_SECONDS
ORDER_SECONDS = 90 * DAY_SECONDS  # after its last change

# A write's condition: `:owner` owns the order, or nobody does yet.
OWNED = "(attribute_not_exists(#owner) OR #owner = :owner)"

_writer = {"name": "", "arn": ""}  # nobody, in the order API
_written: dict[str, Any] = {}  # the order, as this invocation last wrote it


class NotOurs(Exception):
    """Another execution owns the order, so this one must end without another effect."""


def write_as(execution_arn: str) -> None:
    """Write in the name of this execution; the handler says so first in each invocation.

    A process has one invocation at a time, so this is one owner for all that it writes.
    """
    _writer.update(name=name_of(execution_arn), arn=execution_arn)
    _written.clear()


def name_of(execution_arn: str) -> str:
    """Return the name in the ARN of an execution."""
    name_and_id = execution_arn.partition("/durable-execution/")[2] or execution_arn
    return name_and_id.partition("/")[0]


def now() -> str:
    """Return the time in UTC to the millisecond. Call it only in operations: it changes."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def facts_of(order: NewOrder) -> dict[str, Any]:
    """Return what is stored of an order. The payment token is removed once it was used."""
    kept = ("customerId", "customerEmail", "customerPhone", "paymentToken", "items", "totalCents")
    return {name: value for name, value in order.items() if name in kept}


def for_history(stored: dict[str, Any]) -> Order:
    """Return a stored order as an operation may return it: without what is personal."""
    return Order(
        orderId=stored["orderId"],
        customerId=stored["customerId"],
        items=[
            Item(
                productId=line["productId"],
                quantity=int(line["quantity"]),
                priceCents=int(line["priceCents"]),
            )
            for line in stored["items"]
        ],
        totalCents=int(stored["totalCents"]),
        createdAt=stored["createdAt"],
        testCard=test_card(stored.get("paymentToken")),
    )


def personal(order_id: str, field: str) -> str:
    """Return a field that no operation may return: customerEmail, customerPhone, paymentToken.

    It is "" if the order has none. The token is removed once it was used.
    """
    known = _written if _written.get("orderId") == order_id else _get(order_id) or {}
    return str(known.get(field, ""))


def posted(stored: dict[str, Any]) -> dict[str, Any] | None:
    """Return a stored order as its client posted it; None if nobody stored it, or its token."""
    if "paymentToken" not in stored:
        return None
    lines = [
        {
            "productId": line["productId"],
            "name": line["name"],
            "quantity": int(line["quantity"]),
            "price": from_cents(int(line["priceCents"])),
        }
        for line in stored["items"]
    ]
    order = {**facts_of(cast(NewOrder, stored)), "items": lines}
    return {name: value for name, value in order.items() if name != "totalCents"}


def is_ours(stored: dict[str, Any]) -> bool:
    """Return whether this execution owns the order, or nobody does yet."""
    return not _writer["name"] or stored.get("owner", _writer["name"]) == _writer["name"]


def taken(stored: dict[str, Any]) -> str:
    """Say why this execution must leave the order alone; return "" if it may process it."""
    if not is_ours(stored):
        return f"the order belongs to the execution {stored['owner']}"
    if stored and stored["status"] not in ("received", "validated"):
        return f"the order is already {stored['status']}"
    return ""


def load(order_id: str) -> dict[str, Any] | None:
    """Return the stored order, or None. Numbers are Decimals."""
    return _get(order_id)


def create(
    order_id: str, order: NewOrder, key_hash: str | None = None, body_hash: str | None = None
) -> dict[str, Any] | None:
    """Store a new order as `received`, and return None. Its owner is the execution of its name.

    With the hash of an idempotency key, order and key are stored together or not at all. If the key
    is already used, store nothing and return the key's record: {orderId, bodyHash}.
    """
    at = now()
    item = {
        **facts_of(order),
        "orderId": order_id,
        "owner": order_id,
        "expiresAt": int(time.time()) + ORDER_SECONDS,
        "status": "received",
        "rank": RANKS["received"],
        "openSince": at,
        "createdAt": at,
        "lastUpdated": at,
        "timeline": [{"status": "received", "at": at}],
    }
    put_order = {
        "TableName": _table(),
        "Item": item,
        "ConditionExpression": "attribute_not_exists(orderId)",
    }
    if key_hash is None:
        dynamodb().put_item(**put_order)
        return None
    seconds = int(time.time())
    put_key = {
        "TableName": _table(),
        "Item": {
            "orderId": f"idempotency#{key_hash}",
            "order": order_id,
            "bodyHash": body_hash,
            "expiresAt": seconds + IDEMPOTENCY_SECONDS,
        },
        # DynamoDB removes an expired record only some time later.
        "ConditionExpression": "attribute_not_exists(orderId) OR expiresAt < :now",
        "ExpressionAttributeValues": {":now": seconds},
    }
    writes = [{"Put": put_order}, {"Put": put_key}]
    client = dynamodb()
    for attempt in range(1, 6):
        try:
            client.transact_write_items(TransactItems=writes)
        except client.exceptions.TransactionCanceledException:
            record = _get(f"idempotency#{key_hash}")
            if record and record["expiresAt"] >= seconds:
                return {"orderId": record["order"], "bodyHash": record["bodyHash"]}
            if attempt == 5:
                raise
            # A post with the same key is being written at this moment: let it finish.
            time.sleep(0.05 * attempt)
        else:
            break
    return None


def advance(order_id: str, *statuses: str, **facts: Any) -> dict[str, Any]:
    """Move the order through `statuses`, in one write, and add `facts` to it.

    An order already that far or further stays as it is. Return the stored order in both cases.
    Raises NotOurs if another execution owns it.
    """
    written = _write(
        order_id,
        statuses,
        facts,
        condition="attribute_not_exists(#rank) OR #rank < :from",
        operand={":from": RANKS[statuses[0]]},
    )
    if written:
        return written
    stored = _get(order_id) or {}
    if not is_ours(stored):
        raise NotOurs(f"the order belongs to the execution {stored['owner']}")
    return stored


def close(
    order_id: str, status: str, reason: str, fault: str = "", *, is_left: bool = False
) -> dict[str, Any]:
    """End the order as one of CLOSED; leave it to a person if something is left to do.

    Its customer will read the reason. The fault is for operators; the API never returns it.
    """
    waits = {"waitsForPersonSince": now()} if is_left else {}
    return advance(order_id, status, errorMessage=reason, fault=fault or reason, **waits)


def call_a_person(order_id: str, fault: str) -> dict[str, Any]:
    """Put the order on the list of those that wait for a person, and say why; return it.

    The alarm rings once the order is on the list.
    """
    order = _note(
        order_id,
        "SET fault = :fault, waitsForPersonSince = :now,"
        " openSince = if_not_exists(openSince, :now)",
        {":fault": fault, ":now": now()},
    )
    alarm.ring()
    return order


def tell(order_id: str, status: str, reason: str) -> dict[str, Any]:
    """Decide how the order ends, before its customer is told; return the order.

    The first decision stays, so whoever takes the order over ends it as its customer was told.
    """
    told = {"status": status, "reason": reason}
    return _note(order_id, "SET told = if_not_exists(told, :told)", {":told": told})


def _note(order_id: str, expression: str, values: dict[str, Any]) -> dict[str, Any]:
    """Write something beside the status of an order; return the order. Raises NotOurs."""
    client = dynamodb()
    try:
        answer = client.update_item(
            TableName=_table(),
            Key={"orderId": order_id},
            UpdateExpression=expression,
            ConditionExpression=f":nobody = :owner OR {OWNED}",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":nobody": "", ":owner": _writer["name"], **values},
            ReturnValues="ALL_NEW",
        )
    except client.exceptions.ConditionalCheckFailedException:
        raise NotOurs(f"{order_id} belongs to another execution") from None
    return dict(answer["Attributes"])


def dismiss_the_person(order_id: str) -> None:
    """Take an order that has ended off the list of those that wait for a person."""
    dynamodb().update_item(
        TableName=_table(),
        Key={"orderId": order_id},
        UpdateExpression="REMOVE waitsForPersonSince, openSince",
    )


def withdraw(order_id: str, reason: str) -> bool:
    """Mark an order as failed if nothing has begun to process it; else return False."""
    written = _write(
        order_id,
        ("failed",),
        {"errorMessage": reason},
        condition="#status = :received",
        operand={":received": "received"},
    )
    return written is not None


def _write(
    order_id: str,
    statuses: tuple[str, ...],
    facts: dict[str, Any],
    *,
    condition: str,
    operand: dict[str, Any],
) -> dict[str, Any] | None:
    at, rank = now(), RANKS[statuses[-1]]
    expires_at = int(time.time()) + ORDER_SECONDS
    sets = {"status": statuses[-1], "rank": rank, "lastUpdated": at, "expiresAt": expires_at}
    sets |= facts
    names = {f"#{name}": name for name in (*sets, "createdAt", "timeline")}
    values = {f":{name}": value for name, value in sets.items()} | {
        ":new": [{"status": status, "at": at} for status in statuses],
        ":empty": [],
        **operand,
    }
    assignments = [f"#{name} = :{name}" for name in sets]
    assignments.append("#createdAt = if_not_exists(#createdAt, :lastUpdated)")
    assignments.append("#timeline = list_append(if_not_exists(#timeline, :empty), :new)")
    if _writer["name"]:
        names["#owner"], values[":owner"] = "owner", _writer["name"]
        # A customer who cancels has the execution stopped: by its ARN, which only it knows.
        names["#execution"], values[":execution"] = "execution", _writer["arn"]
        assignments += ["#owner = :owner", "#execution = :execution"]
        condition = f"({condition}) AND {OWNED}"
    # From the payment on, the token has done its work, or never will.
    removed = ["paymentToken"] if rank >= RANKS["payment-processed"] else []
    if rank < LAST_RANK:
        assignments.append("openSince = if_not_exists(openSince, :lastUpdated)")
    elif "waitsForPersonSince" not in facts:
        removed += ["openSince", "waitsForPersonSince"]
    expression = f"SET {', '.join(assignments)}"
    expression += f" REMOVE {', '.join(removed)}" if removed else ""
    client = dynamodb()
    try:
        answer = client.update_item(
            TableName=_table(),
            Key={"orderId": order_id},
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
        )
    except client.exceptions.ConditionalCheckFailedException:
        return None
    _written.clear()
    _written.update(answer["Attributes"])
    return dict(answer["Attributes"])


def _get(key: str) -> dict[str, Any] | None:
    answer: dict[str, dict[str, Any]] = dynamodb().get_item(
        TableName=_table(), Key={"orderId": key}, ConsistentRead=True
    )
    return answer.get("Item")


def _table() -> str:
    return os.environ["ORDERS_TABLE"]
