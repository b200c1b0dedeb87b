"""A partner is away for minutes, hours or days of an order's own time: the order ends rightly.

`make test ARGS="tests/integration -k away --all-faults"` has all partners away for all times.
"""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import pytest

from tests.contract.waiting import until
from tests.integration.conftest import PATIENCE_SECONDS, Partners, review_is_pending
from tests.integration.fates import is_balanced
from tests.integration.outages import (
    DO,
    TIMES,
    UNDO,
    Outage,
    await_own_time,
    is_over,
    start,
    stored,
)
from workshop.aws.stack import Stack
from workshop.orders import client as orders
from workshop.orders.contract import ENDED

pytestmark = pytest.mark.timeout(0)  # all orders are sent in the first test; each wait has a limit
AT_ONCE = 4
PATIENCE_SECONDS_AT_LEAST = 4 * 60 * 60  # the template has six hours, on average
CHARGE, DAMAGED = ("charge#{0}:charge",), {"product_id": "sku-damaged"}


class Case(NamedTuple):
    """What is away for which order, and how that ends if it is away for days."""

    outage: Outage
    end: str
    order: dict[str, Any] = {}  # noqa: RUF012 - never changed
    may_lack: str = ""
    outlasts: bool = False  # the order goes on until the partner is back

    @property
    def is_waited_for(self) -> bool:
        """Whether an order waits for hours until this partner has done its work."""
        return DO in self.outage.counters and "email#closed" not in self.outage.records


CASES = {
    "the bank": Case(Outage(CHARGE), "failed", outlasts=True),
    "the bank at the refund": Case(Outage(CHARGE, (UNDO,)), "rejected", DAMAGED, outlasts=True),
    "the warehouse": Case(Outage(("reservation",)), "failed", outlasts=True),
    "the fraud partner": Case(Outage(("fraud-score",)), "failed"),
    "the credit agency": Case(Outage(("credit-check",)), "failed", {"price": 600.0}),
    "the packers": Case(Outage(("package",)), "failed"),
    "the carrier, who prints labels": Case(Outage(("label",)), "failed", outlasts=True),
    "the carrier, who voids labels": Case(
        Outage(("label",), (UNDO,)),
        "failed",
        {"payment_token": "tok_down_ship-order"},
        outlasts=True,
    ),
    "the carrier, who picks up": Case(Outage(("shipment",)), "failed", outlasts=True),
    "the messages of the parcel": Case(
        Outage(("email#shipped", "sms#shipped")), "completed", may_lack="email#shipped"
    ),
    "the message of the end": Case(
        Outage(("email#closed",)), "rejected", DAMAGED, may_lack="email#closed"
    ),
}
QUICK = [(name, "2 hours") for name in CASES] + [
    ("the bank", "2 days"),
    ("the bank at the refund", "2 days"),
]
ALL = [(name, time) for name in CASES for time in TIMES]


class Lived(NamedTuple):
    """An order that a partner was away from: for how long, and how it was when that was over."""

    order_id: str
    seconds_away: float  # when it was found to be long enough
    seconds_until_back: float  # a busy machine brings the partner back later
    was_open: bool
    a_person_was_called: bool


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "away" in metafunc.fixturenames:
        chosen = ALL if metafunc.config.getoption("--all-faults") else QUICK
        metafunc.parametrize("away", chosen, ids=lambda each: f"{each[0]}-{each[1]}")


@pytest.fixture(scope="module")
def lived(stack: Stack, request: pytest.FixtureRequest) -> dict[tuple[str, str], Lived]:
    """Orders that have lived through it."""
    chosen = ALL if request.config.getoption("--all-faults") else QUICK
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(chosen, pool.map(partial(live, stack), chosen), strict=True))


def live(stack: Stack, away: tuple[str, str]) -> Lived:
    """Have an order live through an outage, to its end."""
    name, time = away
    outage = CASES[name].outage
    order_id = start(stack, orders.example(**CASES[name].order), outage)
    return come_back(stack, order_id, TIMES[time], partial(outage.end, stack, order_id))


