"""The application as it is deployed, and what its partners did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from workshop import localcloud
from workshop.aws import deployment
from workshop.aws.stack import Stack
from workshop.aws.target import Target
from workshop.notebook.timeline.view import pending_callback
from workshop.orders import client as orders
from workshop.orders import history, ledger
from workshop.orders.history import Run

PATIENCE_SECONDS = 240  # a busy machine of two cores


@pytest.fixture(scope="session")
def stack(target: Target) -> Stack:
    """The application, deployed once by the real SAM CLI."""
    return deployment.ensure(target)


@dataclass(frozen=True)
class Ended:
    """An order that has ended: as its customer sees it, and as its execution ran."""

    order: dict[str, Any]
    run: Run

    @property
    def status(self) -> str:
        return self.order["status"]

    @property
    def reason(self) -> str:
        return self.order["errorMessage"] or ""


@pytest.fixture
def place(stack: Stack) -> Callable[..., Ended]:
    """Send an order and wait for its end: ``place(payment_token="tok_declined")``."""

    def send(**changes: Any) -> Ended:
        order_id = orders.submit(stack, orders.example(**changes))
        return await_end(stack, order_id)

    return send


def await_end(stack: Stack, order_id: str) -> Ended:
    """The order once its status and its execution have both ended."""
    order = orders.wait(stack, order_id, timeout_seconds=PATIENCE_SECONDS)
    run = list(history.watch(stack, order_id, timeout_seconds=PATIENCE_SECONDS))[-1]
    return Ended(order, run)


class Partners:
    """Reads the partners' table."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def records(self, subject: str) -> dict[str, dict[str, Any]]:
        """All that was done for an order, a product or a customer, by the name of the record."""
        return ledger.records(self._stack, subject)

    def charges(self, order_id: str) -> list[dict[str, Any]]:
        """The charges made for an order."""
        rows = self.records(order_id)
        return [
            row for name, row in rows.items() if name.startswith("charge#") and "amountCents" in row
        ]

    def units_left(self, product_id: str) -> int | None:
        """Units on the shelf; None if nobody has ever taken any."""
        row = self.records(f"product#{product_id}").get("stock")
        return int(row["unitsLeft"]) if row else None

    def points(self, customer_id: str) -> int:
        """The customer's loyalty points."""
        return int(self.records(f"customer#{customer_id}").get("loyalty", {}).get("points", 0))


@pytest.fixture(scope="session")
def partners(stack: Stack) -> Partners:
    """What the partners did."""
    return Partners(stack)


@pytest.fixture(scope="session")
def started(stack: Stack) -> Callable[[], int]:
    """Counts the durable executions there are."""
    pages = stack.target.client("lambda").get_paginator("list_durable_executions_by_function")

    def count() -> int:
        found = pages.paginate(FunctionName=stack.processor)
        return sum(len(page["DurableExecutions"]) for page in found)

    return count


@contextmanager
def clock(mode: localcloud.Clock) -> Iterator[None]:
    """Another clock for a while."""
    usual = localcloud.status().clock
    localcloud.set_clock(mode)
    try:
        yield
    finally:
        localcloud.set_clock("skip" if usual == "skip" else "real")


def review_is_pending(stack: Stack, order_id: str) -> Run:
    """Wait until an order waits for its review, and no function runs; return its run."""
    for run in history.watch(stack, order_id, timeout_seconds=60):
        if pending_callback(run) and run.invocations:
            return run
    raise AssertionError("it ended without a review")
