"""The person outside, in a check: answers each callback of an order once, when it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

Answer = Callable[[Any, str], None]
POLL_SECONDS = 0.01


def answer_each(runner: Any, load: Callable[[], Any], answer: Answer) -> None:
    """Call `answer` with the runner and each callback's id, until the execution has ended.

    `load` returns the execution as the runner's store has it.
    """
    known: set[str] = set()
    while not (execution := load()).is_complete:
        for callback_id in _open(list(execution.operations)):
            if callback_id not in known:
                known.add(callback_id)
                answer(runner, callback_id)
        threading.Event().wait(POLL_SECONDS)


def _open(operations: list[Any]) -> Iterator[str]:
    """Return the callbacks that are open while no step runs: the submitter has asked then."""
    if any(each.operation_type.value == "STEP" and not _ended(each) for each in operations):
        return
    for each in operations:
        if each.operation_type.value == "CALLBACK" and not _ended(each):
            yield each.callback_details.callback_id


def _ended(operation: Any) -> bool:
    return operation.status.value not in ("STARTED", "PENDING", "READY")
