"""`what-if`: what an order costs on AWS, and what it would with other waits, sizes and volumes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from workshop.aws import stack as stacks
from workshop.aws.target import connect
from workshop.commands.console import console
from workshop.commands.executions import show
from workshop.errors import WorkshopError
from workshop.orders import what_if as costs

SETTINGS = ("orders_a_month", "memory_megabytes", "timeout_seconds", "retention_days")


def what_if(arguments: list[str]) -> int:
    """Show what an order costs on AWS and uses of its quotas, and what it would."""
    parser = argparse.ArgumentParser("python -m workshop what-if", description=what_if.__doc__)
    parser.add_argument("order", help="the id of an order")
    parser.add_argument("--wait", action="append", default=[], help="NAME=SECONDS of a wait")
    parser.add_argument("--size", action="append", default=[], help="OPERATION=BYTES it stores")
    parser.add_argument("--orders", type=int, dest="orders_a_month", help="a month (1,000,000)")
    parser.add_argument("--memory", type=int, dest="memory_megabytes", help="in MB")
    parser.add_argument("--timeout", type=int, dest="timeout_seconds", help="in seconds")
    parser.add_argument("--retention", type=int, dest="retention_days", help="in days")
    parser.add_argument("--target", choices=("local", "aws"), default="local")
    options = parser.parse_args(arguments)
    given = {name: value for name in SETTINGS if (value := getattr(options, name)) is not None}
    was = costs.read(stacks.get(connect(options.target)), options.order)
    settings = costs.with_settings(was.settings, given)
    then = costs.changed(was, settings, _numbers(options.wait), _numbers(options.size))
    show(costs.HEADINGS, costs.table(was, then))
    console.print(costs.caption(), soft_wrap=True)
    return 0


def _numbers(texts: Sequence[str]) -> dict[str, int]:
    found = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        if not name or not number.isdecimal():
            raise WorkshopError(f"'{text}' is not NAME=NUMBER.")
        found[name] = int(number)
    return found
