"""How long a learner waits: ``python -m workshop bench``.

Every figure is beside its limit, which is measured in the same run: the same work in one process
without the local cloud, or a plain ``sam deploy``. A ratio says how far they are apart, on any
machine. Nothing is stored.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psutil
from rich.table import Table

from workshop import localcloud
from workshop.aws import deployment, sam
from workshop.aws.stack import STACK_NAME, Stack
from workshop.aws.target import Target, connect
from workshop.commands.console import console, waiting
from workshop.course.application import FINISHED
from workshop.orders import client as orders
from workshop.paths import ROOT, program

MANY = Path(__file__).with_name("benchmark_app")
MODULE = FINISHED.modules / "status.py"
ORDERS, STEPS, ITEMS, DEPLOYMENTS = 9, 300, 1000, 3
POSTING_THREADS = 10
READING_SECONDS = 5  # between two deployments a learner reads, and the next SAM CLI starts


class Figure(NamedTuple):
    """One figure: seconds (or megabytes), its limit, what that is, and the ratio we want."""

    name: str
    value: float
    limit: float | None = None
    beside: str = ""
    goal: float | None = None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m workshop bench", description=__doc__)
    parser.add_argument("--clone", action="store_true", help="also time a fresh clone")
    options = parser.parse_args()
    figures: list[Figure] = []
    try:
        with waiting("measuring") as show:
            for figure in measure(fresh_clone=options.clone):
                show(f"measured {figure.name}")
                figures.append(figure)
    finally:
        localcloud.stop()
    console.print(report(figures))


def measure(*, fresh_clone: bool) -> Iterator[Figure]:
    """Yield each figure when it is known."""
    if fresh_clone:
        yield Figure("clone to the first completed order", clone_to_first_order())
    localcloud.reset()
    target = connect("local")
    stack = deployment.deploy(target)
    ours, plain = changed_code_to_deployed(stack)
    yield Figure("changed code to deployed", ours, plain, "plain sam deploy", 0.6)
    limits = in_process()
    at_once(stack, 1)
    warm = statistics.median(at_once(stack, 1) for _ in range(ORDERS))
    yield Figure("one order, warm", warm, limits["order"], "in process", 1.0)
    with memory_peak() as peak:
        for count in (30, 100):
            seconds = at_once(stack, count)
            limit = count * limits["order_cpu"] / (os.cpu_count() or 1)
            yield Figure(f"{count} orders at once", seconds, limit, "their CPU over the cores", 1.1)
    yield from many(target, limits)
    yield Figure("MB of memory, with 100 orders at once", peak[0])
    localcloud.stop()
    localcloud.start()
    yield Figure("MB of memory, idle", memory_megabytes())


def in_process() -> dict[str, float]:
    """Return the seconds of the same work in one process: {order, order_cpu, steps, items}."""
    command = [sys.executable, "-m", "workshop.commands.benchmark_in_process"]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    limits: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return limits


def many(target: Target, limits: dict[str, float]) -> Iterator[Figure]:
    """Yield the figures of a function with many steps in a row, and of a large map."""
    sam_deploys(target, MANY, "bench-many")
    function = "bench-many-many:live"

    def invoked(**event: int) -> float:
        started = time.perf_counter()
        answer = target.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        assert json.load(answer["Payload"]) == sum(event.values())
        return time.perf_counter() - started

    invoked(steps=1)
    yield Figure(f"{STEPS} steps in a row", invoked(steps=STEPS), limits["steps"], "in process")
    yield Figure(f"a map of {ITEMS} items", invoked(items=ITEMS), limits["items"], "in process")


def sam_deploys(target: Target, folder: Path, name: str) -> None:
    """Deploy a folder as a person does, by a plain `sam deploy`."""
    command = ["deploy", "--stack-name", name, "--resolve-s3", "--region", target.region]
    command += ["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"]
    environment = target.environment | {"SAM_CLI_TELEMETRY": "0"}
    subprocess.run(
        [str(program("sam", "sam")), *command],
        cwd=folder, env=environment, check=True, capture_output=True,
    )  # fmt: skip


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


def changed_code_to_deployed(stack: Stack) -> tuple[float, float]:
    """Return the seconds to deploy a change of one module: ours, and those of a plain SAM CLI."""
    ways: tuple[Callable[[], object], ...] = (
        lambda: deployment.deploy(stack.target),
        lambda: sam_deploys(stack.target, ROOT, STACK_NAME),
    )
    seconds: tuple[list[float], ...] = ([], [])
    original = MODULE.read_text(encoding="utf-8")
    try:
        for number in range(DEPLOYMENTS):
            for way, deploy in enumerate(ways):
                sam.prepare(stack.target)
                MODULE.write_text(f"{original}\n# change {number}.{way}\n", encoding="utf-8")
                time.sleep(READING_SECONDS)
                started = time.perf_counter()
                deploy()
                seconds[way].append(time.perf_counter() - started)
    finally:
        MODULE.write_text(original, encoding="utf-8")
    return statistics.median(seconds[0]), statistics.median(seconds[1])


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


def report(figures: list[Figure]) -> Table:
    """Return the figures as a table."""
    table = Table("figure", "now", "limit", "which is", "ratio", "goal")
    table.title = "How long a learner waits"
    for name, value, limit, beside, goal in figures:
        unit = "MB" if name.startswith("MB") else "s"
        table.add_row(
            name,
            f"{value:.2f} {unit}" if unit == "s" else f"{value:.0f} {unit}",
            f"{limit:.2f} s" if limit else "",
            beside,
            f"{value / limit:.2f}" if limit else "",
            f"≤ {goal:.1f}" if goal else "",
        )
    return table


if __name__ == "__main__":
    main()
