"""`redrive`: list the orders that wait for a person, or have one processed again."""

from __future__ import annotations

import argparse

from workshop.aws import stack as stacks
from workshop.aws.target import connect
from workshop.commands.console import console
from workshop.commands.executions import show
from workshop.orders import waiting


def run(arguments: list[str]) -> int:
    """List the orders that wait for a person, or process one of them again."""
    parser = argparse.ArgumentParser("python -m workshop redrive", description=run.__doc__)
    parser.add_argument("order", nargs="?", help="the id of one that waits; without it, list them")
    parser.add_argument("--target", choices=("local", "aws"), default="local")
    options = parser.parse_args(arguments)
    stack = stacks.get(connect(options.target))
    if options.order:
        name = waiting.redrive(stack, options.order)
        console.print(f"Started the execution {name}.", soft_wrap=True)
        return 0
    rows = list(waiting.listed(stack))
    if not rows:
        console.print("No order waits for a person.")
        return 0
    show(("order", "since", "fault"), rows)
    return 0
