"""Where executions and their histories are kept.

Fixes: the emulator's SQLite store opens a connection and parses the whole execution on every
read, and writes several times for one change. Here running executions stay in memory, and each
change is stored once, before the client gets its response; `parts.py` stores what grows.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore

from workshop.localcloud.durable.history import Child, Event, Progress, new_events
from workshop.localcloud.durable.parts import Parts
from workshop.localcloud.durable.pauses import PausableExecution

REMEMBERED = 64  # executions
HISTORY_TABLE = """
    CREATE TABLE IF NOT EXISTS history (
        durable_execution_arn TEXT, event_id INTEGER, event TEXT,
        PRIMARY KEY (durable_execution_arn, event_id)
    ) WITHOUT ROWID
"""


@dataclass(frozen=True)
class Filter:
    """Which executions of a function to list; None means all."""

    function: str
    version: str | None = None
    name: str | None = None
    statuses: Sequence[str] | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None

    def where(self) -> tuple[str, list[Any]]:
        """Return the condition in SQL, and its values."""
        version = f"%:function:{self.function}:{self.version}/durable-execution/%"
        statuses = list(self.statuses or ())
        conditions: list[tuple[str, list[Any]]] = [
            ("function_name = ?", [self.function]),
            ("durable_execution_arn LIKE ?", [version] if self.version else []),
            ("execution_name = ?", [self.name] if self.name else []),
            (f"status IN ({', '.join('?' * len(statuses))})", statuses),
            ("start_timestamp > ?", _seconds(self.started_after)),
            ("start_timestamp < ?", _seconds(self.started_before)),
        ]
        given = [(text, values) for text, values in conditions if values]
        return " AND ".join(text for text, _ in given), [v for _, vs in given for v in vs]


@dataclass
class _Block:
    """What to store at the end of a block, and what to do after that."""

    changed: dict[str, Execution] = field(default_factory=dict)
    consequences: list[Callable[[], None]] = field(default_factory=list)


class LiveStore(SQLiteExecutionStore):
    """Executions and their histories in SQLite; running executions are in memory, too."""

    def __init__(self, db_path: Path) -> None:
        db_path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(db_path)
        self.child: Child = lambda _parent, _operation, _function: {}
        self._running: dict[str, Execution] = {}
        self._ended: dict[str, Execution] = {}
        self._progress: dict[str, Progress] = {}
        self._shared = sqlite3.connect(db_path, check_same_thread=False)
        self._shared.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing this way; only a crash of the operating system does.
        self._shared.execute("PRAGMA synchronous=OFF")
        self._shared.execute(HISTORY_TABLE)
        self._parts = Parts(self._shared)
        self._lock = threading.RLock()
        self._local = threading.local()
        self._init_db()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._shared:
            yield self._shared

    def save(self, execution: Execution) -> None:
        """Store an execution, so that it survives the end of this process."""
        arn = execution.durable_execution_arn
        self._running[arn] = execution
        block = self._block()
        if block is None:
            self._write(execution)
        else:
            block.changed[arn] = execution

    @contextmanager
    def one_write(self) -> Iterator[None]:
        """Store each execution that the block saves only once, at its end."""
        self._local.block = block = _Block()
        try:
            yield
        finally:
            self._local.block = None
            for execution in block.changed.values():
                self._write(execution)
        for consequence in block.consequences:
            consequence()

    def after_write(self, consequence: Callable[[], None]) -> None:
        """Run ``consequence`` after the write, because others then read what was written."""
        block = self._block()
        if block is None:
            consequence()
        else:
            block.consequences.append(consequence)

    def _block(self) -> _Block | None:
        return getattr(self._local, "block", None)

    def _write(self, execution: Execution) -> None:
        """Write an execution together with the events of its changes."""
        arn = execution.durable_execution_arn
        with self._lock:
            progress = self._progress.setdefault(arn, Progress())
            events = new_events(execution, progress, self.child)
            self._shared.executemany(
                "INSERT INTO history VALUES (?, ?, ?)",
                [(arn, event["EventId"], json.dumps(event)) for event in events],
            )
            super().save(self._parts.write(execution))  # commits all
            if execution.is_complete:
                self._running.pop(arn, None)
                self._parts.forget(arn)
                self._remember(execution)

    def _remember(self, execution: Execution) -> None:
        """Keep an ended execution in memory: the clients that waited for its end read it now."""
        self._ended[execution.durable_execution_arn] = execution
        if len(self._ended) > REMEMBERED:
            self._ended.pop(next(iter(self._ended)))

    def adopt(self, execution: Execution, events: Sequence[Event]) -> None:
        """Store an execution that begins with changes of another, which are in these events."""
        arn = execution.durable_execution_arn
        with self._lock:
            self._progress[arn] = Progress.of(execution, len(events))
            self._shared.executemany(
                "INSERT INTO history VALUES (?, ?, ?)",
                [(arn, event["EventId"], json.dumps(event)) for event in events],
            )
            self.save(execution)

    def load(self, execution_arn: str) -> Execution:
        """Return the execution of that name, or raise ``ResourceNotFoundException``."""
        with self._lock:
            known = self._running.get(execution_arn) or self._ended.get(execution_arn)
        return known or self._read(execution_arn)

    def _read(self, arn: str) -> Execution:
        execution = super().load(arn)
        with self._lock:
            self._parts.read_into(execution)
        return execution

    def running_before(self) -> list[Execution]:
        """Load the executions that ran when the last process ended, and keep them in memory."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT durable_execution_arn FROM executions "
                "WHERE status IN ('RUNNING', 'PAUSING', 'PAUSED')"
            ).fetchall()
        for (arn,) in rows:
            execution = self._read(arn)
            self._progress[arn] = Progress.of(execution, self._count_events(arn))
            self._running[arn] = execution
        return [self._running[arn] for (arn,) in rows]

    def _count_events(self, arn: str) -> int:
        with self._connection() as connection:
            (count,) = connection.execute(
                "SELECT COUNT(*) FROM history WHERE durable_execution_arn = ?", (arn,)
            ).fetchone()
        return int(count)

    def events(self, arn: str, *, first: int | None, limit: int, reverse: bool) -> list[Event]:
        """Return up to ``limit`` events from number ``first`` on, in reverse order if asked."""
        beyond, order = ("<=", "DESC") if reverse else (">=", "ASC")
        start = first if first is not None else (2**62 if reverse else 0)
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT event FROM history WHERE durable_execution_arn = ? "  # noqa: S608 - ours
                f"AND event_id {beyond} ? ORDER BY event_id {order} LIMIT ?",
                (arn, start, limit),
            ).fetchall()
        return [json.loads(event) for (event,) in rows]

    def find(
        self, wanted: Filter, *, offset: int, limit: int, oldest_first: bool
    ) -> list[Execution]:
        """Return the executions that pass a filter, by default the newest first.

        Of its operations, each has only the one of the execution itself.
        """
        condition, values = wanted.where()
        order = "ASC" if oldest_first else "DESC"
        with self._connection() as connection:
            rows = connection.execute(
                f"SELECT data FROM executions WHERE {condition} "  # noqa: S608 - our own words
                f"ORDER BY start_timestamp {order}, rowid {order} LIMIT ? OFFSET ?",
                (*values, limit, offset),
            ).fetchall()
        return [PausableExecution.from_json_dict(json.loads(data)) for (data,) in rows]

    def delete(self, arn: str) -> None:
        """Forget an execution and its history."""
        with self._connection() as connection:
            for table in ("executions", "history"):
                connection.execute(
                    f"DELETE FROM {table} WHERE durable_execution_arn = ?",  # noqa: S608 - ours
                    (arn,),
                )
            self._parts.delete(arn)
        self._progress.pop(arn, None)
        self._ended.pop(arn, None)

    def close(self) -> None:
        """Write everything out and close the file."""
        with self._lock:
            self._shared.close()


def _seconds(moment: datetime | None) -> list[Any]:
    return [moment.timestamp()] if moment else []
