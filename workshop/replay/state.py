"""The SDK's execution state, filled from a history, in which nothing new is ever executed.

The SDK asks its state for every operation before it runs it. This one knows what the history has.
At the first operation that has not ended there, it suspends the function, as Lambda would.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

from aws_durable_execution_sdk_python.exceptions import (
    SuspendExecution,
)
from aws_durable_execution_sdk_python.identifier import OperationIdentifier
from aws_durable_execution_sdk_python.lambda_service import (
    Operation,
    OperationAction,
    OperationStatus,
    OperationType,
    OperationUpdate,
)
from aws_durable_execution_sdk_python.plugin import PluginExecutor
from aws_durable_execution_sdk_python.state import CheckpointedResult, ExecutionState

from workshop.replay.misfit import Line, Misfit, line_of_code, told, told_operation
from workshop.replay.recorded import OPEN, Recorded

ENDS = (OperationAction.SUCCEED, OperationAction.FAIL)
BATCHES = ("Map", "Parallel")
ALL_ENDED = "ALL_COMPLETED"  # in the result of a batch, unless it ended before its branches had
LAST = 2**31  # the rank of what comes after the whole history
NO_CLIENT: Any = None  # nothing is ever sent


class RecordedState(ExecutionState):
    """Answers from a record. `stop_after` is the id of a context at whose end replay stops.

    `start` is the first line of the function.
    """

    def __init__(self, recorded: Recorded, start: Line, stop_after: str = "") -> None:
        operations = recorded.with_open_contexts() if stop_after else recorded.operations
        super().__init__(recorded.arn, "", operations, NO_CLIENT, PluginExecutor([]))
        self.recorded, self.misfits = recorded, list[Misfit]()
        self.folder = Path(start.path).parent
        self._stop_after, self._asked = stop_after, dict[str | None, Line]({None: start})
        self._ranks = {id_: rank for rank, id_ in enumerate(recorded.places())}
        self._main_thread, self._waits_at = threading.get_ident(), start

    def get_checkpoint_result(
        self, checkpoint_id: str, *, claim_end_hook: bool = True
    ) -> CheckpointedResult:
        """Return the recorded operation, and note that the code asked for it."""
        if claim_end_hook:  # else the SDK looks ahead
            self._asked[checkpoint_id] = self._line()
        return super().get_checkpoint_result(checkpoint_id, claim_end_hook=claim_end_hook)

    def create_checkpoint(
        self,
        operation_update: OperationUpdate | None = None,
        is_sync: bool = True,  # noqa: ARG002 - as the SDK calls it
    ) -> None:
        """Accept the end of a recorded context; stop at everything else, which is new."""
        update = operation_update
        recorded = self.recorded.operations.get(update.operation_id) if update else None
        if update is None or (recorded is None and update.action is not OperationAction.START):
            raise SuspendExecution("The record ends here.")
        if recorded is None:
            self._stop_at_unknown(update)
        if recorded.operation_type is OperationType.CONTEXT and update.action in ENDS:
            self._end_context(recorded, update)
            return
        raise SuspendExecution("The record of this operation ends here.")

    def wrap_user_function(
        self,
        user_function: Callable[..., Any],
        operation_identifier: OperationIdentifier,
        is_replay_children: bool = False,
        attempt: int | None = None,
    ) -> Any:
        """Return a context's function, which only asks for operations; never that of a step."""
        if operation_identifier.type is OperationType.STEP:
            raise SuspendExecution("The record of this step ends here.")
        return super().wrap_user_function(
            user_function, operation_identifier, is_replay_children, attempt
        )

    def schedule_refresh(self, earliest_check_time: float) -> NoReturn:  # noqa: ARG002 - as above
        """Suspend: nothing changes while a record is replayed."""
        raise SuspendExecution("The record ends here.")

    def reject(self, identifier: OperationIdentifier) -> NoReturn:
        """Note that the code asks for another operation than the recorded one, and stop."""
        recorded = self.recorded.operations[identifier.operation_id]
        asked = told(identifier.name, identifier.sub_type)
        if asked == told_operation(recorded):
            asked += ", in another context"
        self._note(recorded, f"the code asks for {asked}", self._line())
        raise SuspendExecution("The code does not fit.")

    def note_unasked(self, parent_id: str | None, line: Line | None = None) -> None:
        """Note the first recorded operation of a context that the code has not asked for.

        Without a line, it is the line of the operation before.
        """
        before = self._asked.get(parent_id)
        for operation in self.recorded.children(parent_id):
            if operation.operation_id not in self._asked:
                self._note(operation, "the code ends without it", line or before)
                return
            before = self._asked[operation.operation_id]

    def note_branches(self, batch_id: str | None, branch_ids: Iterable[str]) -> None:
        """Note the first recorded branch that the code does not have; it asks for all others.

        Which of them start before a batch ends, or waits, is a matter of chance.
        """
        self._asked |= dict.fromkeys(branch_ids, self._line())
        self.note_unasked(batch_id)

    def note_at_end(self, does: str, line: Line | None, parent_id: str | None = None) -> None:
        """Note what the code does after the last recorded operation of a context that has ended."""
        place = f"after operation {len(self.recorded.children(parent_id))}"
        said = f"history ends, the code {does}"
        self.misfits.append(Misfit(LAST, place + self._inside(parent_id), said, line))

    def _end_context(self, recorded: Operation, update: OperationUpdate) -> None:
        if recorded.sub_type not in BATCHES:
            self.note_unasked(recorded.operation_id)
        if update.error and recorded.status is OperationStatus.SUCCEEDED:
            raised = f"raises {update.error.type}: {update.error.message}"
            self.note_at_end(raised, self._line(), recorded.operation_id)
        if update.operation_id == self._stop_after:
            raise SuspendExecution("Here the context ends, and its results are known.")
        with self._operations_lock:
            self._operations[recorded.operation_id] = recorded

    def _stop_at_unknown(self, update: OperationUpdate) -> NoReturn:
        if self._is_complete(update.parent_id):
            asks = f"asks for {told(update.name, update.sub_type)}"
            self.note_at_end(asks, self._line(), update.parent_id)
        raise SuspendExecution("The record ends here.")

    def _is_complete(self, parent_id: str | None) -> bool:
        """Return whether a context came to its end, with all operations it can have."""
        parent = self.recorded.operations.get(parent_id or "")
        if parent is None:
            return self.recorded.has_ended
        details = parent.context_details
        if parent.sub_type in BATCHES and ALL_ENDED not in str(details and details.result):
            return False
        is_open = any(child.status in OPEN for child in self.recorded.children(parent_id))
        return parent.status not in OPEN and not is_open

    def _note(self, recorded: Operation, asked: str, line: Line | None) -> None:
        rank = self._ranks[recorded.operation_id]
        place = f"operation {self.recorded.number(recorded.operation_id)}"
        said = f"history has {told_operation(recorded)}, {asked}"
        self.misfits.append(Misfit(rank, place + self._inside(recorded.parent_id), said, line))

    def _inside(self, parent_id: str | None) -> str:
        parent = self.recorded.operations.get(parent_id or "")
        return f" of {told_operation(parent)}" if parent else ""

    def _line(self) -> Line:
        """Return the line that asks for an operation right now.

        A branch of a map runs in a thread of its own. If no line of the code is at work there yet,
        it is the line at which the main thread waits. (`sys._current_frames` would say it, too, but
        can stop the whole process in Python 3.11.4 and older: python/cpython#106883.)
        """
        line = line_of_code(self.folder) or self._waits_at
        if threading.get_ident() == self._main_thread:
            self._waits_at = line
        return line
