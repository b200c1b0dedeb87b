"""Partners that are away for a while of an order's own time: they refuse all that is asked of them.

A partner counts its calls. If the counter is text, DynamoDB refuses to add to it. So a partner is
away for one order while this counter of what it would do for it is text, and back when it is gone.
"""

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple

from tests.contract.waiting import until
from tests.integration.conftest import PATIENCE_SECONDS
from workshop.aws.stack import Stack
from workshop.errors import WorkshopError
from workshop.orders import control, history, waiting
from workshop.orders.contract import ENDED

AWAY = {"S": "away"}
DO, UNDO = "calls", "undoCalls"  # the counters of a partner
DAY = 24 * 60 * 60
TIMES = {"10 minutes": 600, "2 hours": 7200, "2 days": 2 * DAY}


class Outage(NamedTuple):
    """What a partner does not do: the names of its records, with `{}` for the order, and how."""

    records: tuple[str, ...]
    counters: tuple[str, ...] = (DO, UNDO)

    def begin(self, stack: Stack, order_id: str) -> None:
        """Take the partner away from an order that has not asked it yet."""
        for record in self._names(order_id):
            item = {"subject": {"S": order_id}, "record": {"S": record}}
            stack.target.client("dynamodb").put_item(
                TableName=stack.outputs["PartnersTableName"],
                Item=item | dict.fromkeys(self.counters, AWAY),
            )

    def end(self, stack: Stack, order_id: str) -> None:
        """Bring the partner back."""
        table = stack.target.table(stack.outputs["PartnersTableName"])
        for record in self._names(order_id):
            key = {"subject": order_id, "record": record}
            if DO in self.counters:  # so nothing was done
                table.delete_item(Key=key)
            else:
                table.update_item(Key=key, UpdateExpression=f"REMOVE {UNDO}")

    def _names(self, order_id: str) -> list[str]:
        return [record.format(order_id) for record in self.records]


def start(stack: Stack, order: dict[str, Any], outage: Outage) -> str:
    """Start an order that a partner is away from, and return its id."""
    order_id = f"ord-{secrets.token_hex(16)}"
    outage.begin(stack, order_id)
    stack.target.client("lambda").invoke(
        FunctionName=stack.outputs["ProcessorAliasArn"],
        InvocationType="Event",
        DurableExecutionName=order_id,
        Payload=json.dumps({"orderId": order_id, **order}),
    )
    return order_id


def await_own_time(stack: Stack, order_id: str, seconds: int) -> float:
    """Wait until so many seconds have passed for an order, or it has ended; return how many."""
    client = stack.target.client("lambda")
    arn = until(partial(history.find_execution, stack, order_id), f"the start of {order_id}")
    started = client.get_durable_execution(DurableExecutionArn=arn)["StartTimestamp"]

    def passed() -> float | None:
        (latest,) = client.get_durable_execution_history(
            DurableExecutionArn=arn, ReverseOrder=True, MaxItems=1, IncludeExecutionData=False
        )["Events"]
        now: float = (latest["EventTimestamp"] - started).total_seconds()
        return now if now >= seconds or latest["EventType"].startswith("Execution") else None

    return until(passed, f"{seconds} s of the order {order_id}", PATIENCE_SECONDS)


@contextmanager
def paused_after(stack: Stack, order_ids: list[str], seconds: int) -> Iterator[dict[str, float]]:
    """Pause orders, each after so many seconds of its own time, and resume them at the end.

    Gives the seconds of each: less if it has ended before.
    """

    def pause(order_id: str) -> float:
        passed = await_own_time(stack, order_id, seconds)
        with suppress(WorkshopError):  # it has ended
            control.pause(stack, order_id)
        return passed

    with ThreadPoolExecutor(len(order_ids)) as pool:
        yield dict(zip(order_ids, pool.map(pause, order_ids), strict=True))
    for order_id in order_ids:
        with suppress(WorkshopError):
            control.resume(stack, order_id)


def stored(stack: Stack, order_id: str) -> dict[str, Any]:
    """Return what is stored of an order; nothing if its execution has not begun."""
    table = stack.target.table(stack.outputs["OrdersTableName"])
    answer = table.get_item(Key={"orderId": order_id}, ConsistentRead=True)
    return dict(answer.get("Item", {}))


def is_over(stack: Stack, order_id: str) -> bool:
    """Whether an order has ended and needs nobody; a person helps where nothing else goes on."""
    order = stored(stack, order_id)
    if "waitsForPersonSince" in order:
        if history.of(stack, order["owner"]).state != "running":
            try:
                waiting.redrive(stack, order_id)
            except WorkshopError as error:
                if "does not wait for a person" not in error.what_happened:
                    raise  # otherwise, it has gone on since it was read
        return False
    return order["status"] in ENDED and "openSince" not in order
