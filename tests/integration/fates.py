"""What may happen to an order, drawn by lot, and how its books must be after that."""

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any, NamedTuple

from tests.integration.conftest import Partners
from workshop import localcloud
from workshop.aws.stack import Stack
from workshop.orders import client as orders
from workshop.orders import history
from workshop.orders.contract import ENDED, STATUSES, STEPS

MOMENTS = [status for status in STATUSES if status != "completed"]
HARMLESS = ("tok_ok", "tok_slow", "tok_timeout_{}", "tok_crash_before_{}", "tok_crash_after_{}")
TOKENS = (*HARMLESS * 3, "tok_down_{}", "tok_declined", "tok_insufficient_funds")
REVIEWED = "cust-review"
CUSTOMERS = (*["cust-{}"] * 8, REVIEWED, REVIEWED, "cust-fraud", "cust-low-credit")
PRODUCTS = (*["sku-{}"] * 10, "sku-damaged", "sku-out-of-stock")
OTHER = {"items": [{"productId": "sku-other", "name": "Other", "quantity": 1, "price": 999.0}]}


class Fate(NamedTuple):
    """An order, and what is done to it at which of its statuses."""

    order: dict[str, Any]
    acts: tuple[tuple[str, str], ...]  # (status, the name of an act), in order

    @property
    def may_lack(self) -> str:
        """Return the record of the email that the order may never get."""
        is_silent = self.order["paymentToken"] == "tok_down_send-notifications"
        return "email#shipped" if is_silent else ""

    @property
    def is_kind(self) -> bool:
        """Whether the order must complete, whatever the moment."""
        customer, token = self.order["customerId"], self.order["paymentToken"]
        product = self.order["items"][0]["productId"]
        usual = customer.startswith("cust-of-") and product.startswith("sku-of-")
        hindered = token.startswith(("tok_d", "tok_i")) or {"stop", "cancel"} & {
            act for _, act in self.acts
        }
        return usual and not hindered


def draw(lot: Random, product: str) -> Fate:
    """Draw a fate. The product is the run's own, so that its shelf can be counted."""
    order = orders.example(
        payment_token=lot.choice(TOKENS).format(lot.choice(STEPS)),
        customer_id=lot.choice(CUSTOMERS).format(f"of-{product}-{lot.randrange(3)}"),
        product_id=lot.choice(PRODUCTS).format(f"of-{product}"),
        price=lot.choice([9.99, 45.99, 600.0]),
        quantity=lot.randint(1, 3),
    )
    moments = sorted(lot.choices(range(len(MOMENTS)), k=lot.choice([0, 0, 1, 1, 2])))
    return Fate(order, tuple((MOMENTS[at], lot.choice(list(ACTS))) for at in moments))


def stop(stack: Stack, order_id: str, _fate: Fate) -> None:
    """An operator stops the execution."""
    client = stack.target.client("lambda")
    if arn := history.find_execution(stack, order_id):
        with suppress(client.exceptions.ClientError):  # it may have ended
            client.stop_durable_execution(DurableExecutionArn=arn)


def cancel(stack: Stack, order_id: str, _fate: Fate) -> None:
    """The customer cancels."""
    assert orders.cancel(stack, order_id).status_code in (202, 409)


def kill(stack: Stack, order_id: str, _fate: Fate) -> None:
    """The function's process dies."""
    if arn := history.find_execution(stack, order_id):
        localcloud.crash(arn)


def post_again(stack: Stack, order_id: str, fate: Fate) -> None:
    """The client repeats its request, and sends another order under the same key."""
    key = fate.order["customerPhone"]
    assert orders.submit(stack, fate.order, key) == order_id
    assert orders.post(stack, fate.order | OTHER, key).status_code == 422


def process_again(stack: Stack, order_id: str, fate: Fate) -> None:
    """Somebody starts more executions for the order: with its content, with other, with none."""
    for content in (fate.order, fate.order | OTHER, {"items": "?"}):
        stack.target.client("lambda").invoke(
            FunctionName=stack.outputs["ProcessorAliasArn"],
            InvocationType="Event",
            DurableExecutionName=f"again-{secrets.token_hex(8)}",
            Payload=json.dumps(content | {"orderId": order_id}),
        )


ACTS: dict[str, Callable[[Stack, str, Fate], None]] = {
    "stop": stop,
    "cancel": cancel,
    "kill": kill,
    "post again": post_again,
    "process again": process_again,
}


def is_balanced(stack: Stack, partners: Partners, order_id: str, *, may_lack: str = "") -> str:
    """Check the books of an order that has ended, and return its status.

    It `may_lack` the record of an email that could not be sent.
    """
    order = orders.get(stack, order_id) or {}
    statuses = [entry["status"] for entry in order["timeline"]]
    usual = [status for status in STATUSES if status in statuses]
    assert statuses in (usual, [*usual, order["status"]]), "a status went back, or came twice"
    assert order["status"] == order["timeline"][-1]["status"]
    rows = partners.records(order_id)
    emails = {name for name in rows if name.startswith("email#")}
    done = {name for name, row in rows.items() if "undone" not in row}
    if order["status"] == "completed":
        assert len(partners.charges(order_id)) == 1
        assert {"reservation", "label", "shipment", "loyalty"} <= done
        assert done == rows.keys(), "nothing of it is undone"
        assert emails ^ {"email#shipped"} <= {may_lack}
    else:
        assert order["status"] in ENDED
        kept = [name for name in done if name.startswith(("charge#", "reserv", "label", "shipm"))]
        assert all("declined" in rows[name] for name in kept), kept
        assert "reference" not in rows.get("shipment", {}), "a parcel that left comes back"
        assert "loyalty" not in rows
        assert emails ^ {"email#closed"} <= {may_lack}
    return str(order["status"])