def come_back(stack: Stack, order_id: str, seconds: int, end: Callable[[], None]) -> Lived:
    """Bring a partner back after so much of an order's time, and wait for the order's end."""
    passed = await_own_time(stack, order_id, seconds)
    order = stored(stack, order_id)
    end()
    until_back = await_own_time(stack, order_id, 0)
    until(partial(is_over, stack, order_id), f"the end of {order_id}", PATIENCE_SECONDS)
    was_open = order["status"] not in ENDED
    return Lived(order_id, passed, until_back, was_open, "waitsForPersonSince" in order)


def test_an_order_whose_partner_was_away_ends_rightly(
    stack: Stack, partners: Partners, lived: dict[Any, Lived], away: tuple[str, str]
) -> None:
    case, found = CASES[away[0]], lived[away]
    end = is_balanced(stack, partners, found.order_id, may_lack=case.may_lack)
    if found.seconds_until_back < PATIENCE_SECONDS_AT_LEAST and case.is_waited_for:
        assert (end, found.was_open) == ("completed", True)  # it cost time, and not the order
        return
    # A busy machine may look at the order when its undo has been given up: then a person helped.
    gave_up = found.a_person_was_called and not found.was_open
    if case.is_waited_for and away[1] != "2 days":
        assert end in ("completed", case.end)
    else:
        assert end == ("failed" if gave_up else case.end)
    if case.outlasts:
        assert (found.was_open or gave_up, found.seconds_away >= TIMES[away[1]]) == (True, True)


def test_a_person_is_called_for_an_undo_that_fails_for_days(lived: dict[Any, Lived]) -> None:
    assert lived["the bank at the refund", "2 days"].a_person_was_called


@pytest.fixture
def reviewed(stack: Stack) -> str:
    """An order that has stock, and waits for its review; the product is its own."""
    product = f"sku-{secrets.token_hex(8)}"
    order_id = orders.submit(
        stack, orders.example(product_id=product, customer_id="cust-review", quantity=3)
    )
    review_is_pending(stack, order_id)
    return order_id


def shelf(stack: Stack, product: str, units: Any) -> None:
    """Change how many units are on the shelf; text is none that anybody can add to."""
    stack.target.table(stack.outputs["PartnersTableName"]).update_item(
        Key={"subject": f"product#{product}", "record": "stock"},
        UpdateExpression="SET unitsLeft = :units",
        ExpressionAttributeValues={":units": units},
    )


def test_stock_is_put_back_when_the_warehouse_is_back(
    stack: Stack, partners: Partners, reviewed: str
) -> None:
    product = (orders.get(stack, reviewed) or {})["items"][0]["productId"]
    left = partners.units_left(product)
    assert left == 999_997
    shelf(stack, product, "away")
    assert orders.review(stack, reviewed, "reject", by="Grace", note="no").status_code == 202
    found = come_back(stack, reviewed, TIMES["2 hours"], partial(shelf, stack, product, left))
    assert found.seconds_away >= TIMES["2 hours"]
    assert is_balanced(stack, partners, reviewed) == "rejected"
    assert partners.units_left(product) == 1_000_000


def test_points_are_given_when_the_loyalty_program_is_back(
    stack: Stack, partners: Partners
) -> None:
    customer = f"cust-{secrets.token_hex(8)}"
    table = stack.target.table(stack.outputs["PartnersTableName"])
    key = {"subject": f"customer#{customer}", "record": "loyalty"}
    table.put_item(Item=key | {"points": "away"})
    order_id = start(stack, orders.example(customer_id=customer), Outage(()))
    found = come_back(stack, order_id, TIMES["2 days"], lambda: table.delete_item(Key=key))
    assert found.a_person_was_called
    assert is_balanced(stack, partners, order_id) == "completed"
    assert partners.points(customer) == 9
