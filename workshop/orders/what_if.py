"""What an order costs and how much of its quotas it uses, with other waits, sizes and volumes.

The prices are those of `workshop/orders/prices.py`, with their date. Everything else is read from
the history of one order, and multiplied.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal

from workshop.aws.stack import Stack
from workshop.errors import WorkshopError
from workshop.orders import history, prices
from workshop.orders.history import Event, Operation, Run

HEADINGS = ("what", "as it was", "what if")
PAYLOADS = ("Input", "Result", "Error")
ORDERS_A_MONTH = 1_000_000
DEFAULT_RETENTION_DAYS = 14
DAY_SECONDS = 86_400
MONTH_SECONDS = 30 * DAY_SECONDS
# AWS's limits, as the local cloud enforces them.
OPERATIONS = 3000
PAYLOAD_BYTES = 1024 * 1024
EXECUTION_BYTES = 100 * PAYLOAD_BYTES
SAFE_PAYLOAD_BYTES = 256 * 1024  # published tests saw more refused


@dataclass(frozen=True)
class Settings:
    """How the function is configured, and how many orders there are in a month of 30 days."""

    memory_megabytes: int
    timeout_seconds: int
    retention_days: int
    orders_a_month: int = ORDERS_A_MONTH


@dataclass(frozen=True)
class Usage:
    """What one order uses. `stored_bytes` are by operation; the order's input is under ""."""

    settings: Settings
    run: Run
    stored_bytes: Mapping[str, int]
    waits: Mapping[str, int]
    largest_bytes: int

    @property
    def seconds(self) -> float:
        """From start to end, with these waits."""
        whole = self.run.execution
        end = whole.ended_at or max([whole.started_at, *(i.ended_at for i in self.run.invocations)])
        return (end - whole.started_at).total_seconds() + sum(map(self._longer, _waits(self.run)))

    @property
    def times_out_in(self) -> str:
        """The operation in which the execution reaches its timeout; empty if it does not."""
        if self.seconds <= self.settings.timeout_seconds:
            return ""
        later, last = 0.0, ""
        for operation in self.run.operations:
            begins = (operation.started_at - self.run.execution.started_at).total_seconds() + later
            if begins > self.settings.timeout_seconds:
                break
            last, later = operation.name, later + self._longer(operation)
        return last

    @property
    def costs(self) -> dict[str, Decimal]:
        """Return the dollars of all orders of a month, by what they are for."""
        settings, run = self.settings, self.run
        gigabytes = Decimal(sum(self.stored_bytes.values())) / 10**9
        days = Decimal(settings.retention_days)
        months = (Decimal(self.seconds) + days * DAY_SECONDS) / MONTH_SECONDS
        memory = Decimal(settings.memory_megabytes) / prices.MEGABYTES
        one = {
            "compute": prices.billed_seconds(run) * memory * prices.GIGABYTE_SECOND,
            "requests": len(run.invocations) * prices.REQUEST,
            "durable operations": prices.durable_operations(run) * prices.DURABLE_OPERATION,
            "data written": gigabytes * prices.GIGABYTE_WRITTEN,
            "data kept": gigabytes * months * prices.GIGABYTE_MONTH,
        }
        return {name: dollars * settings.orders_a_month for name, dollars in one.items()}

    def rows(self) -> dict[str, str]:
        """Return every figure as text, by its name."""
        settings, costs = self.settings, self.costs
        stored, largest = sum(self.stored_bytes.values()), self.largest_bytes
        at_once = settings.orders_a_month * self.seconds / MONTH_SECONDS
        count = prices.durable_operations(self.run)
        over = " – over 256 KiB" if largest > SAFE_PAYLOAD_BYTES else ""
        refused = f" – refused, over {PAYLOAD_BYTES:,}"
        end = f"times out in {self.times_out_in}" if self.times_out_in else "ends in time"
        return {
            "orders a month": f"{settings.orders_a_month:,}",
            **{f"{name}, a month": f"${dollars:,.2f}" for name, dollars in costs.items()},
            "all of that, a month": f"${sum(costs.values()):,.2f}",
            "durable operations of an order": f"{count:,} of {OPERATIONS:,}",
            "bytes stored for an order": f"{stored:,} of {EXECUTION_BYTES:,}",
            "its largest payload, in bytes": f"{largest:,}"
            + (refused if largest > PAYLOAD_BYTES else over),
            "waiting": f"{sum(self.waits.values()):,} s",
            "from start to end": f"{self.seconds:,.0f} s of {settings.timeout_seconds:,}: {end}",
            "orders in flight at a time": f"{at_once:,.0f}",
        }

    def _longer(self, operation: Operation) -> float:
        return self.waits.get(operation.name, 0) - (operation.wait_seconds or 0)


