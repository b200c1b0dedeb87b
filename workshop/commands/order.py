"""`order`: process one order and show its operations live."""

from __future__ import annotations

import argparse
import time

from rich.live import Live

from workshop import escape, localcloud
from workshop.aws import deployment
from workshop.aws.stack import Stack
from workshop.aws.target import connect
from workshop.commands.console import console, waiting
from workshop.commands.deploy_progress import deploying
from workshop.commands.live_table import table
from workshop.orders import client as orders
from workshop.orders import history
from workshop.orders.contract import OPERATIONS

LAST_WRITE_SECONDS = 60  # the execution has ended; the last status follows


def run(arguments: list[str]) -> int:
    """Deploy if needed, send one order, show its operations as they happen, then the order."""
    options = parse(arguments)
    with waiting("starting the local cloud" if options.target == "local" else "") as show:
        target = connect(options.target, on_wait=show)
    if options.clock and options.target == "local":
        localcloud.set_clock(options.clock)
    with deploying("deploying") as bar:
        stack = deployment.ensure(target, show=bar)
    order = orders.example(
        price=options.price,
        quantity=options.quantity,
        product_id=options.product,
        customer_id=options.customer,
        payment_token=options.token,
    )
    started = time.perf_counter()
    order_id = orders.submit(stack, order)
    console.print(f"Order {order_id} was accepted.")
    follow(stack, order_id)
    ended = orders.wait(stack, order_id, timeout_seconds=LAST_WRITE_SECONDS)
    console.print(f"It ended after {time.perf_counter() - started:.2f} s:")
    console.print_json(data=escape.data(ended))
    return 0


def follow(stack: Stack, order_id: str) -> None:
    """Draw the order's operations until its execution has ended."""
    with Live(table(None, OPERATIONS), console=console, auto_refresh=False) as live:
        for run in history.watch(stack, order_id):
            live.update(table(run, OPERATIONS), refresh=True)
    console.print()


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the order to send; without options, 2 × 45.99."""
    parser = argparse.ArgumentParser("python -m workshop order", description=__doc__)
    parser.add_argument("--price", type=float, default=45.99, help="of one piece (45.99)")
    parser.add_argument("--quantity", type=int, default=2, help="how many pieces (2)")
    parser.add_argument("--product", default="sku-mug", help="for example sku-out-of-stock")
    parser.add_argument("--customer", default="cust-ada", help="for example cust-fraud")
    parser.add_argument("--token", default="tok_ok", help="for example tok_declined")
    parser.add_argument("--clock", choices=("skip", "real"), help="of the local cloud")
    parser.add_argument("--target", choices=("local", "aws"), default="local")
    return parser.parse_args(arguments)
