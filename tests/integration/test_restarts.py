"""Orders survive whatever happens to the local cloud beneath them."""

import signal
import time
from collections.abc import Callable
from functools import partial

import pytest

from tests.integration.conftest import await_end, clock
from workshop import localcloud
from workshop.aws import deployment
from workshop.localcloud import state
from workshop.orders import client as orders
from workshop.paths import CLOUD

WAITING, RUNNING = 8, 4
PATIENCE_SECONDS = 240  # a busy machine of two cores starts a part slowly


@pytest.fixture(scope="module")
def patient_stack(target):
    """The application with a wait that no order leaves before the clock skips it."""
    waits = {"WarehouseWaitSeconds": 3600, "CarrierWaitSeconds": 2}
    yield deployment.deploy(target, name="restarts", parameters=waits)
    deployment.delete(target, name="restarts")


@pytest.fixture
def in_flight(patient_stack):
    """Orders that wait for the warehouse, and some that have begun a moment ago."""
    with clock("real"):
        waiting = [orders.submit(patient_stack, orders.example()) for _ in range(WAITING)]
        for order_id in waiting:
            until(partial(awaits_the_warehouse, patient_stack, order_id))
        yield waiting + [orders.submit(patient_stack, orders.example()) for _ in range(RUNNING)]


def awaits_the_warehouse(stack, order_id: str) -> bool:
    order = orders.get(stack, order_id)
    return order is not None and order["status"] == "awaiting-warehouse"


def saved(stack, order_ids) -> None:
    """Wait until no order runs, and ministack has saved all that they have written.

    A killed ministack loses what was written to its tables in the last two seconds.
    """
    for order_id in order_ids:
        until(partial(awaits_the_warehouse, stack, order_id))
    tables = CLOUD / "ministack" / "state" / "dynamodb.json"
    written = time.time()
    until(
        lambda: (tables.exists() and tables.stat().st_mtime > written) or time.time() > written + 8
    )


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "this took too long"
        time.sleep(0.05)


def each_is_done_once(stack, partners, order_ids) -> None:
    with clock("skip"):
        ends = {order_id: await_end(stack, order_id).status for order_id in order_ids}
    for order_id, status in ends.items():
        assert status == "completed", order_id
        rows = partners(stack).records(order_id)
        charges = [name for name in rows if name.startswith("charge#")]
        assert len(charges) == 1, order_id
        assert {"reservation", "loyalty", "email#shipped"} <= rows.keys()
        assert not any("undone" in row for row in rows.values())


@pytest.fixture
def partners():
    from tests.integration.conftest import Partners

    return Partners


def test_a_stop_and_a_start_lose_no_order(patient_stack, partners, in_flight):
    assert localcloud.stop()
    assert localcloud.start().running
    each_is_done_once(patient_stack, partners, in_flight)


def test_a_killed_lambda_api_comes_back_and_goes_on(patient_stack, partners, in_flight):
    kill("lambda")
    each_is_done_once(patient_stack, partners, in_flight)


def test_a_killed_ministack_comes_back_with_all_but_the_last_moments(
    patient_stack, partners, in_flight
):
    saved(patient_stack, in_flight)
    kill("ministack")
    each_is_done_once(patient_stack, partners, in_flight)


def test_a_killed_supervisor_is_replaced_at_the_next_start(patient_stack, partners, in_flight):
    noted = state.read().supervisor
    assert noted is not None
    supervisor = noted.find()
    assert supervisor is not None
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait(10)
    assert not localcloud.status().running
    assert localcloud.start().running
    each_is_done_once(patient_stack, partners, in_flight)


def kill(part: str) -> None:
    """Kill a part and wait until the supervisor has brought it back and said why it was gone."""
    before = state.read().parts[part]
    process = before.find()
    assert process is not None
    process.send_signal(signal.SIGKILL)
    until(lambda: state.read().parts.get(part) != before and localcloud.status().running)
    assert f"{part} ended and was restarted" in localcloud.status().trouble


def test_a_start_that_finds_everything_running_changes_nothing():
    before = state.read()
    localcloud.start()
    assert state.read() == before
