"""What a timeline shows of one order, as plain data for a widget, a picture or text.

Seconds count from the start of the execution, with the times in its history.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from workshop.notebook.timeline import runs, sentences
from workshop.orders import prices
from workshop.orders.contract import OPERATIONS, REVIEWS, UNDOES, phase
from workshop.orders.history import RETRYING, RUNNING, Operation, Run
from workshop.orders.wording import plain

GLYPHS = {
    "to come": "○",
    "running": "▶",
    "waiting": "⏸",
    "retrying": "↻",
    "done": "✔",
    "refused": "⊘",
    "failed": "✘",
    "timed out": "✘",
    "compensated": "↩",
    "stopped": "■",
    "cancelled": "■",
}


class Row(TypedDict):
    """One operation. ``runs`` holds what each invocation did with it: a key of MARKS."""

    id: str
    name: str
    phase: str
    kind: str
    state: str
    glyph: str
    word: str
    start: float | None
    end: float | None
    runs: list[str]
    detail: list[str]


class Ran(TypedDict):
    """One invocation. ``did`` and ``skipped`` name operations; no end while it runs."""

    number: int
    start: float
    end: float | None
    error: str
    did: list[str]
    skipped: list[str]


class Meter(TypedDict):
    """One figure, as text."""

    name: str
    value: str


class View(TypedDict):
    """All that is shown of one order. ``seconds`` is the length of the time axis.

    ``status`` is from the status API or, without its response, the state of the execution;
    ``heading`` says which.
    """

    orderId: str
    state: str
    heading: str
    status: str
    sentence: str
    ended: bool
    busy: bool
    pending: str
    seconds: float
    rows: list[Row]
    runs: list[Ran]
    meters: list[Meter]


def parts(seen: View) -> dict[str, Any]:
    """Return a view in the parts that a drawing gets, each of which may change by itself."""
    names = ("orderId", "state", "heading", "status", "sentence", "seconds")
    head = {name: seen[name] for name in names}  # type: ignore[literal-required]
    return {"head": head, "rows": seen["rows"], "runs": seen["runs"], "meters": seen["meters"]}


def make(
    order_id: str,
    run: Run | None,
    order: Mapping[str, Any] | None,
    memory_megabytes: int,
    now: datetime | None = None,
) -> View:
    """Return the view of an order from its run, the status API's response, and its memory.

    What still runs extends to ``now``; without ``now``, to the last event.
    """
    rows = [_row(operation, run) for operation in run.operations] if run else []
    spans = runs.spans(run) if run else []
    end = _horizon(run, now) if run else None
    state = run.state if run else "not started"
    return {
        "orderId": order_id,
        "state": state,
        "heading": "Status" if order else "Execution",
        "status": str(order["status"]) if order else state,
        "sentence": sentences.about(run, order),
        "ended": run is not None and run.state != RUNNING,
        "busy": is_busy(run),
        "pending": pending.name if run and (pending := pending_callback(run)) else "",
        "seconds": _since(run, end) or 0.0 if run else 0.0,
        "rows": rows + [_to_come(name, len(spans)) for name in to_come(run)],
        "runs": [_ran(number, span, run) for number, span in enumerate(spans, 1) if run],
        "meters": _meters(run, end, memory_megabytes) if run and end else [],
    }


def is_busy(run: Run | None) -> bool:
    """Return whether the function runs now, according to the history."""
    if run is None or run.state != RUNNING:
        return False
    resting = [o for o in run.all_operations if _state(o, run) in ("waiting", "retrying")]
    return not resting or runs.spans(run)[-1].end is None


def pending_callback(run: Run) -> Operation | None:
    """Return the callback that the order waits for, or None."""
    for operation in run.all_operations:
        if run.state == RUNNING == operation.state and operation.callback_id:
            return operation
    return None


def to_come(run: Run | None) -> tuple[str, ...]:
    """Return the operations to come; none if the order no longer follows the usual way."""
    if run is None:
        return OPERATIONS
    names = tuple(name for name in run.names if name not in REVIEWS)
    on_its_way = run.state == RUNNING and names == OPERATIONS[: len(names)]
    return OPERATIONS[len(names) :] if on_its_way else ()


def _row(operation: Operation, run: Run) -> Row:
    state = _state(operation, run)
    return {
        "id": operation.id,
        "name": operation.name,
        "phase": phase(operation.name),
        "kind": operation.kind,
        "state": state,
        "glyph": GLYPHS[state],
        "word": _word(operation, state),
        "start": _since(run, operation.started_at),
        "end": _since(run, operation.ended_at) if operation.state != RETRYING else None,
        "runs": [runs.mark(operation, span) for span in runs.spans(run)],
        "detail": _detail(operation, run),
    }


def _to_come(name: str, runs: int) -> Row:
    return {
        "id": name,
        "name": name,
        "phase": phase(name),
        "kind": "",
        "state": "to come",
        "glyph": GLYPHS["to come"],
        "word": "to come",
        "start": None,
        "end": None,
        "runs": [""] * runs,
        "detail": ["It has not begun."],
    }


def _state(operation: Operation, run: Run) -> str:
    if operation.state == RUNNING != run.state:
        return "stopped"
    if operation.state == RUNNING:
        return "waiting" if _waits(operation) else "running"
    if operation.state != "succeeded":
        return operation.state
    if isinstance(operation.result, dict) and operation.result.get("refused"):
        return "refused"
    undone = any(
        UNDOES.get(other.name) == operation.name and other.state == "succeeded"
        for other in run.operations
    )
    return "compensated" if undone else "done"


def _waits(operation: Operation) -> bool:
    return runs.rests(operation) or any(_waits(o) for o in operation.children if o.state == RUNNING)


def _word(operation: Operation, state: str) -> str:
    if state == "retrying":
        return f"retrying, attempt {operation.attempts + 1} is next"
    return f"{state}, attempt {operation.attempts}" if operation.attempts > 1 else state


def _detail(operation: Operation, run: Run) -> list[str]:
    """Return the lines that a click on the operation shows."""
    lines = [
        f"Attempt {number} failed: {attempt.error}"
        for number, attempt in enumerate(operation.tries, 1)
        if attempt.error
    ]
    if operation.wait_seconds is not None:
        lines.append(f"A wait of {operation.wait_seconds} s.")
    elif operation.children:
        lines += [f"{child.name}: {_state(child, run)}" for child in operation.children]
    elif operation.result is not None:
        lines.append(f"Result: {plain(operation.result)}")
    return lines or ["It has no result yet." if operation.ended_at is None else "It has no result."]


def _ran(number: int, span: runs.Span, run: Run) -> Ran:
    marks = {operation.name: runs.mark(operation, span) for operation in run.operations}
    return {
        "number": number,
        "start": _since(run, span.start) or 0.0,
        "end": _since(run, span.end),
        "error": span.error,
        "did": [name for name, mark in marks.items() if mark == "did"],
        "skipped": [name for name, mark in marks.items() if mark == "skipped"],
    }


def _horizon(run: Run, now: datetime | None) -> datetime:
    if run.execution.ended_at:
        return run.execution.ended_at
    last = max([*runs.moments(run), *(invocation.ended_at for invocation in run.invocations)])
    return max(last, now) if now else last


def _since(run: Run, moment: datetime | None) -> float | None:
    return round((moment - run.execution.started_at).total_seconds(), 3) if moment else None


def _meters(run: Run, end: datetime, memory_megabytes: int) -> list[Meter]:
    wall = (end - run.execution.started_at).total_seconds()
    spans = runs.spans(run)
    compute = sum(((span.end or end) - span.start).total_seconds() for span in spans)
    crashed = sum(1 for invocation in run.invocations if invocation.error)
    cents = prices.cost(run, memory_megabytes) * 100
    figures = {
        "from start to end" if run.execution.ended_at else "since the start": f"{wall:.2f} s",
        "compute": f"{compute:.2f} s",
        "waiting": f"{max(wall - compute, 0):.2f} s",
        "invocations": f"{len(spans)}" + (f", {crashed} crashed" if crashed else ""),
        "durable operations": str(prices.durable_operations(run)),
        f"cost on AWS, prices of {prices.DATE}": f"{cents:.4f} cents",
    }
    return [{"name": name, "value": value} for name, value in figures.items()]
