"""The contract of an order, as the finished application has it in `modules/contract.py`."""

from __future__ import annotations

import runpy

from workshop.course.application import FINISHED

_contract = runpy.run_path(str(FINISHED.modules / "contract.py"))

OPERATIONS: tuple[str, ...] = _contract["OPERATIONS"]
STEPS: tuple[str, ...] = _contract["STEPS"]
STATUSES: dict[str, int] = _contract["STATUSES"]
UNDOES: dict[str, str] = _contract["UNDOES"]
ENDING: tuple[str, ...] = _contract["ENDING"]
ENDED = {"completed", *_contract["CLOSED"]}
COMPENSATION = "compensation"
REVIEWS: tuple[str, ...] = tuple(operation.name for operation in _contract["REVIEWS"])
_phases: dict[str, str] = {
    operation.name: operation.phase for operation in (*_contract["TABLE"], *_contract["REVIEWS"])
}


def phase(operation: str) -> str:
    """Return an operation's phase, "compensation", or "other" if the contract lacks it."""
    if operation in UNDOES or operation in ENDING:
        return COMPENSATION
    return _phases.get(operation, "other")


def until(operation: str) -> tuple[str, ...]:
    """Return the operations of an order that goes well, up to this one and with it."""
    return OPERATIONS[: OPERATIONS.index(operation) + 1]


def statuses_until(operation: str) -> tuple[str, ...]:
    """Return the statuses that the processor has written once this operation is done."""
    last = len(until(operation))
    return tuple(status for status, done in STATUSES.items() if 0 < done <= last)
