"""An order in flight: start it, let it wait, and complete the callback it waits for."""

from __future__ import annotations

import time
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
from workshop.orders.history import Run

HEARTBEAT_SECONDS = 2


def start_order(*, qualifier: str = "", until: str = "", **changes: Any) -> str:
    """Start the durable function for one order, and return its id once it waits.

    It waits for a callback, or at the wait named `until`. `qualifier` is a version, an alias or
    "$LATEST"; without one it is the alias of the stack. `changes` are those of `orders.example`.
    `WorkshopError` if the order ends without that wait.
    """
    application = stack()
    order_id = start(application, order_with(changes), qualifier=qualifier)
    for run in history.watch(application, order_id):
        if _waits(run, until) and run.invocations:  # nothing runs
            return order_id
    if until:
        raise WorkshopError(
            f"This order has ended without waiting at {until}.",
            "On the local cloud, an order waits only with the real clock: with real_time(): …",
        )
    raise WorkshopError(
        "This order has ended without waiting for a callback.",
        "Run the cell that writes the handler with create_callback, then deploy() and this cell.",
    )


def _waits(run: Run, until: str) -> bool:
    if not until:
        return pending_callback(run) is not None
    return any(o.name == until and o.state == history.RUNNING for o in run.operations)


def complete_callback(order: Processed | str) -> Processed:
    """Complete the callback that an order waits for, and follow the order to its end."""
    callback_id = _pending(id_of(order))
    _client().send_durable_execution_callback_success(CallbackId=callback_id)
    return results.follow(stack(), id_of(order))


def heartbeats(order: Processed | str, seconds: float) -> None:
    """Say for so long that somebody works on the callback that an order waits for."""
    callback_id, end = _pending(id_of(order)), time.monotonic() + seconds
    while time.monotonic() < end:
        _client().send_durable_execution_callback_heartbeat(CallbackId=callback_id)
        time.sleep(HEARTBEAT_SECONDS)


def _client() -> Any:
    return stack().target.client("lambda")


def _pending(order_id: str) -> str:
    """Return the id of the callback that an order waits for; `WorkshopError` if there is none."""
    pending = pending_callback(history.of(stack(), order_id))
    if pending is None:
        raise WorkshopError(
            f"Order {order_id} waits for no callback.", f'Look at it: watch("{order_id}")'
        )
    return pending.callback_id


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
