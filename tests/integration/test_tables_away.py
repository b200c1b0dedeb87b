"""A table is away for minutes, hours or days of an order's own time: the order ends rightly.

`make test ARGS="tests/integration -k away --all-faults"` has both tables away for all times.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial

import pytest

from tests.contract.waiting import until
from tests.integration.conftest import PATIENCE_SECONDS, Partners, clock, review_is_pending
from tests.integration.fates import is_balanced
from tests.integration.lost_orders import sweep
from tests.integration.outages import TIMES, is_over, paused_after
from tests.integration.test_permissions import PROCESSOR, without
from workshop import localcloud
from workshop.aws import deployment
from workshop.aws.stack import Stack
from workshop.aws.target import Target
from workshop.orders import client as orders

pytestmark = pytest.mark.timeout(0)  # each wait has a limit
Without = Callable[[str, str, str], AbstractContextManager[None]]
RECOVERY = "RecoveryFunctionName"
READ, WRITE = "dynamodb:GetItem", "dynamodb:UpdateItem"
NOT_READABLE = ((PROCESSOR, READ, "WriteOrderStatus"), (RECOVERY, READ, "TakeOrdersOver"))
NOT_WRITABLE = ((PROCESSOR, WRITE, "WriteOrderStatus"), (RECOVERY, WRITE, "TakeOrdersOver"))
# What the functions may not do, and how three orders end if they may not for days: new, accepted
# after a review, packed.
TABLES = {
    "orders": (NOT_READABLE + NOT_WRITABLE, "completed"),
    "orders, to read": (NOT_READABLE, "completed"),
    "orders, to write": (NOT_WRITABLE, "completed"),
    "partners": (
        ((PROCESSOR, "dynamodb:BatchGetItem", "CallPartners"), (PROCESSOR, WRITE, "CallPartners")),
        "failed",
    ),
}
QUICK = [("orders", "2 days"), ("partners", "2 hours"), ("partners", "2 days")]
ALL = [(table, time) for table in TABLES for time in TIMES]
__all__ = ["without"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = ALL if metafunc.config.getoption("--all-faults") else QUICK
    metafunc.parametrize(("table", "time"), chosen)


@pytest.fixture(scope="module")
def stack(target: Target) -> Iterator[Stack]:
    """A stack of its own, whose carrier takes an hour."""
    parameters = {"WarehouseWaitSeconds": 1, "CarrierWaitSeconds": 3600}
    yield deployment.deploy(target, name="tables-away", parameters=parameters)
    deployment.delete(target, name="tables-away")


def test_orders_whose_table_was_away_end_rightly(
    stack: Stack, without: Without, table: str, time: str
) -> None:
    partners, seconds = Partners(stack), TIMES[time]
    actions, after_days = TABLES[table]
    end = after_days if time == "2 days" else "completed"
    with clock("real"):
        packed = orders.submit(stack, orders.example())
        reviewed = orders.submit(stack, orders.example(customer_id="cust-review"))
        orders.wait(stack, packed, until="awaiting-pickup", timeout_seconds=PATIENCE_SECONDS)
        review_is_pending(stack, reviewed)
        with ExitStack() as away:
            for action in actions:
                away.enter_context(without(*action))
            new = orders.submit(stack, orders.example())
            localcloud.set_clock("skip")
            answer = orders.review(stack, reviewed, "approve", by="Grace", note="fine")
            assert answer.status_code == 202
            with paused_after(stack, [packed, reviewed, new], seconds) as passed:
                away.close()
        sweep(stack, passed)
        for order_id, its_seconds in passed.items():
            until(partial(is_over, stack, order_id), f"the end of {order_id}", PATIENCE_SECONDS)
            # The new one may have ended while nobody could send it a message.
            may_lack = "email#closed" if (table, order_id) == ("partners", new) else ""
            assert is_balanced(stack, partners, order_id, may_lack=may_lack) == end
            # Each write returns the order, so one on its way may never have to read it.
            spared = table == "orders, to read" and order_id != new
            assert its_seconds >= seconds or spared or (end, order_id) == ("failed", new)
