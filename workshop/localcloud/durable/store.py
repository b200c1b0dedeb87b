"""Where executions are kept.

Mends: the emulator's SQLite store opens a connection and parses the whole execution on every
read, and is written several times for one change. Here running executions stay in memory, and
every change is written through, once, before whoever asked for it has its answer.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.model import InvocationCompletedDetails
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore


@dataclass(frozen=True)
class FailedInvocation(InvocationCompletedDetails):
    """An invocation that crashed or timed out, which the emulator does not record."""

    error: ErrorObject | None = None

    def to_dict(self) -> dict[str, Any]:
        """The form in the history, with the error as AWS shows it."""
        error = {"Payload": self.error.to_dict() if self.error else {}, "Truncated": False}
        return {**super().to_dict(), "Error": error}

    def to_json_dict(self) -> dict[str, Any]:
        """The stored form, which :meth:`LiveStore.load` reads back."""
        error = self.error.to_dict() if self.error else None
        return {**super().to_json_dict(), "Error": error}


class LiveStore(SQLiteExecutionStore):
    """Executions in SQLite, the running ones in memory as well."""

    def __init__(self, db_path: Path) -> None:
        db_path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(db_path)
        self._running: dict[str, Execution] = {}
        self._shared = sqlite3.connect(db_path, check_same_thread=False)
        self._shared.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing this way, only a crashed operating system does.
        self._shared.execute("PRAGMA synchronous=OFF")
        self._lock = threading.RLock()
        self._put_off = threading.local()
        self._init_db()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._shared:
            yield self._shared

    def save(self, execution: Execution) -> None:
        """Keep an execution; it survives the end of this process."""
        arn = execution.durable_execution_arn
        self._running[arn] = execution
        put_off = getattr(self._put_off, "executions", None)
        if put_off is None:
            self._write(execution)
        else:
            put_off[arn] = execution

    @contextmanager
    def one_write(self) -> Iterator[None]:
        """Write each execution that is saved in the block once, at its end."""
        changed: dict[str, Execution] = {}
        self._put_off.executions = changed
        try:
            yield
        finally:
            del self._put_off.executions
            for execution in changed.values():
                self._write(execution)

    def _write(self, execution: Execution) -> None:
        super().save(execution)
        if execution.is_complete:
            self._running.pop(execution.durable_execution_arn, None)

    def load(self, execution_arn: str) -> Execution:
        """The execution of that name, or ``ResourceNotFoundException``."""
        return self._running.get(execution_arn) or self._read(execution_arn)

    def _read(self, execution_arn: str) -> Execution:
        execution = super().load(execution_arn)
        with self._connection() as connection:
            (data,) = connection.execute(
                "SELECT data FROM executions WHERE durable_execution_arn = ?", (execution_arn,)
            ).fetchone()
        stored = json.loads(data)["InvocationCompletions"]
        execution.invocation_completions = [
            _with_error(completion, item.get("Error"))
            for completion, item in zip(execution.invocation_completions, stored, strict=True)
        ]
        return execution

    def close(self) -> None:
        """Write everything out and close the file."""
        with self._lock:
            self._shared.close()


def _with_error(
    completion: InvocationCompletedDetails, error: dict[str, Any] | None
) -> InvocationCompletedDetails:
    if error is None:
        return completion
    return FailedInvocation(
        start_timestamp=completion.start_timestamp,
        end_timestamp=completion.end_timestamp,
        request_id=completion.request_id,
        error=ErrorObject.from_dict(error),
    )
