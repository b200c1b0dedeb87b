"""What an order is, and how an operation says no.

A refusal (declined, out of stock, damaged) is a result: the operation returns it as data, so it is
checkpointed and never retried. Exceptions are only for technical faults, which are retried.
"""

from typing import Any, NotRequired, TypedDict

from reasons import REASONS, TECHNICAL


class Item(TypedDict):
    """One line of an order, as the operations pass it on."""

    productId: str
    quantity: int
    priceCents: int


class NamedItem(Item):
    """One line of an order, as its customer sees it."""

    name: str


class NewOrder(TypedDict):
    """An order that passed every check, before it has an id. Amounts are in cents."""

    customerId: str
    customerEmail: str
    customerPhone: NotRequired[str]
    paymentToken: str
    items: list[NamedItem]
    totalCents: int


class Order(TypedDict):
    """The order that `validate-order` returned, as the operations pass it on.

    It has nothing personal, because the history keeps what an operation returns: who needs an
    address or the token reads it from the table, in its step.
    """

    orderId: str
    customerId: str
    items: list[Item]
    totalCents: int
    createdAt: str
    testCard: str  # the fault that the sandbox plays; "" in earnest


class Refused(Exception):
    """A business refusal, on its way from an operation to the saga.

    Its text is for operators; its `reason` is what the customer is told.
    """

    def __init__(self, fault: str, *, by: str = "", not_ours: bool = False) -> None:
        super().__init__(fault)
        self.reason = REASONS.get(by, TECHNICAL)
        self.not_ours = not_ours


def refused(fault: str, *, not_ours: bool = False) -> dict[str, Any]:
    """Return the result of an operation that refuses the order, with the fault for operators.

    `not_ours` marks an order that another execution has taken on: it must be left alone.
    """
    return {"refused": fault, "notOurs": not_ours}


def agreed(result: Any) -> Any:
    """The result itself, unless it is a refusal: then `Refused` is raised.

    Call it in the handler, outside the operation: raised inside one, it would be retried.
    """
    if isinstance(result, dict) and "refused" in result:
        raise Refused(result["refused"], by=result.get("by", ""), not_ours=result["notOurs"])
    return result
