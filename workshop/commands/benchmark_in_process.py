"""The limits of a benchmark: the same work in one process, without the local cloud.

`python -m workshop.commands.benchmark_in_process` prints JSON: seconds, and seconds of CPU, of one
order; seconds of the steps in a row and of the map. AWS's in-process runner runs them, on tables in
memory, and the clock skips.
"""

from __future__ import annotations

import importlib
import json
import secrets
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from workshop.commands.benchmark import ITEMS, MANY, ORDERS, STEPS
from workshop.course.application import FINISHED
from workshop.exercises import check_runner
from workshop.orders import client


def main() -> None:
    """Measure each, after one that is not counted, and print the medians."""
    sys.path[:0] = [str(FINISHED.modules), str(MANY / "functions")]
    check_runner.prepare()
    many: Any = importlib.import_module("many")
    workflow: Any = importlib.import_module("workflow")

    def order() -> None:
        order_id = f"ord-{secrets.token_hex(16)}"
        _run(workflow.handler, {"orderId": order_id, **client.example()})

    order()
    orders = [_measured(order) for _ in range(ORDERS)]
    print(
        json.dumps(
            {
                "order": statistics.median(seconds for seconds, _ in orders),
                "order_cpu": statistics.median(cpu for _, cpu in orders),
                "steps": _measured(lambda: _run(many.handler, {"steps": STEPS}))[0],
                "items": _measured(lambda: _run(many.handler, {"items": ITEMS}))[0],
            }
        )
    )


def _run(handler: Callable[..., Any], event: dict[str, Any]) -> None:
    from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

    with DurableFunctionTestRunner(handler, poll_interval=0.01) as runner:
        result = runner.run(input=json.dumps(event), execution_timeout=600)
    assert result.execution_status.value == "SUCCEEDED", result.error


def _measured(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds and the seconds of CPU of some work."""
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - cpu


if __name__ == "__main__":
    main()
