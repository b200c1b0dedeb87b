"""One order, seen from outside: its operations, its stored item and its partners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workshop.aws.stack import Stack
from workshop.display import Table
from workshop.errors import WorkshopError
from workshop.orders import history
from workshop.orders.history import Operation, Run, short_error
from workshop.orders.wording import WORDS, plain


@dataclass(frozen=True)
class Processed:
    """An order whose processing has ended. A notebook shows it as the table of its operations."""

    stack: Stack
    order_id: str
    run: Run

    @property
    def state(self) -> str:
        """How the execution ended: succeeded or failed."""
        return self.run.state

    @property
    def operations(self) -> list[str]:
        """The names of its operations, in order."""
        return self.run.names

    @property
    def invocations(self) -> int:
        """How often Lambda invoked the function for it."""
        return len(self.run.invocations)

    @property
    def result(self) -> Any:
        """What the handler returned."""
        return self.run.execution.result

    @property
    def error(self) -> str:
        """Why the execution failed; empty if it did not."""
        return self.run.execution.error

    def result_of(self, operation: str) -> Any:
        """Return the checkpointed result of one operation."""
        if operation not in self.operations:
            raise WorkshopError(
                f"This order has no operation '{operation}'.",
                f"It has: {', '.join(self.operations) or 'none'}.",
            )
        return self.run.find(operation).result

    def _table(self) -> Table:
        rows = [
            (str(number), *_cells(operation))
            for number, operation in enumerate(self.run.operations, 1)
        ]
        headings = ("#", "operation", "kind", "state", "attempts", "result")
        return Table(f"The execution {self.state}", headings, rows, _caption(self.run))

    def __repr__(self) -> str:
        return repr(self._table())

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()


def id_of(order: Processed | str) -> str:
    """Return the id of an order, or an id as it is. Raises ``WorkshopError`` for other values."""
    if isinstance(order, Processed):
        return order.order_id
    if not isinstance(order, str):
        raise WorkshopError(
            f"{order!r} is not an order.", 'Give an order, or its id, such as "ord-…".'
        )
    return order


def _cells(operation: Operation) -> tuple[str, str, str, str, str]:
    attempts = str(operation.attempts) if operation.kind == "step" else ""
    if operation.wait_seconds is not None:
        outcome = f"{operation.wait_seconds} s"
    elif operation.children and not operation.error:
        outcome = ", ".join(child.name for child in operation.children)
    else:
        outcome = short_error(operation.error) or plain(operation.result)
    state = WORDS.get(operation.state, operation.state)
    return operation.name, operation.kind, state, attempts, outcome


def _caption(run: Run) -> str:
    count = len(run.invocations)
    crashed = sum(1 for invocation in run.invocations if invocation.error)
    times = f"{count} time{'s' if count != 1 else ''}"
    died = f", and {crashed} of these invocations crashed" if crashed else ""
    last = run.invocations[-1].error if crashed and run.state == "timed out" else ""
    cause = run.execution.error or last
    error = f" Its error: {short_error(cause)}" if cause else ""
    return f"Lambda invoked the function {times}{died}.{error}"


def follow(
    stack: Stack,
    order_id: str,
    *,
    timeout_seconds: float = 900,
    show: Callable[[Run], None] = lambda _: None,
    what: str = "order",
    again: str = "",
) -> Processed:
    """Wait for the end of an order's execution; call ``show`` with each change of its run.

    Raises ``WorkshopError`` if you interrupt it, or if the function exceeds its timeout. If it is
    no order, ``what`` says what it is, and ``again`` how to wait for it again.
    """
    try:
        for run in history.watch(stack, order_id, timeout_seconds=timeout_seconds):
            _expect_to_end(run, order_id)
            show(run)
    except KeyboardInterrupt:
        raise WorkshopError(
            f"You stopped waiting. The {what} keeps running.",
            again or f'To wait again: follow("{order_id}"). To look at it: watch("{order_id}").',
        ) from None
    return Processed(stack, order_id, run)


def expect_known(stack: Stack, order_id: str) -> None:
    """Raise ``WorkshopError`` if an order is neither stored nor processed: it will not come."""
    if history.find_execution(stack, order_id) is None and not record(stack, order_id):
        raise WorkshopError(
            f"Order {order_id} does not exist.",
            "Is this the whole id? `make reset` deletes earlier orders.",
        )


def _expect_to_end(run: Run, order_id: str) -> None:
    """Raise ``WorkshopError`` if Lambda would only retry until ``ExecutionTimeout``.

    So it is after a timeout, and if the function cannot be loaded.
    """
    last = run.invocations[-1] if run.invocations else None
    if run.state != history.RUNNING or last is None:
        return
    again = (
        "Correct it and deploy again. This order keeps its old code, and Lambda invokes it again "
        f'and again; to end it: watch("{order_id}"), "Stop the execution".'
    )
    if not last.is_loaded:
        raise WorkshopError(f"Lambda cannot load your function: {last.error}.", again)
    if "Timedout" not in last.error:
        return
    took = (last.ended_at - last.started_at).total_seconds()
    place = run.names[-1] if run.names else "its first operation"
    raise WorkshopError(
        f"Lambda stopped your function after {took:.0f} s, its Timeout, at or after {place}. "
        "Is there a loop that never ends, or a long sleep?",
        again,
    )


def record(stack: Stack, order_id: str) -> dict[str, Any]:
    """Return the stored order; empty if it does not exist."""
    table = stack.target.table(stack.outputs["OrdersTableName"])
    return dict(table.get_item(Key={"orderId": order_id}, ConsistentRead=True).get("Item", {}))
