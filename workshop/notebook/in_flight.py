"""An order in flight: start it, let it wait, and complete the callback it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from workshop import localcloud
from workshop.errors import WorkshopError
from workshop.notebook import results
from workshop.notebook.results import Processed, id_of
from workshop.notebook.session import order_with, stack, start
from workshop.notebook.timeline.view import pending_callback
from workshop.orders import history


def start_order(*, qualifier: str = "", **changes: Any) -> str:
    """Start the durable function for one order, and return its id once it waits for a callback.

    `qualifier` is a version, an alias or "$LATEST"; without one it is the alias of the stack.
    `changes` are those of `orders.example`. `WorkshopError` if the order ends without a callback.
    """
    application = stack()
    order_id = start(application, order_with(changes), qualifier=qualifier)
    for run in history.watch(application, order_id):
        if pending_callback(run) and run.invocations:  # the callback is open and nothing runs
            return order_id
    raise WorkshopError(
        "This order has ended without waiting for a callback.",
        "Run the cell that writes the handler with create_callback, then deploy() and this cell.",
    )


def complete_callback(order: Processed | str) -> Processed:
    """Complete the callback that an order waits for, and follow the order to its end."""
    application, order_id = stack(), id_of(order)
    pending = pending_callback(history.of(application, order_id))
    if pending is None:
        raise WorkshopError(
            f"Order {order_id} waits for no callback.", f'Look at it: watch("{order_id}")'
        )
    application.target.client("lambda").send_durable_execution_callback_success(
        CallbackId=pending.callback_id
    )
    return results.follow(application, order_id)


@contextmanager
def real_time() -> Iterator[None]:
    """Let waits that begin in this block take their real time, as they always do on AWS."""
    before = localcloud.status().clock
    if stack().target.name != "local" or before == "real":
        yield
        return
    localcloud.set_clock("real")
    try:
        yield
    finally:
        localcloud.set_clock("skip")
