"""Phase 4, fulfillment: pick, check, pack, label."""

from typing import Any

from aws_durable_execution_sdk_python import BatchResult, DurableContext, StepContext, durable_step
from aws_durable_execution_sdk_python.config import MapConfig

import partners
import store
from faults import operation
from outcomes import Item, Order, refused
from patience import WAREHOUSE

EXPRESS_OVER_CENTS = 500_00
PICKERS = 10


def pick_items(ctx: DurableContext, order: Order) -> list[dict[str, Any]]:
    """Pick every item, several at a time; return their bin locations, in the order's sequence."""

    def pick(child: DurableContext, item: Item, _index: int, _items: Any) -> dict[str, Any]:
        return child.step(pick_item(order, item), name="pick-item", config=WAREHOUSE)

    config = MapConfig(max_concurrency=PICKERS, item_namer=_item_name)
    picked: BatchResult[dict[str, Any]] = ctx.map(
        order["items"], pick, name="pick-items", config=config
    )
    # A map succeeds even if items fail; this raises the first item's error.
    picked.throw_if_error()
    return picked.get_results()


def _item_name(item: Item, index: int) -> str:
    # Lambda accepts only printable ASCII in an operation's name; a product id may be Unicode.
    return f"{index + 1}-{item['productId']}".encode("ascii", "replace").decode()


@durable_step
@operation("pick-items")
def pick_item(_step: StepContext, _order: Order, item: Item) -> dict[str, Any]:
    """Fetch one line's units from their bin."""
    return {
        "productId": item["productId"],
        "quantity": item["quantity"],
        "bin": partners.bin_location(item["productId"]),
    }


@durable_step
@operation("quality-check")
def quality_check(_step: StepContext, order: Order, picks: list[dict[str, Any]]) -> dict[str, Any]:
    """Record the picks, then inspect them; one damaged item refuses the order."""
    damaged = [pick["productId"] for pick in picks if partners.is_damaged(pick["productId"])]
    if damaged:
        store.advance(order["orderId"], "items-picked", picks=picks)
        return refused(f"damaged: {', '.join(dict.fromkeys(damaged))}")
    store.advance(order["orderId"], "items-picked", "quality-checked", picks=picks)
    return {"linesInspected": len(picks)}


@durable_step
@operation("package-order")
def package_order(_step: StepContext, order: Order) -> dict[str, Any]:
    """Put everything into one package."""
    units = sum(item["quantity"] for item in order["items"])
    package = partners.pack(order["orderId"], units)
    result = {"packageId": package["reference"], "weightGrams": int(package["weightGrams"])}
    store.advance(order["orderId"], "packaged", package=result)
    return result


@durable_step
@operation("generate-shipping-label")
def generate_shipping_label(_step: StepContext, order: Order) -> dict[str, Any]:
    """Register the parcel: ExpressShip for totals over 500.00, else StandardShip."""
    service = "ExpressShip" if order["totalCents"] > EXPRESS_OVER_CENTS else "StandardShip"
    label = {"service": service, "trackingNumber": partners.print_label(order["orderId"], service)}
    store.advance(order["orderId"], "awaiting-pickup", label=label)
    return label


@durable_step
def void_shipping_label(_step: StepContext, order: Order) -> dict[str, Any]:
    """Undo `generate_shipping_label`, as often as it is called."""
    return {"voided": partners.void_label(order["orderId"])}
