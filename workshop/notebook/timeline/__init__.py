"""The live timeline of an order: `watch` follows it, `snapshot` is a picture of it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from workshop.aws.stack import Stack
from workshop.notebook.results import Processed, id_of
from workshop.notebook.timeline.follow import SHORTEST_PAUSE_SECONDS
from workshop.notebook.timeline.picture import Picture
from workshop.notebook.timeline.source import Source, memory_megabytes
from workshop.notebook.timeline.widget import Crowd, Live, Timeline
from workshop.orders.polling import Polling

__all__ = ["Live", "Order", "Picture", "snapshot", "watch"]

Order = Processed | str
END_SECONDS = 30  # how long an execution may take to end after its last operation


def watch(stack: Stack, order: Order | Sequence[Order]) -> Live:
    """Return a live timeline of an order, or a table of many. It updates while it is visible."""
    if isinstance(order, Sequence) and not isinstance(order, str):
        several, order_ids = True, [id_of(each) for each in order]
    else:
        several, order_ids = False, [id_of(order)]
    memory = memory_megabytes(stack)
    sources = [Source(stack, order_id, memory) for order_id in order_ids]
    if os.environ.get("WORKSHOP_PROGRESS") == "off":
        # Where outputs are stored or compared, show only the end: what comes before differs.
        for source in sources:
            _read_to_the_end(source)
    live = Crowd(sources) if several else Timeline(sources[0])
    live.start()
    return live


def snapshot(stack: Stack, order: Order) -> Picture:
    """Return a picture of an order as it is now, or with its end if it is ending."""
    source, polling = Source(stack, id_of(order), memory_megabytes(stack)), Polling(END_SECONDS)
    source.read()
    while source.ending and not polling.is_over:
        polling.pause()
        source.read()
    return Picture(source.view())


def _read_to_the_end(source: Source) -> None:
    source.read()
    while not source.ended:
        time.sleep(SHORTEST_PAUSE_SECONDS)
        source.read()
