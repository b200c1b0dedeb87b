"""What the order processor does, how two orders differ, and how to pause, resume and stop one."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from rich import box
from rich.table import Table

from workshop import escape
from workshop.aws import stack as stacks
from workshop.aws.stack import Stack
from workshop.aws.target import connect
from workshop.commands.console import console
from workshop.orders import comparison, control, executions, forks, history


def orders(arguments: list[str]) -> int:
    """List the orders, newest first: what runs, for how long, and what it waits for."""
    parser = _parser("orders", orders.__doc__)
    choices = [status.lower() for status in executions.STATUSES]
    parser.add_argument("--status", choices=choices, action="append", default=[])
    parser.add_argument("--operation", default="", help="only orders that are at it now")
    parser.add_argument("--limit", type=int, default=50, help="how many at most (50)")
    options = parser.parse_args(arguments)
    stack = stacks.get(connect(options.target))
    found = executions.listed(stack, options.status, options.operation, options.limit)
    if rows := [each.row(datetime.now(UTC)) for each in found]:
        show(executions.HEADINGS, rows)
    else:
        console.print(executions.NONE)
    return 0


def compare(arguments: list[str]) -> int:
    """Show two orders beside each other, operation by operation."""
    parser = _parser("compare", compare.__doc__)
    parser.add_argument("first", help="the id of an order")
    parser.add_argument("second", help="the id of another")
    options = parser.parse_args(arguments)
    stack = stacks.get(connect(options.target))
    first, second = history.of(stack, options.first), history.of(stack, options.second)
    show(comparison.HEADINGS, [pair.row for pair in comparison.compare(first, second)])
    console.print(comparison.summary(first, second))
    return 0


def pause(arguments: list[str]) -> int:
    """Pause an order: its function is not invoked until you resume it."""
    parser = _parser("pause", pause.__doc__)
    return _change(parser, control.pause, arguments)


def resume(arguments: list[str]) -> int:
    """Resume an order that is paused."""
    parser = _parser("resume", resume.__doc__)
    return _change(parser, control.resume, arguments)


def stop(arguments: list[str]) -> int:
    """Stop the execution of an order for good; it undoes nothing."""
    parser = _parser("stop-order", stop.__doc__)
    return _change(parser, control.stop, arguments)


def fork(arguments: list[str]) -> int:
    """Start another order that begins with what an order has recorded, on the local cloud."""
    parser = argparse.ArgumentParser("python -m workshop fork", description=fork.__doc__)
    parser.add_argument("order", help="the id of an order")
    parser.add_argument("--after", required=True, help="the operation after which it goes on")
    parser.add_argument("--customer", help="another customer, such as cust-fraud")
    parser.add_argument("--token", help="another test card, such as tok_declined")
    options = parser.parse_args(arguments)
    given = {"customer_id": options.customer, "payment_token": options.token}
    changes = {name: value for name, value in given.items() if value is not None}
    stack = stacks.get(connect("local"))
    made = forks.plan(stack, options.order, options.after, changes)
    console.print(made.warning, soft_wrap=True)
    made.start()
    for run in history.watch(stack, made.order_id):
        ended = run
    show(forks.HEADINGS, made.ledger())
    console.print(f"The fork's execution {ended.state}.")
    return 0


def _change(
    parser: argparse.ArgumentParser, change: Callable[[Stack, str, str], str], arguments: list[str]
) -> int:
    parser.add_argument("order", help="the id of an order")
    parser.add_argument("--reason", default="", help="why; the history keeps it")
    options = parser.parse_args(arguments)
    done = change(stacks.get(connect(options.target)), options.order, options.reason)
    console.print(done, soft_wrap=True)
    return 0


def _parser(verb: str, description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"python -m workshop {verb}", description=description)
    parser.add_argument("--target", choices=("local", "aws"), default="local")
    return parser


def show(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table of texts."""
    drawn = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    drawn.columns[0].no_wrap = True  # an id is there to be copied
    for row in rows:
        drawn.add_row(*(escape.rich(escape.line(cell)) for cell in row))
    console.print(drawn)
