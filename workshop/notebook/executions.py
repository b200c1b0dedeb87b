"""The executions of the order processor in a notebook: list, pause, resume and stop them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from IPython.display import display

from workshop.display import Notice, Table, notice
from workshop.notebook import results
from workshop.notebook.results import Processed, id_of
from workshop.notebook.session import stack
from workshop.notebook.timeline import export as exports
from workshop.orders import control, forks, waiting
from workshop.orders import what_if as costs
from workshop.orders.executions import HEADINGS, NONE, listed


def list_orders(*statuses: str, operation: str = "", limit: int = 50) -> Table:
    """List the orders, newest first: what runs, for how long, and what it waits for.

    `statuses` are such as "running" or "paused". With `operation`, only orders that are at it now.
    """
    found = listed(stack(), statuses, operation, limit)
    rows = [each.row(datetime.now(UTC)) for each in found]
    return Table("Orders" if rows else NONE, HEADINGS, rows)


def fork(order: Processed | str, after: str, **changes: str) -> Processed:
    """Start another order that begins with what this one has recorded, and follow it to its end.

    Only the local cloud can. `after` is the operation after which it goes on; `changes` are
    `customer_id` or `payment_token`.
    """
    live = stack()
    made = forks.plan(live, id_of(order), after, changes)
    display(notice(made.warning))
    made.start()
    ended = results.follow(live, made.order_id)
    display(Table("What the partners did", forks.HEADINGS, made.ledger()))
    return ended


def redrive(order: Processed | str) -> Processed:
    """Start a new execution for an order that waits for a person, and follow it to its end."""
    live = stack()
    return results.follow(live, waiting.redrive(live, id_of(order)))


def what_if(
    order: Processed | str,
    waits: Mapping[str, int] = {},
    sizes: Mapping[str, int] = {},
    **settings: int,
) -> Table:
    """Show what an order costs and how much of its quotas it uses, and what it would.

    `waits` are seconds by wait, `sizes` stored bytes by operation. `settings` are
    `orders_a_month` (a million), `memory_megabytes`, `timeout_seconds` and `retention_days`.
    """
    was = costs.read(stack(), id_of(order))
    then = costs.changed(was, costs.with_settings(was.settings, settings), waits, sizes)
    return Table("What an order uses", costs.HEADINGS, costs.table(was, then), costs.caption())


def export(order: Processed | str, path: str = "") -> Notice:
    """Write an order's timeline to one HTML file with a slider, which needs no kernel.

    The default is `my-work/exports/ORDER.html`. It has the order's data; only you can read it.
    """
    live, order_id = stack(), id_of(order)
    return notice(f"Written: {exports.of(live, order_id, path)}", "Open it in a browser.")


def pause(order: Processed | str, reason: str = "") -> Notice:
    """Pause an order: its function is not invoked until you resume it."""
    return notice(control.pause(stack(), id_of(order), reason))


def resume(order: Processed | str, reason: str = "") -> Notice:
    """Resume an order that is paused."""
    return notice(control.resume(stack(), id_of(order), reason))


def stop(order: Processed | str, reason: str) -> Notice:
    """Stop the execution of an order for good, with a reason that its history keeps."""
    return notice(control.stop(stack(), id_of(order), reason))
