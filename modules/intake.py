"""Accept an order: store it, then start its processing, and never leave it between the two.

The order's id is also the name of its durable execution. Lambda starts a name only once, so asking
again is safe, and a client may repeat a post under the same Idempotency-Key as often as it likes.
"""

import os
import secrets
import threading
from functools import cache
from hashlib import sha256
from typing import Any

import store
from money import to_json
from outcomes import NewOrder

_making = threading.Lock()


class KeyUsed(Exception):
    """The Idempotency-Key was used before, with another order."""


class NotStarted(Exception):
    """The order could not be started. Nothing happened; the client may post it again."""


def accept(order: NewOrder, idempotency_key: str | None, caller: str = "") -> str:
    """Store and start an order that passed its checks, and return its id.

    The same key with the same order answers the first post's id, and starts that order if the first
    post died before it could. A key belongs to one caller and one customer: others may use the same
    text. Raises KeyUsed or NotStarted.
    """
    order_id = f"ord-{secrets.token_hex(16)}"
    if idempotency_key is None:
        store.create(order_id, order)
        _start(order_id, may_be_repeated=False)
        return order_id
    key_hash = _hash(to_json([caller, order["customerId"], idempotency_key]))
    body_hash = _hash(to_json(order, stable=True))
    earlier = store.create(order_id, order, key_hash, body_hash)
    if earlier is None:
        _start(order_id, may_be_repeated=True)
        return order_id
    if earlier["bodyHash"] != body_hash:
        raise KeyUsed
    order_id = str(earlier["orderId"])
    stored = store.load(order_id)
    if stored and stored["status"] == "received":
        _start(order_id, may_be_repeated=True)
    return order_id


def _start(order_id: str, *, may_be_repeated: bool) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        start_execution(order_id, order_id)
    except (BotoCoreError, ClientError) as error:
        # Without a key no repeat can find this order again. Withdraw it, unless it did start and
        # only the response was lost.
        reason = "the order could not be started; post it again"
        if may_be_repeated or store.withdraw(order_id, reason):
            raise NotStarted from error


def start_execution(order_id: str, name: str) -> None:
    """Start an execution by its name; one that has started already is not started again."""
    client = lambda_client()
    try:
        client.invoke(
            FunctionName=os.environ["PROCESSOR"],
            InvocationType="Event",
            DurableExecutionName=name,
            # Only the id: an execution's input is kept in its history. The rest is in the table.
            Payload=to_json({"orderId": order_id}, stable=True),
        )
    except client.exceptions.DurableExecutionAlreadyStartedException:
        return


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def lambda_client() -> Any:
    """Return the Lambda client of this process."""
    with _making:
        return _client()


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    # Two attempts take 14 s at most, so that what follows fits into the function's 29 s.
    config = Config(
        connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
    )
    return boto3.client("lambda", config=config)
