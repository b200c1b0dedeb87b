"""What one order costs on AWS: a price table with its date, and a sum.

The prices are Lambda's in us-east-2, on x86, in the first tier and without the free tier, on DATE,
from pages that quote SOURCE. SOURCE has today's.
"""

from __future__ import annotations

import math
from decimal import Decimal

from workshop.orders.history import Run

DATE = "2026-11-23"
SOURCE = "https://aws.amazon.com/lambda/pricing/"
# In dollars.
DURABLE_OPERATION = Decimal(8) / 1_000_000
REQUEST = Decimal("0.20") / 1_000_000
GIGABYTE_SECOND = Decimal("0.0000166667")
GIGABYTE_WRITTEN = Decimal("0.25")  # for what durable operations store
GIGABYTE_MONTH = Decimal("0.15")  # to keep it
MEGABYTES = 1024


def cost(run: Run, memory_megabytes: int) -> Decimal:
    """Return the dollars for compute, requests and durable operations of one order so far.

    Without the data that Lambda stores for the order, the tables, the API, the logs, and the start
    of a new process. Compute is that of the history; on the local cloud, this machine's.
    """
    compute = billed_seconds(run) * memory_megabytes / MEGABYTES * GIGABYTE_SECOND
    return compute + len(run.invocations) * REQUEST + durable_operations(run) * DURABLE_OPERATION


def billed_seconds(run: Run) -> Decimal:
    """Return the seconds of compute on the bill: each invocation, rounded up to a millisecond."""
    took = (invocation.ended_at - invocation.started_at for invocation in run.invocations)
    return sum((Decimal(math.ceil(t.total_seconds() * 1000)) for t in took), Decimal(0)) / 1000


def durable_operations(run: Run) -> int:
    """Return the number of durable operations as AWS counts them.

    The start of the execution is one, and so is each operation, each retry, and each invocation
    after a crash.
    """
    attempts = sum(max(operation.attempts, 1) for operation in run.all_operations)
    crashes = sum(1 for invocation in run.invocations if invocation.error)
    return 1 + attempts + crashes
