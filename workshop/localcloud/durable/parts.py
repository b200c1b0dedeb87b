"""What grows in an execution, its operations and updates: each is stored once for each change.

Fixes: the emulator writes an execution as one text, with all that it has recorded so far. The
longer an execution is, the longer each of its checkpoints takes.
"""

from __future__ import annotations

import copy
import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import Operation, OperationUpdate
from aws_durable_execution_sdk_python_testing.execution import Execution

OPERATION, UPDATE = "operation", "update"
TABLE = """
    CREATE TABLE IF NOT EXISTS parts (
        durable_execution_arn TEXT, kind TEXT, number INTEGER, part TEXT,
        PRIMARY KEY (durable_execution_arn, kind, number)
    ) WITHOUT ROWID
"""


class Parts:
    """Writes and reads the parts of executions. Its owner commits, one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._operations: dict[str, list[Operation]] = {}  # as they are stored
        self._updates: dict[str, int] = {}  # how many are stored
        connection.execute(TABLE)

    def write(self, execution: Execution) -> Execution:
        """Store the parts that are new or have changed; return the execution without its parts.

        What is left has the operation of the execution itself, so it can still be listed.
        """
        arn = execution.durable_execution_arn
        self._connection.executemany(
            "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)",
            [(arn, kind, n, json.dumps(part)) for kind, n, part in self._changed(execution)],
        )
        self._operations[arn] = list(execution.operations)
        self._updates[arn] = len(execution.updates)
        rest = copy.copy(execution)
        rest.operations = execution.operations[:1]
        rest.updates, rest.update_timestamps = [], []
        return rest

    def _changed(self, execution: Execution) -> Iterator[tuple[str, int, Any]]:
        # Operations and updates are immutable: one that has changed is another object.
        stored = self._operations.get(execution.durable_execution_arn, [])
        for number, operation in enumerate(execution.operations):
            if number >= len(stored) or stored[number] is not operation:
                yield OPERATION, number, operation.to_json_dict()
        first = self._updates.get(execution.durable_execution_arn, 0)
        for number in range(first, len(execution.updates)):
            at = execution.update_timestamps[number]
            yield UPDATE, number, [execution.updates[number].to_dict(), at.isoformat()]

    def read_into(self, execution: Execution) -> None:
        """Give an execution its parts; one that an earlier version stored has them already."""
        rows = self._connection.execute(
            "SELECT kind, part FROM parts WHERE durable_execution_arn = ? ORDER BY kind, number",
            (execution.durable_execution_arn,),
        ).fetchall()
        parts = [(kind, json.loads(part)) for kind, part in rows]
        if not parts:
            return
        execution.operations = [
            Operation.from_json_dict(p) for kind, p in parts if kind == OPERATION
        ]
        updates = [part for kind, part in parts if kind == UPDATE]
        execution.updates = [OperationUpdate.from_dict(update) for update, _ in updates]
        execution.update_timestamps = [datetime.fromisoformat(at) for _, at in updates]

    def forget(self, arn: str) -> None:
        """Keep nothing of an execution in memory: it changes no more."""
        self._operations.pop(arn, None)
        self._updates.pop(arn, None)

    def delete(self, arn: str) -> None:
        """Delete the parts of an execution."""
        self.forget(arn)
        self._connection.execute("DELETE FROM parts WHERE durable_execution_arn = ?", (arn,))
