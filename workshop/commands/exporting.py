"""`export`: an order's timeline as one HTML file."""

from __future__ import annotations

import argparse

from workshop.aws import stack as stacks
from workshop.aws.target import connect
from workshop.commands.console import console
from workshop.notebook.timeline import export as exports


def export(arguments: list[str]) -> int:
    """Write an order's timeline to one HTML file, which only you can read."""
    parser = argparse.ArgumentParser("python -m workshop export", description=export.__doc__)
    parser.add_argument("order", help="the id of an order")
    parser.add_argument("file", nargs="?", default="", help="(my-work/exports/ORDER.html)")
    parser.add_argument("--target", choices=("local", "aws"), default="local")
    options = parser.parse_args(arguments)
    path = exports.of(stacks.get(connect(options.target)), options.order, options.file)
    console.print(f"Written: {path}", soft_wrap=True)
    return 0