def usage(run: Run, events: Iterable[Event], settings: Settings) -> Usage:
    """Return what an order has used, according to its history."""
    stored = {"": 0}
    largest = 0
    for event in events:
        if event["EventType"] == "InvocationCompleted":
            continue  # its error is no checkpoint
        name = event.get("Name", "") if "Execution" not in event["EventType"] else ""
        size = _payload_bytes(event)
        stored[name], largest = stored.get(name, 0) + size, max(largest, size)
    waits = {operation.name: operation.wait_seconds or 0 for operation in _waits(run)}
    return Usage(settings, run, stored, waits, largest)


def read(stack: Stack, order_id: str, orders_a_month: int = ORDERS_A_MONTH) -> Usage:
    """Return what an order has used so far, with the settings of the deployed function."""
    arn = history.arn_of(stack, order_id)
    events = history.read_events(stack, arn)
    client = stack.target.client("lambda")
    found = client.get_function_configuration(FunctionName=stack.processor)
    durable = found["DurableConfig"]
    retention = durable.get("RetentionPeriodInDays", DEFAULT_RETENTION_DAYS)
    settings = Settings(found["MemorySize"], durable["ExecutionTimeout"], retention, orders_a_month)
    return usage(history.from_history(arn, events), events, settings)


def changed(
    was: Usage, settings: Settings, waits: Mapping[str, int], sizes: Mapping[str, int]
) -> Usage:
    """Return the usage with other settings, seconds by wait, and stored bytes by operation."""
    for given, known in ((waits, was.waits), (sizes, was.stored_bytes)):
        for name in given:
            if name not in known or not name:
                raise WorkshopError(
                    f"This order has no '{name}' like that.",
                    f"It has: {', '.join(filter(None, known))}.",
                )
            if given[name] < 0:
                raise WorkshopError(f"'{name}' cannot be negative.")
    stored, largest = {**was.stored_bytes, **sizes}, max([was.largest_bytes, *sizes.values()])
    return Usage(settings, was.run, stored, {**was.waits, **waits}, largest)


def with_settings(settings: Settings, given: Mapping[str, int]) -> Settings:
    """Return the settings with these changes; raise `WorkshopError` for what is no setting."""
    known = [field.name for field in fields(Settings)]
    for name, value in given.items():
        if name not in known or value < 1:
            raise WorkshopError(
                f"{name}={value} is no setting.", f"A number over 0 of: {', '.join(known)}."
            )
    return replace(settings, **given)


def table(was: Usage, then: Usage) -> list[tuple[str, str, str]]:
    """Return both usages as rows under `HEADINGS`."""
    one, other = was.rows(), then.rows()
    return [(name, value, other[name]) for name, value in one.items()]


def caption() -> str:
    """Say where the prices are from, and what they do not include."""
    return (
        f"Prices of {prices.DATE} in us-east-2, without the free tier, tables, API and logs. "
        f"Today's: {prices.SOURCE}"
    )


def _waits(run: Run) -> list[Operation]:
    return [operation for operation in run.operations if operation.wait_seconds is not None]


def _payload_bytes(event: Event) -> int:
    details = event.get(f"{event['EventType']}Details") or {}
    found = [(details.get(key) or {}).get("Payload") for key in PAYLOADS]
    texts = [text if isinstance(text, str) else json.dumps(text) for text in found if text]
    return sum(len(text.encode()) for text in texts)
