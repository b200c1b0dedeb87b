"""Orders whose execution was lost are recovered on the real system: they end, the books balance."""

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from tests.contract.waiting import until
from tests.integration.conftest import Partners, await_end, clock
from tests.integration.lost_orders import balanced, recover, store_copy
from workshop import localcloud
from workshop.aws.stack import Stack
from workshop.errors import WorkshopError
from workshop.notebook import executions as notebook
from workshop.orders import client as orders
from workshop.orders import history, waiting
from workshop.orders.contract import OPERATIONS, STEPS

AT_ONCE, TRIES = 5, 3  # orders
CARRIER = OPERATIONS.index("carrier-pickup")
Stopped = dict[str, str]  # order ids, by the operation in which their execution was stopped


@pytest.fixture(scope="module")
def product() -> str:
    """A product that no other test has."""
    return f"sku-{secrets.token_hex(8)}"


@pytest.fixture(scope="module")
def stopped(stack: Stack, product: str) -> Stopped:
    """An order for each operation, stopped in it."""
    with clock("real"):
        found = {"warehouse-processing": stop_in(stack, product, "warehouse-processing")}
        found["carrier-pickup"] = stop_in(stack, product, "carrier-pickup", meanwhile=skip_a_wait)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found |= zip(STEPS, pool.map(partial(stop_in, stack, product), STEPS), strict=True)
    return {name: found[name] for name in OPERATIONS}


def stop_in(
    stack: Stack,
    product: str,
    name: str,
    meanwhile: Callable[[Callable[[], set[str]]], None] = lambda _: None,
) -> str:
    """Stop a slow order in an operation; take another order if a busy machine missed it."""
    client = stack.target.client("lambda")
    order = orders.example(payment_token="tok_slow", product_id=product, price=600.0)
    for _ in range(TRIES):
        order_id = orders.submit(stack, order)
        arn = until(partial(history.find_execution, stack, order_id), "its start")
        names = partial(names_in, client, arn)
        meanwhile(names)
        until(lambda: name in names(), name)  # noqa: B023 - called at once
        with suppress(client.exceptions.ClientError):  # it may have ended
            client.stop_durable_execution(DurableExecutionArn=arn)
        run = history.read(stack, arn)
        if (run.state, run.names[-1]) == ("stopped", name):
            return order_id
    raise AssertionError(f"no order was stopped in {name}")


def names_in(client: Any, arn: str) -> set[str]:
    """Return the names of the operations in a history."""
    found = client.get_durable_execution_history(
        DurableExecutionArn=arn, MaxItems=1000, IncludeExecutionData=False
    )
    return {event.get("Name", "") for event in found["Events"]}


def skip_a_wait(names: Callable[[], set[str]]) -> None:
    """Skip the first wait. Five slow steps lie between it and the second."""
    until(lambda: "warehouse-processing" in names(), "the first wait")
    localcloud.set_clock("skip")
    until(lambda: "pick-items" in names(), "its end")
    localcloud.set_clock("real")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_order_that_was_stopped_in_an_operation_ends(
    stack: Stack, partners: Partners, stopped: Stopped, name: str
) -> None:
    assert history.of(stack, stopped[name]).state == "stopped"
    status = balanced(stack, partners, stopped[name])
    place = OPERATIONS.index(name)
    if place <= CARRIER:
        assert status == "failed"
    elif place > CARRIER + 1:
        assert status == "completed"


def test_the_shelf_lacks_what_was_sold_and_nothing_else(
    stack: Stack, partners: Partners, stopped: Stopped, product: str
) -> None:
    ends = [balanced(stack, partners, order_id) for order_id in stopped.values()]
    assert partners.units_left(product) == 1_000_000 - 2 * ends.count("completed")


def test_an_order_that_was_stored_and_never_started_is_found_and_completes(
    stack: Stack, partners: Partners
) -> None:
    order_id = f"ord-{secrets.token_hex(16)}"
    store_copy(stack, orders.submit(stack, orders.example()), order_id)
    assert recover(stack, {})[order_id] == "start it"
    assert balanced(stack, partners, order_id) == "completed"


def test_a_second_execution_of_an_order_that_has_ended_changes_nothing(
    stack: Stack, partners: Partners
) -> None:
    order_id = orders.submit(stack, orders.example())
    before = await_end(stack, order_id).order, partners.records(order_id)
    for name in (f"{order_id}-r1", f"{order_id}-r2", "a-name-of-its-own"):
        stack.target.client("lambda").invoke(
            FunctionName=stack.outputs["ProcessorAliasArn"],
            InvocationType="Event",
            DurableExecutionName=name if name.startswith("ord") else secrets.token_hex(8),
            Payload=json.dumps({"orderId": order_id}),
        )
    for name in (f"{order_id}-r1", f"{order_id}-r2"):
        *_, run = history.watch(stack, name, timeout_seconds=60)
        assert run.state == "succeeded"
    assert (orders.get(stack, order_id), partners.records(order_id)) == before


def test_an_order_that_waits_for_a_person_is_redriven(
    stack: Stack, partners: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "stack", lambda: stack)
    order_id = orders.submit(stack, orders.example(payment_token="tok_down_update-loyalty-points"))
    *_, run = history.watch(stack, order_id, timeout_seconds=60)
    assert run.names[-1] == "call-a-person"
    assert order_id in [each.order_id for each in waiting.listed(stack)]
    redriven = notebook.redrive(order_id)
    assert (redriven.order_id, redriven.state) == (f"{order_id}-r1", "succeeded")
    assert balanced(stack, partners, order_id) == "completed"
    with pytest.raises(WorkshopError, match="does not wait for a person"):
        waiting.redrive(stack, order_id)
    assert order_id not in [each.order_id for each in waiting.listed(stack)]
