"""Review an order: ask a person, and give the answer to the execution that waits for it.

The order has the id of the callback that its execution waits for. An answer is stored before it
is sent. So of two people who decide at the same moment one is first, and whoever repeats the same
decision sends it once more, in case it was lost.
"""

import json
import os
from typing import Any, NamedTuple

import alarm
import intake
import owners
import store
from database import dynamodb
from money import to_json

STATUS = "fraud-checked"  # of an order that waits for its review
PENDING, EXPIRED = "pending", "expired"
REPLACED = "the order belongs to another execution"


class Answer(NamedTuple):
    """What a person says of an order: approve or reject, who they are, and why."""

    decision: str
    by: str
    note: str


def ask(
    order_id: str, execution: str, callback_id: str, why: str, *, is_escalated: bool = False
) -> None:
    """Store that a person is asked, why, and the callback that takes the answer. Safe to repeat.

    If it `is_escalated`, nobody answered the first time, and an alarm calls somebody. Raises
    NotOurs if this execution does not own the order anymore.
    """
    review = {"decision": PENDING, "callbackId": callback_id, "execution": execution, "why": why}
    is_asked = _update(
        order_id,
        "SET review = :review",
        "#owner = :execution"
        " AND (attribute_not_exists(review) OR review.callbackId <> :callbackId)",
        {
            ":review": {**review, "escalated": is_escalated, "askedAt": store.now()},
            ":execution": execution,
            ":callbackId": callback_id,
        },
        {"#owner": "owner"},
    )
    if not is_asked and owners.owner_of(store.load(order_id) or {"owner": ""}) != execution:
        raise store.NotOurs(REPLACED)
    if is_escalated:
        alarm.ring()


def decide(order_id: str, answer: Answer) -> bool:
    """Store a decision and let the order go on; return False if no review is pending.

    The same decision may be repeated. The other one, and one that comes too late, is refused.
    """
    is_new = _update(
        order_id,
        "SET review.decision = :decision, review.decidedBy = :by, review.note = :note,"
        " review.decidedAt = :now",
        "#status = :waiting AND review.execution = #owner AND review.decision = :pending",
        {f":{name}": value for name, value in answer._asdict().items()}
        | {":now": store.now(), ":waiting": STATUS, ":pending": PENDING},
        {"#owner": "owner", "#status": "status"},
    )
    order = store.load(order_id) or {}
    review = order.get("review", {})
    if review.get("decision") != answer.decision:
        return False
    waits = order["status"] == STATUS and review["execution"] == owners.owner_of(order)
    if waits and not _send(review["callbackId"], answer.decision) and is_new:
        # Nobody sent anything before, so its time was over. A repeat is not told otherwise, and
        # who is asked again meanwhile, under another callback, is still asked.
        _update(
            order_id,
            "SET review.decision = :expired",
            "review.callbackId = :callbackId",
            {":expired": EXPIRED, ":callbackId": review["callbackId"]},
            {},
        )
        return False
    return True


def approves(result: str | None) -> bool:
    """Return whether the result of a callback approves the order. What is unclear does not."""
    try:
        said = json.loads(result or "null")
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("decision") == "approve"


def _send(callback_id: str, decision: str) -> bool:
    """Complete the callback; return False if it is completed already, or has timed out.

    The history gets only the decision: who decided, and why, is not for everybody who reads it.
    """
    client = intake.lambda_client()
    over = (
        client.exceptions.CallbackTimeoutException,
        client.exceptions.ResourceNotFoundException,
    )
    try:
        client.send_durable_execution_callback_success(
            CallbackId=callback_id, Result=to_json({"decision": decision})
        )
    except over:
        return False
    return True


def _update(
    order_id: str, change: str, condition: str, values: dict[str, Any], names: dict[str, str]
) -> bool:
    """Change a stored order if it meets the condition; return whether it does."""
    optional = {"ConditionExpression": condition, "ExpressionAttributeNames": names}
    client = dynamodb()
    try:
        client.update_item(
            TableName=os.environ["ORDERS_TABLE"],
            Key={"orderId": order_id},
            UpdateExpression=change,
            ExpressionAttributeValues=values,
            **{name: value for name, value in optional.items() if value},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
