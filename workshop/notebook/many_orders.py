"""Many orders at once: posted together, then followed through the API until the last has ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from workshop.aws.stack import Stack
from workshop.display import Table
from workshop.errors import WorkshopError
from workshop.notebook.progress_line import Line
from workshop.orders import client as orders
from workshop.orders.client import Order
from workshop.orders.contract import ENDED
from workshop.orders.polling import Polling

POSTING_THREADS = 6
TIMEOUT_SECONDS = 900


def post_at_once(stack: Stack, wanted: Sequence[Order]) -> Table:
    """Post these orders at once, ask for each until it has ended, and return the outcomes."""
    started = time.monotonic()
    with ThreadPoolExecutor(POSTING_THREADS) as threads:
        order_ids = list(threads.map(lambda order: orders.submit(stack, order), wanted))
    answered_seconds = time.monotonic() - started
    seen = follow(stack, order_ids)
    ended_seconds = time.monotonic() - started
    ended = [order for order in (orders.get(stack, order_id) for order_id in order_ids) if order]
    back = sum(went_back(seen[order["orderId"]], order) for order in ended)
    rows = [(status, str(count)) for status, count in _counts(ended).items()]
    caption = (
        f"{len(order_ids)} posts were answered after {answered_seconds:.1f} s in all; "
        f"the last order had ended after {ended_seconds:.1f} s. "
        f"Statuses that went backwards: {back}."
    )
    return Table(f"How {len(ended)} orders ended", ("status", "orders"), rows, caption)


def follow(stack: Stack, order_ids: Sequence[str]) -> dict[str, list[str]]:
    """Ask for all orders in rounds until each has ended; return the statuses seen, in order."""
    seen: dict[str, list[str]] = {order_id: [] for order_id in order_ids}
    pending, line = list(order_ids), Line()
    polling = Polling(TIMEOUT_SECONDS)
    while pending:
        for order_id in pending:
            order = orders.get(stack, order_id)
            if order is None:
                raise WorkshopError(f"Order {order_id} does not exist.")
            seen[order_id].append(order["status"])
        pending = [order_id for order_id in pending if seen[order_id][-1] not in ENDED]
        now = Counter(statuses[-1] for statuses in seen.values())
        if not line.quiet:
            counts = ", ".join(f"{count} {status}" for status, count in now.items())
            line.show(f"Now: {counts}" if pending else "All have ended.")
        if pending and polling.is_over:
            raise WorkshopError(f"{len(pending)} orders have not ended after {TIMEOUT_SECONDS} s.")
        if pending:
            polling.pause()
    return seen


def went_back(seen: Sequence[str], order: Order) -> bool:
    """Return whether a client who asked repeatedly saw this order's status go backward."""
    timeline = [entry["status"] for entry in order["timeline"]]
    places = [timeline.index(status) for status in seen]
    return places != sorted(places)


def _counts(ended: Sequence[Order]) -> dict[str, int]:
    return dict(sorted(Counter(order["status"] for order in ended).items()))
