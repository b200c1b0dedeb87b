"""Replay tests: the histories of real executions against the code as it is now.

An execution waits, and you deploy. If it is not pinned to a version, Lambda invokes your new code
from its first line, and the SDK returns the checkpointed result of each operation that has ended.
A replay does the same in this process. Nothing is executed: it ends where the history does. It does
not look inside a map, a parallel or a child context.
"""

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn
from unittest.mock import patch

from aws_durable_execution_sdk_python.context import DurableContext
from aws_durable_execution_sdk_python.exceptions import (
    NonDeterministicExecutionError,
    SuspendExecution,
)
from aws_durable_execution_sdk_python.identifier import OperationIdentifier
from aws_durable_execution_sdk_python.lambda_service import Operation
from aws_durable_execution_sdk_python.plugin import PluginExecutor
from aws_durable_execution_sdk_python.state import (
    CheckpointedResult,
    ExecutionState,
    ReplayStatus,
)

KINDS = {
    "Step": ("STEP", "StepDetails"),
    "Wait": ("WAIT", "WaitDetails"),
    "Callback": ("CALLBACK", "CallbackDetails"),
    "ChainedInvoke": ("CHAINED_INVOKE", "ChainedInvokeDetails"),
    "Context": ("CONTEXT", "ContextDetails"),
}
STATUSES = {"TimedOut": "TIMED_OUT"}  # all others are the word of the event in capitals
ENDS = ("ExecutionSucceeded", "ExecutionFailed")  # a stop and a timeout come from outside
SOURCE = Path(__file__).parents[1] / "src"
CLIENT: Any = None  # nothing is ever sent
LAMBDA: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)


def first_misfit(history: Path, handler: Callable[..., Any]) -> str:
    """Return the first place at which a handler no longer fits a history; empty if it fits."""
    events = json.loads(history.read_text(encoding="utf-8"))["Events"]
    event = json.loads(events[0]["ExecutionStartedDetails"]["Input"]["Payload"])
    ended = next((e["EventType"] for e in events if e["EventType"] in ENDS), "")
    state = Recorded(operations_of(events), has_ended=bool(ended))
    status = ReplayStatus.REPLAY if state.recorded else ReplayStatus.NEW
    context = DurableContext.from_lambda_context(state, LAMBDA, status)
    function = handler.__wrapped__  # type: ignore[attr-defined]  # what the decorator wraps
    validate = OperationIdentifier.validate_checkpoint

    def validate_and_note(identifier: OperationIdentifier, found: Operation | None) -> None:
        try:
            validate(identifier, found)
        except NonDeterministicExecutionError:
            state.reject(identifier)

    with patch.object(OperationIdentifier, "validate_checkpoint", validate_and_note):
        try:
            function(event, context)
        except SuspendExecution:
            return state.misfit
        except Exception as error:  # noqa: BLE001 - whatever the code raises
            if not state.misfit and ended == "ExecutionSucceeded":
                state.misfit = f"the history succeeds, and the code raises {error!r}"
    return state.misfit or state.not_asked()


def operations_of(events: list[dict[str, Any]]) -> dict[str, Operation]:
    """Return the operations that a history tells of, by id, in the order in which they started."""
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        kind = next((kind for kind in KINDS if event["EventType"].startswith(kind)), "")
        if not kind:
            continue
        word = event["EventType"].removeprefix(kind)
        type_, details = KINDS[kind]
        told = event.get(f"{event['EventType']}Details") or {}
        retries = (told.get("RetryDetails") or {}).get("NextAttemptDelaySeconds")
        operation = found.setdefault(event["Id"], {"Id": event["Id"], details: {}})
        operation |= {
            "Type": type_,
            "Status": "PENDING" if retries else STATUSES.get(word, word.upper()),
            **{key: event.get(key) for key in ("Name", "SubType", "ParentId")},
        }
        values = {key: told[key]["Payload"] for key in ("Result", "Error") if _has(told, key)}
        operation[details] |= values
        if "CallbackId" in told:
            operation[details]["CallbackId"] = told["CallbackId"]
    return {id_: Operation.from_dict(each) for id_, each in found.items()}


def _has(told: dict[str, Any], key: str) -> bool:
    return "Payload" in (told.get(key) or {})


class Recorded(ExecutionState):
    """The SDK's execution state, filled from a history, in which nothing is ever executed."""

    def __init__(self, operations: dict[str, Operation], *, has_ended: bool) -> None:
        super().__init__("replay", "", operations, CLIENT, PluginExecutor([]))
        self.recorded, self.has_ended = operations, has_ended
        self.asked: set[str] = set()
        self.misfit = ""

    def get_checkpoint_result(
        self, checkpoint_id: str, *, claim_end_hook: bool = True
    ) -> CheckpointedResult:
        """Return what the history has, and note that the code asked for it."""
        if claim_end_hook:  # otherwise the SDK only looks ahead
            self.asked.add(checkpoint_id)
        return super().get_checkpoint_result(checkpoint_id, claim_end_hook=claim_end_hook)

    def create_checkpoint(self, operation_update: Any = None, is_sync: bool = True) -> None:
        """End the replay: whatever the code wants to write is new."""
        new = operation_update and operation_update.operation_id not in self.recorded
        if new and self.has_ended and not operation_update.parent_id:
            asked = _told(operation_update.name, operation_update.sub_type)
            self._note(f"the history ends, and the code asks for {asked}")
        raise SuspendExecution("The history ends here.")

    def wrap_user_function(self, *_: Any, **__: Any) -> Any:
        """End the replay: no step runs."""
        raise SuspendExecution("The history ends here.")

    def reject(self, asked: OperationIdentifier) -> NoReturn:
        """Note that the code asks for something else than the history has, and end the replay."""
        here = self.recorded[asked.operation_id]
        place = [o.operation_id for o in self.recorded.values() if o.parent_id == here.parent_id]
        self._note(
            f"operation {place.index(here.operation_id) + 1}: the history has "
            f"{_told(here.name, here.sub_type)}, and the code asks for "
            f"{_told(asked.name, asked.sub_type)}"
        )
        raise SuspendExecution("The code does not fit.")

    def not_asked(self) -> str:
        """Return the first operation of the history for which the code did not ask."""
        ours = [o for o in self.recorded.values() if not o.parent_id]
        for number, operation in enumerate(ours, 1):
            if operation.operation_id not in self.asked:
                has = _told(operation.name, operation.sub_type)
                return f"operation {number}: the history has {has}, and the code ends without it"
        return ""

    def _note(self, misfit: str) -> None:
        """Keep the first misfit, with the line of your code that asks."""
        frames = [(Path(f.filename), f.lineno) for f in traceback.extract_stack()]
        ours = [(path, line) for path, line in frames if path.is_relative_to(SOURCE)]
        where = [f"{path.relative_to(SOURCE).as_posix()} line {line}" for path, line in ours[-1:]]
        self.misfit = self.misfit or "; ".join([misfit, *where])


def _told(name: str | None, kind: str | None) -> str:
    return f"{name or 'an unnamed operation'} ({kind})"
