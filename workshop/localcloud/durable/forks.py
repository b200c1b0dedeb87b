"""Forks of executions: new ones that begin with what another has recorded.

AWS has no such call. It shows on your machine how an order goes on from one of its operations.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import (
    Operation,
    OperationType,
    OperationUpdate,
)
from aws_durable_execution_sdk_python_testing.exceptions import InvalidParameterValueException
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput

from workshop.localcloud.durable.history import OUTCOMES, Event
from workshop.localcloud.durable.pauses import PausableExecution
from workshop.localcloud.durable.pausing import PausingExecutor

EVERY = -1  # no limit, to SQLite


@dataclass(frozen=True)
class Translation:
    """What differs between an execution and its fork: texts, and all times by the same shift."""

    texts: Mapping[str, str]
    shift: timedelta

    def __call__(self, value: Any, key: str = "") -> Any:
        """Return JSON data with these texts replaced."""
        if isinstance(value, str):
            for old, new in self.texts.items():
                value = value.replace(old, new)
            return value
        if isinstance(value, dict):
            return {name: self(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [self(part) for part in value]
        is_time = key.endswith("Timestamp") and isinstance(value, float)
        return value + self.shift.total_seconds() if is_time else value

    def operation(self, original: Operation) -> Operation:
        """Return an operation with texts and times replaced."""
        made = Operation.from_json_dict(self(_without_times(original).to_json_dict()))
        wait = original.wait_details
        end = self.at(wait.scheduled_end_timestamp) if wait else None
        return replace(
            made,
            start_timestamp=self.at(original.start_timestamp),
            end_timestamp=self.at(original.end_timestamp),
            wait_details=replace(wait, scheduled_end_timestamp=end) if wait else None,
        )

    def at(self, moment: datetime | None) -> datetime | None:
        """Return the time in the fork."""
        return moment + self.shift if moment else None


class ForkingExecutor(PausingExecutor):
    """The executor with forks."""

    def fork(
        self, arn: str, after: str, start: StartDurableExecutionInput, texts: Mapping[str, str]
    ) -> str:
        """Start an execution that begins with the operations of another; return its ARN.

        It has the other's operations up to the first one named `after`, and those inside them, as
        if the last had ended at this moment. `texts` are replaced in all that they recorded.
        """
        original = self.get_execution(arn)
        kept = kept_operations(original, after)
        events = self._events(arn, kept)
        unique_id = str(uuid.uuid4())
        texts = {**texts, str(original.start_input.invocation_id): unique_id}
        last = datetime.fromtimestamp(
            max(event["EventTimestamp"] for event in events), self.clock.now().tzinfo
        )
        translation = Translation(texts, self.clock.now() - last)
        start = replace(
            start, invocation_id=unique_id, input=translation(original.start_input.input)
        )
        made = self._copied(original, kept, start, translation)
        self._store.adopt(made, [translation(event) for event in events])
        self._status_changed(made)
        self._launch_execution(made, start.execution_timeout_seconds)
        return made.durable_execution_arn

    def _events(self, arn: str, kept: set[str]) -> list[Event]:
        found = self._store.events(arn, first=None, limit=EVERY, reverse=False)
        events = [
            event
            for event in found
            if event["EventType"] == "ExecutionStarted" or event.get("Id") in kept
        ]
        return [{**event, "EventId": number} for number, event in enumerate(events, 1)]

    def _copied(
        self,
        original: Execution,
        kept: set[str],
        start: StartDurableExecutionInput,
        translation: Translation,
    ) -> PausableExecution:
        made = self._named(start)
        begun = translation.at(original.get_operation_execution_started().start_timestamp)
        made.start(now=begun)
        made.operations += [
            translation.operation(each) for each in original.operations if each.operation_id in kept
        ]
        stamped = zip(original.updates, original.update_timestamps, strict=True)
        for update, at in stamped:
            if update.operation_id in kept:
                made.updates.append(OperationUpdate.from_dict(translation(update.to_dict())))
                made.update_timestamps.append(at + translation.shift)
        sizes, children = original.operation_size_bytes, original.chained_invoke_children
        made.operation_size_bytes = {key: sizes[key] for key in kept if key in sizes}
        made.chained_invoke_children = {key: children[key] for key in kept if key in children}
        return made


def kept_operations(execution: Execution, after: str) -> set[str]:
    """Return the ids of the operations up to the first one named `after`, and those inside them.

    Raises the emulator's error for a bad parameter if there is none, or one has not ended.
    """
    kept: set[str] = set()
    operations = [
        o for o in execution.operations if o.operation_type is not OperationType.EXECUTION
    ]
    known = {operation.operation_id for operation in operations}
    for operation in operations:
        if operation.parent_id not in known:
            kept.add(operation.operation_id)
            if operation.name == after:
                break
    else:
        raise InvalidParameterValueException(f"The execution has no operation {after}.")
    for operation in operations:
        if operation.parent_id in kept:
            kept.add(operation.operation_id)
    for name in _open(operations, kept):
        raise InvalidParameterValueException(f"The operation {name} has not ended.")
    return kept


def _open(operations: list[Operation], kept: set[str]) -> Iterator[str]:
    for operation in operations:
        if operation.operation_id in kept and operation.status not in OUTCOMES:
            yield operation.name or "without a name"


def _without_times(operation: Operation) -> Operation:
    return replace(operation, start_timestamp=None, end_timestamp=None, wait_details=None)
