"""Side by side: the invocations of the function for one order, or two orders.

A replay is hard to imagine and easy to see: the next invocation takes the result of
an operation from its checkpoint.
"""

from __future__ import annotations

from workshop.display import Table
from workshop.notebook.results import Processed, id_of
from workshop.notebook.session import stack
from workshop.notebook.timeline.runs import MARKS, Span, mark, rests, spans
from workshop.orders import comparison, history
from workshop.orders.history import Operation, Run

CAPTION = "Read down a column: each invocation starts at the first line of the handler."


def invocations(order: Processed | str) -> Table:
    """Show what each invocation of the function did for an order, one column for each."""
    return of(_run(order))


def compare(first: Processed | str, second: Processed | str) -> Table:
    """Show two orders beside each other, operation by operation, and in what they differ."""
    runs = _run(first), _run(second)
    rows = [pair.row for pair in comparison.compare(*runs)]
    return Table("Two orders", comparison.HEADINGS, rows, comparison.summary(*runs))


def of(run: Run) -> Table:
    """Return the table of a run: a row for each operation, a column for each invocation."""
    columns = spans(run)
    headings = ["operation", *(f"invocation {number}" for number in range(1, len(columns) + 1))]
    rows = [
        (operation.name, *(_cell(operation, span) for span in columns))
        for operation in run.operations
    ]
    count = f"{len(columns)} invocation{'s' if len(columns) != 1 else ''}"
    return Table(f"One order, {count} of the function", headings, rows, CAPTION)


def _cell(operation: Operation, span: Span) -> str:
    kind = mark(operation, span)
    return f"{MARKS[kind]} {_words(kind, operation, span)}"


def _words(kind: str, operation: Operation, span: Span) -> str:
    if kind == "skipped":
        return "wait is over" if rests(operation) else "result from the checkpoint"
    if not kind:
        return "not reached"
    if rests(operation):
        return "starts; the invocation ends"
    ended = [n for n, attempt in enumerate(operation.tries, 1) if span.covers(attempt.ended_at)]
    if not ended:
        return "started, no result saved"
    number = ended[-1]
    failed = bool(operation.tries[number - 1].error)
    return f"attempt {number} {'failed' if failed else 'succeeded, result saved'}"


def _run(order: Processed | str) -> Run:
    return order.run if isinstance(order, Processed) else history.of(stack(), id_of(order))
