"""`orders` and `compare`: what the order processor does, and how two orders differ."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich import box
from rich.table import Table

from workshop import escape
from workshop.aws import stack as stacks
from workshop.aws.target import connect
from workshop.commands.console import console
from workshop.orders import comparison, executions, history

HEADINGS = ("order", "status", "age", "operation", "waits for")


def orders(arguments: list[str]) -> int:
    """List the orders, newest first: what runs, for how long, and what it waits for."""
    parser = _parser("orders", orders.__doc__)
    choices = [status.lower() for status in executions.STATUSES]
    parser.add_argument("--status", choices=choices, action="append", default=[])
    parser.add_argument("--limit", type=int, default=50, help="how many at most (50)")
    options = parser.parse_args(arguments)
    stack = stacks.get(connect(options.target))
    now, wanted = datetime.now(UTC), [status.upper() for status in options.status]
    rows = [
        (found.name, found.status.lower(), found.age(now), found.operation, found.waits_for)
        for found in executions.listed(stack, wanted, options.limit)
    ]
    if rows:
        _print(HEADINGS, rows)
    else:
        console.print("No order has that status.")
    return 0


def compare(arguments: list[str]) -> int:
    """Show two orders beside each other, operation by operation."""
    parser = _parser("compare", compare.__doc__)
    parser.add_argument("first", help="the id of an order")
    parser.add_argument("second", help="the id of another")
    options = parser.parse_args(arguments)
    stack = stacks.get(connect(options.target))
    first, second = history.of(stack, options.first), history.of(stack, options.second)
    _print(comparison.HEADINGS, [pair.row for pair in comparison.compare(first, second)])
    console.print(comparison.summary(first, second))
    return 0


def _parser(verb: str, description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"python -m workshop {verb}", description=description)
    parser.add_argument("--target", choices=("local", "aws"), default="local")
    return parser


def _print(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    drawn = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    drawn.columns[0].no_wrap = True  # an id is there to be copied
    for row in rows:
        drawn.add_row(*(escape.rich(escape.line(cell)) for cell in row))
    console.print(drawn)
