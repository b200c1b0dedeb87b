"""Whatever happens to orders, one or many: each of them ends, and the books balance.

`make test ARGS="tests/integration -k any_fate --orders 1000 --seed 7"` draws more fates, or others.
"""

import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

import pytest

from tests.contract.waiting import until
from tests.integration.conftest import PATIENCE_SECONDS, Partners
from tests.integration.fates import ACTS, Fate, draw, is_balanced
from tests.integration.lost_orders import sweep
from workshop import localcloud
from workshop.aws.stack import Stack
from workshop.orders import client as orders
from workshop.orders import waiting
from workshop.orders.contract import ENDED

pytestmark = pytest.mark.timeout(0)  # all orders are sent in the first test; each wait has a limit
AT_ONCE, IN_A_ROUND = 6, 20
FULL_SHELF = 1_000_000
Fates = dict[str, Fate]  # by the id of the order


def begin(stack: Stack, fate: Fate) -> str:
    """Send an order, and do to it at once what its fate says of its beginning; return its id."""
    order_id = orders.submit(stack, fate.order, fate.order["customerPhone"])
    for status, act in fate.acts:
        if status == "received":
            ACTS[act](stack, order_id, fate)
    return order_id


def go_on(stack: Stack, order_id: str, fate: Fate) -> None:
    """Do to an order what its fate says of its other statuses."""
    for status, act in fate.acts:
        if status != "received":
            orders.wait(stack, order_id, until=status, timeout_seconds=240, on_poll=decide(stack))
            ACTS[act](stack, order_id, fate)


def decide(stack: Stack) -> "partial[None]":
    """What a person does who looks at an order again and again: decides, if they are asked."""
    return partial(_decide, stack)


def _decide(stack: Stack, order: orders.Order) -> None:
    if order["customerId"] == "cust-review" and order["status"] == "fraud-checked":
        decision = "approve" if order["total"] < 100 else "reject"
        answer = orders.review(stack, order["orderId"], decision, by="Grace", note="a lot of mugs")
        assert answer.status_code in (202, 409), answer.text


def is_over(stack: Stack, order_id: str) -> bool:
    """Whether an order has ended and needs nobody; a person helps where one is needed."""
    order = orders.get(stack, order_id) or {}
    _decide(stack, order)
    if order_id in {each.order_id for each in waiting.listed(stack)}:
        waiting.redrive(stack, order_id)
        return False
    table = stack.target.table(stack.outputs["OrdersTableName"])
    stored = table.get_item(Key={"orderId": order_id}, ConsistentRead=True)["Item"]
    return order["status"] in ENDED and "openSince" not in stored


def live(stack: Stack, fates: list[Fate]) -> Fates:
    """Let orders meet their fates, with a restart of the local cloud in their midst."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        localcloud.set_clock("real")
        found = dict(zip(pool.map(partial(begin, stack), fates), fates, strict=True))
        localcloud.stop()
        localcloud.start("skip")
        # The restart may have lost the event that an execution has ended, or what it led to.
        print(dict(sweep(stack, found)))
        list(pool.map(partial(go_on, stack), found, found.values()))
    for order_id, fate in found.items():
        until(partial(is_over, stack, order_id), f"the end of {order_id}: {fate}", PATIENCE_SECONDS)
    return found


@pytest.fixture(scope="module")
def product() -> str:
    return secrets.token_hex(8)


@pytest.fixture(scope="module")
def lived(stack: Stack, product: str, request: pytest.FixtureRequest) -> Fates:
    """Orders that have met their fates."""
    lot, found = Random(request.config.getoption("--seed")), Fates()
    while len(found) < request.config.getoption("--orders"):
        found |= live(stack, [numbered(draw(lot, product)) for _ in range(IN_A_ROUND)])
    return found


def numbered(fate: Fate) -> Fate:
    """Give an order a telephone number of its own, which is its idempotency key, too."""
    return fate._replace(order=fate.order | {"customerPhone": f"+1-{secrets.randbelow(10**12)}"})


def test_the_books_of_each_order_balance(stack: Stack, partners: Partners, lived: Fates) -> None:
    ends = Counter(
        is_balanced(stack, partners, order_id, may_lack=fate.may_lack)
        for order_id, fate in lived.items()
    )
    print(dict(ends), Counter(act for fate in lived.values() for _, act in fate.acts))
    assert ends["completed"]
    assert ends["rejected"]


def test_an_order_that_nothing_hinders_completes(stack: Stack, lived: Fates) -> None:
    kind = [order_id for order_id, fate in lived.items() if fate.is_kind]
    assert kind
    for order_id in kind:
        assert (orders.get(stack, order_id) or {})["status"] == "completed", lived[order_id]


def test_the_shelf_lacks_what_was_delivered(
    stack: Stack, partners: Partners, lived: Fates, product: str
) -> None:
    sold = 0
    for order_id, fate in lived.items():
        (item,) = fate.order["items"]
        if item["productId"] == f"sku-of-{product}":
            is_sold = (orders.get(stack, order_id) or {})["status"] == "completed"
            sold += item["quantity"] * is_sold
    assert partners.units_left(f"sku-of-{product}") == FULL_SHELF - sold


def test_customers_have_the_points_of_their_completed_orders(
    partners: Partners, lived: Fates, product: str
) -> None:
    for number in range(3):
        customer = f"cust-of-{product}-{number}"
        given = [
            int(partners.records(order_id).get("loyalty", {}).get("points", 0))
            for order_id, fate in lived.items()
            if fate.order["customerId"] == customer
        ]
        assert partners.points(customer) == sum(given)


def test_no_execution_goes_on(stack: Stack, lived: Fates) -> None:
    pages = stack.target.client("lambda").get_paginator("list_durable_executions_by_function")
    found = pages.paginate(FunctionName=stack.processor, Statuses=["RUNNING"])
    names = [each["DurableExecutionName"] for page in found for each in page["DurableExecutions"]]
    assert not [name for name in names if name.startswith(("again-", *lived))]
