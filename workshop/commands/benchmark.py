"""How long a learner waits: ``python -m workshop bench``.

Every figure is beside that of the prototype: the same parts, not optimized, on a quiet machine with
two cores. A ratio below 1 is faster.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psutil
from rich.table import Table

from workshop import localcloud
from workshop.aws import deployment
from workshop.aws.stack import Stack
from workshop.aws.target import connect
from workshop.commands.console import console, waiting
from workshop.course.application import FINISHED
from workshop.orders import client as orders
from workshop.paths import ROOT

PROTOTYPE = {
    "changed code to deployed": 15.6,
    "one order, warm": 0.63,
    "30 orders at once, cold": 15.6,
    "30 orders at once, warm": 4.7,
    "100 orders at once, warm": 14.8,
}
MODULE = FINISHED.modules / "status.py"
POSTING_THREADS = 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m workshop bench", description=__doc__)
    parser.add_argument("--clone", action="store_true", help="also time a fresh clone")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    try:
        with waiting("measuring") as show:
            for name, value in measure(fresh_clone=options.clone):
                show(f"measured {name}")
                figures[name] = value
    finally:
        localcloud.stop()
    console.print(report(figures))


def measure(*, fresh_clone: bool) -> Iterator[tuple[str, float]]:
    """Yield each figure when it is known: seconds, or megabytes if its name says so."""
    if fresh_clone:
        yield "clone to the first completed order", clone_to_first_order()
    localcloud.reset()
    target = connect("local")
    stack = deployment.deploy(target)
    yield "changed code to deployed", changed_code_to_deployed(stack)
    at_once(stack, 1)
    yield "one order, warm", statistics.median(at_once(stack, 1) for _ in range(9))
    localcloud.stop()
    localcloud.start()
    with memory_peak() as peak:
        yield "30 orders at once, cold", at_once(stack, 30)
        yield "30 orders at once, warm", statistics.median(at_once(stack, 30) for _ in range(3))
        yield "100 orders at once, warm", at_once(stack, 100)
    yield "MB of memory at that peak", peak[0]
    localcloud.stop()
    localcloud.start()
    yield "MB of memory, idle", memory_megabytes()


def at_once(stack: Stack, count: int) -> float:
    """Return the seconds from the first POST until the last of ``count`` orders is completed."""
    started = time.time()
    with ThreadPoolExecutor(POSTING_THREADS) as threads:
        order_ids = list(
            threads.map(lambda _: orders.submit(stack, orders.example()), range(count))
        )
    ended = [orders.wait(stack, order_id, timeout_seconds=120) for order_id in order_ids]
    lost = [order for order in ended if order["status"] != "completed"]
    assert not lost, f"{len(lost)} orders did not complete"
    last = max(datetime.fromisoformat(order["lastUpdated"]) for order in ended)
    return last.timestamp() - started


def changed_code_to_deployed(stack: Stack) -> float:
    """Return the seconds to deploy after a change of one module, the middle of three."""
    original = MODULE.read_text(encoding="utf-8")
    seconds = []
    try:
        for number in range(3):
            MODULE.write_text(f"{original}\n# change {number}\n", encoding="utf-8")
            started = time.perf_counter()
            deployment.deploy(stack.target)
            seconds.append(time.perf_counter() - started)
    finally:
        MODULE.write_text(original, encoding="utf-8")
    return statistics.median(seconds)


def clone_to_first_order() -> float:
    """Return the seconds that the first `order` takes in a new clone, downloads included."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)  # noqa: S607
        ours = ("WORKSHOP_", "VIRTUAL_ENV", "PYTHONPATH")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        python = shutil.which("python3") or sys.executable
        started = time.perf_counter()
        subprocess.run(
            [python, "-m", "workshop", "order"],
            cwd=clone, env=environment, check=True, capture_output=True,
        )  # fmt: skip
        seconds = time.perf_counter() - started
        subprocess.run(
            [python, "-m", "workshop", "stop"],
            cwd=clone, env=environment, check=True, capture_output=True,
        )  # fmt: skip
    return seconds


@contextmanager
def memory_peak() -> Iterator[list[float]]:
    """Yield a list whose only item is the most memory that the local cloud used in the block."""
    peak, done = [0.0], threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            peak[0] = max(peak[0], memory_megabytes())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def memory_megabytes() -> float:
    """Return the local cloud's memory now, functions included, with shared pages only once."""
    pid = localcloud.supervisor_pid()
    if pid is None:
        return 0.0
    process = psutil.Process(pid)
    total = 0
    for each in [process, *process.children(recursive=True)]:
        try:
            total += each.memory_full_info().uss
        except psutil.Error:
            continue  # it ended a moment ago
    return total / 1e6


def report(figures: dict[str, float]) -> Table:
    """Return the figures as a table."""
    table = Table("figure", "now", "prototype", "ratio", title="How long a learner waits")
    for name, value in figures.items():
        unit = "MB" if name.startswith("MB") else "s"
        before = PROTOTYPE.get(name)
        table.add_row(
            name,
            f"{value:.2f} {unit}" if unit == "s" else f"{value:.0f} {unit}",
            f"{before:.2f} s" if before else "",
            f"{value / before:.2f}" if before else "",
        )
    return table


if __name__ == "__main__":
    main()
