"""Orders to post, and what is left behind when one was processed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_durable_execution_sdk_python.serdes import EXTENDED_TYPES_SERDES, SerDesContext

import contract
import partners
import sandbox
import store

ORDER_ID = "ord-" + "0123456789abcdef" * 2

# As a customer sees them, from the first that the processor writes.
WRITTEN = [status for status in contract.STATUSES if status != "received"]


def item(**changes: Any) -> dict[str, Any]:
    """One line of an order: 2 x 45.99, unless changed."""
    line = {"productId": "sku-lamp", "name": "Desk lamp", "quantity": 2, "price": 45.99}
    return line | changes


def posted(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An order as a client posts it: one item, unless others are given."""
    order = {
        "customerId": "cust-1",
        "customerEmail": "ada@example.com",
        "items": list(items) or [item()],
    }
    return order | changes


@dataclass
class Run:
    """What one order left behind: its execution, its stored item, its trace at the partners."""

    result: Any
    events: list[Any]
    order_id: str

    @property
    def operations(self) -> list[str]:
        """Names of the top-level operations, in order."""
        return [operation.name for operation in self.result.operations]

    @property
    def execution(self) -> str:
        """SUCCEEDED or FAILED."""
        return str(self.result.execution_status.value)

    @property
    def invocations(self) -> int:
        """How often the function was invoked."""
        return sum(event.event_type == "InvocationCompleted" for event in self.events)

    @property
    def answer(self) -> Any:
        """What the handler returned."""
        return json.loads(self.result.result)

    def value(self, name: str) -> Any:
        """The checkpointed result of a step."""
        return EXTENDED_TYPES_SERDES.deserialize(self.result.get_step(name).result, SerDesContext())

    def wait_seconds(self, name: str) -> float:
        """The length of a wait in the history, in seconds."""
        (wait,) = (e for e in self.events if e.name == name and e.wait_started_details)
        return float(wait.wait_started_details.duration)

    @property
    def order(self) -> dict[str, Any]:
        """The stored order."""
        return store.load(self.order_id) or {}

    @property
    def statuses(self) -> list[str]:
        """The statuses the order went through."""
        return [entry["status"] for entry in self.order["timeline"]]

    @property
    def ledger(self) -> dict[str, int]:
        """The order's money at the payment partner."""
        return partners.ledger(self.order_id)

    @property
    def records(self) -> list[str]:
        """What partners did for the order."""
        return [row["record"] for row in sandbox.activity(self.order_id)]


Process = Callable[..., Run]


def undone(run: Run) -> list[str]:
    """The undo operations of a run, without those that every unhappy end has."""
    return [name for name in run.operations if name not in {*contract.OPERATIONS, *contract.ENDING}]


def possessions(customer_id: str = "cust-1") -> tuple[dict[str, int], int]:
    """What an order that failed must leave as it was: stock and points."""
    products = ["sku-lamp", "sku-damaged", "sku-last-one", "sku-out-of-stock"]
    return partners.stock_left(products), partners.points_balance(customer_id)
