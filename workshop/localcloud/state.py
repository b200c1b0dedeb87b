"""The state of the local cloud, in one file that every process can read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from workshop import private
from workshop.paths import CLOUD

STATE_FILE = CLOUD / "state.json"
STOP_REQUEST = CLOUD / "stop"


@dataclass(frozen=True)
class Process:
    """A process; its start time distinguishes it from a later one with the same number."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Process:
        """Return the process that has this number now."""
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """Return the process if it still runs, else None."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 1
            running = same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if running else None


@dataclass(frozen=True)
class State:
    """The local cloud as its supervisor last described it. Ports are on 127.0.0.1."""

    ports: dict[str, int] = field(default_factory=dict)
    clock: str = "skip"
    supervisor: Process | None = None
    parts: dict[str, Process] = field(default_factory=dict)
    ready: bool = False
    trouble: str = ""

    @property
    def running(self) -> bool:
        """Return whether the supervisor is alive and has started every part."""
        return self.ready and self.supervisor is not None and self.supervisor.find() is not None


def read(path: Path = STATE_FILE) -> State:
    """Return the last state written, or an empty one."""
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError):
        return State()
    supervisor = data.pop("supervisor", None)
    parts = {name: Process(**part) for name, part in data.pop("parts", {}).items()}
    return State(**data, supervisor=Process(**supervisor) if supervisor else None, parts=parts)


def write(state: State, path: Path = STATE_FILE) -> None:
    """Replace the state atomically, so that no reader sees half of it."""
    private.write(path, json.dumps(asdict(state), indent=1))
