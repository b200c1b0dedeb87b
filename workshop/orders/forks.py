"""Forks of an order on the local cloud: another order that begins with what one has recorded."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from workshop import localcloud
from workshop.aws.stack import Stack
from workshop.errors import WorkshopError
from workshop.orders import history, ledger, tokens
from workshop.orders.contract import OPERATIONS, STATUSES, statuses_until
from workshop.orders.history import Run

CHANGES = {"customer_id": "customerId", "payment_token": "paymentToken"}
OF_AN_END = ("errorMessage", "fault", "waitsForPersonSince", "cancelledSince", "told", "review")
WRITTEN_LATER = {"items-picked": "quality-check"}  # a status, and the operation that writes it
HEADINGS = ("partner's record", "the order", "its fork")


class Effect(NamedTuple):
    """What an operation does outside: in words, the partners' records, what it stores."""

    what: str = ""
    records: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()


EFFECTS = {
    "process-payment": Effect("charges the card", ("charge#",), ("chargeId",)),
    "reserve-inventory": Effect("takes stock", ("reservation",)),
    "fraud-check": Effect("asks for a risk score", ("fraud-score",)),
    "credit-check": Effect("asks for credit", ("credit-check",)),
    "generate-invoice": Effect(stores=("invoice",)),
    "quality-check": Effect(stores=("picks",)),
    "package-order": Effect("packs a parcel", ("package",), ("package",)),
    "generate-shipping-label": Effect("prints a label", ("label",), ("label",)),
    "ship-order": Effect("ships a parcel", ("shipment",), ("shipment",)),
    "send-notifications": Effect("sends messages", ("email#shipped", "sms#shipped")),
    "update-loyalty-points": Effect("adds loyalty points", ("loyalty",)),
    "complete-order": Effect(stores=("notifications", "processingMilliseconds")),
}


@dataclass(frozen=True)
class Fork:
    """A fork that has not started: what it forks, its own id, and what will happen again."""

    stack: Stack
    original: Run
    original_id: str
    order_id: str
    after: str
    again: tuple[str, ...]
    texts: Mapping[str, str]

    @property
    def warning(self) -> str:
        """Say which effects will happen again."""
        effects = "; ".join(f"{name} {EFFECTS[name].what}" for name in self.again)
        again = f"These effects happen again: {effects}." if effects else "No effect happens again."
        return (
            f"The fork is another order, {self.order_id}. {again} If it fails, it undoes only what "
            "it did itself."
        )

    def start(self) -> None:
        """Copy the stored order as it was then, and start the fork's execution."""
        self._copy_the_stored_order()
        localcloud.fork(
            execution=self.original.arn,
            after=self.after,
            name=self.order_id,
            function=self.stack.outputs["ProcessorAliasArn"],
            texts=self.texts,
        )

    def ledger(self) -> list[tuple[str, str, str]]:
        """Return what the partners did for both orders, as rows under `HEADINGS`."""
        both = self.original_id, self.order_id
        one, other = (ledger.calls(self.stack, order_id) for order_id in both)
        return [(name, one.get(name, "–"), other.get(name, "–")) for name in sorted(one | other)]

    def _copy_the_stored_order(self) -> None:
        table = self.stack.target.table(self.stack.outputs["OrdersTableName"])
        found = table.get_item(Key={"orderId": self.original_id}, ConsistentRead=True).get("Item")
        if found:
            table.put_item(Item=as_it_was(found, self.order_id, _done(self.original, self.after)))


def plan(stack: Stack, order_id: str, after: str, changes: Mapping[str, str]) -> Fork:
    """Return a fork of an order that goes on after one of its operations, on the local cloud.

    `changes` are other values for `customer_id` and `payment_token`.
    """
    if stack.target.name != "local":
        raise WorkshopError("Only the local cloud can fork an order; AWS has no such call.")
    run, new = history.of(stack, order_id), f"ord-{secrets.token_hex(16)}"
    if after not in run.names:
        known = ", ".join(run.names) or "none"
        raise WorkshopError(f"Order {order_id} has no operation '{after}'.", f"It has: {known}.")
    texts = {order_id: new} | _texts(run, changes)
    return Fork(stack, run, order_id, new, after, _again(stack, run, order_id, after), texts)


def as_it_was(stored: Mapping[str, Any], order_id: str, done: tuple[str, ...]) -> dict[str, Any]:
    """Return a stored order as it was after these operations, under another id."""
    reached = {"received", *(statuses_until(done[-1]) if done else ())}
    reached -= {status for status, writer in WRITTEN_LATER.items() if writer not in done}
    timeline = [each for each in stored["timeline"] if each["status"] in reached]
    later = {fact for name in EFFECTS if name not in done for fact in EFFECTS[name].stores}
    kept = {name: stored[name] for name in stored if name not in {*later, *OF_AN_END}}
    if not timeline:  # nobody posted it, and it was not validated
        timeline = [{"status": "received", "at": stored["createdAt"]}]
    status = timeline[-1]["status"]
    owner = {"owner": order_id} if "owner" in stored else {}
    rank = list(STATUSES).index(status)
    own = {"orderId": order_id, "status": status, "rank": rank, "timeline": timeline}
    return {**kept, **own, **owner}


def _done(run: Run, after: str) -> tuple[str, ...]:
    """Return the usual operations that the fork has behind it."""
    names = run.names[: run.names.index(after) + 1]
    return tuple(name for name in OPERATIONS if name in names)


def _again(stack: Stack, run: Run, order_id: str, after: str) -> tuple[str, ...]:
    """Return the operations whose effects happen again: those in the ledger, or all to come."""
    left = [name for name in EFFECTS if name not in _done(run, after) and EFFECTS[name].what]
    if run.names[-1] != OPERATIONS[-1] or run.state != "succeeded":
        return tuple(left)
    seen = ledger.calls(stack, order_id)
    return tuple(name for name in left if any(map(" ".join(seen).count, EFFECTS[name].records)))


def _texts(run: Run, changes: Mapping[str, str]) -> dict[str, str]:
    """Return what to replace in the checkpointed results, so that they have the changed values."""
    for name in changes:
        if name not in CHANGES:
            raise WorkshopError(
                f"A fork cannot change '{name}'.",
                f"It can change: {', '.join(CHANGES)}. The rest is in checkpointed results.",
            )
    tokens.check(changes.get("payment_token", tokens.GOOD))
    order = run.operations[0].result if isinstance(run.operations[0].result, dict) else {}
    texts = {}
    for name, value in changes.items():
        if CHANGES[name] not in order:
            raise WorkshopError(f"The order's first operation has recorded no {CHANGES[name]}.")
        texts[json.dumps(order[CHANGES[name]])] = json.dumps(value)
    return texts
