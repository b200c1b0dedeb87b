"""The events of a history: which kind of operation each is about, and what happened to it."""

from __future__ import annotations

KINDS = ("Execution", "Context", "Wait", "Step", "ChainedInvoke", "Callback")
PAUSES = ("ExecutionPaused", "ExecutionResumed")  # an operator's, which change no operation


def split(event_type: str) -> tuple[str, str]:
    """Return ``("Step", "Succeeded")`` for ``"StepSucceeded"``.

    Raises:
        StopIteration: It is about no operation, such as ``InvocationCompleted``.
    """
    kind = next(kind for kind in KINDS if event_type.startswith(kind))
    return kind, event_type.removeprefix(kind)
