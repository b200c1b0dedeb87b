"""What the steps do: one item in a table for each reservation. Put your own partners here.

Every step may run twice: its answer may be lost, or its process may end. So each write names the
reservation's id and has a condition, and the second write of the same thing changes nothing.
"""

import os
from functools import cache
from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

MOST = 100

Result = dict[str, Any]


@durable_step
def reserve(_step: StepContext, request: dict[str, Any]) -> Result:
    """Reserve the quantity; refuse one that is too large, or that has ended before."""
    if request["quantity"] > MOST:
        return {"refused": f"at most {MOST} in one reservation"}
    return _advance(
        request["reservationId"],
        "reserved",
        unless=("confirmed", "released"),
        item=request["item"],
        quantity=request["quantity"],
    )


@durable_step
def confirm(_step: StepContext, request: dict[str, Any]) -> Result:
    """Confirm the reservation; refuse one that was released in the meantime."""
    return _advance(request["reservationId"], "confirmed", unless=("released",))


@durable_step
def release(_step: StepContext, request: dict[str, Any]) -> Result:
    """Undo the reservation, for good: a request that arrives late finds it released.

    It is safe to run twice, and safe for a reservation that was never made.
    """
    return _advance(request["reservationId"], "released")


def _advance(reservation_id: str, state: str, unless: tuple[str, ...] = (), **facts: Any) -> Result:
    """Write the state and the facts, unless the reservation is in one of these states."""
    values = {"state": state, **facts}
    names = {f"#{name}": name for name in ("state", *facts)}
    refused = {f":not{number}": name for number, name in enumerate(unless)}
    condition = " AND ".join(f"#state <> {key}" for key in refused)
    try:
        _table().update_item(
            Key={"reservationId": reservation_id},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={f":{k}": v for k, v in values.items()} | refused,
            **({"ConditionExpression": condition} if condition else {}),
        )
    except _table().meta.client.exceptions.ConditionalCheckFailedException:
        return {"refused": "it has ended before"}
    return {"state": state}


@cache
def _table() -> Any:
    # Imported here, because boto3 takes a third of a second: tests without a table need not wait.
    import boto3

    return boto3.resource("dynamodb").Table(os.environ["RESERVATIONS_TABLE"])
