"""The local cloud: start it, look at it, stop it.

It is a few processes under one supervisor, which every program and notebook of this repository
shares. It keeps running when they end. Its state and logs are in ``.workshop/cloud``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

import psutil
from filelock import FileLock

from workshop import private
from workshop.errors import WorkshopError
from workshop.localcloud import client, processes, state
from workshop.paths import CLOUD, ROOT, TEMPORARY

Clock = Literal["skip", "real"]
START_SECONDS = 75
STOP_SECONDS = 40
POLL_SECONDS = 0.02
NEEDED_BYTES = 200_000_000  # for unpacked functions, tables and logs
_children: list[subprocess.Popen[bytes]] = []  # supervisors this process started, to be reaped


@dataclass(frozen=True)
class PartStatus:
    """One part: whether it responds, its process number, port, and log."""

    name: str
    up: bool
    pid: int | None
    port: int
    log: Path


@dataclass(frozen=True)
class CloudStatus:
    """The local cloud: whether all of it responds, its clock, its parts, and its last problem."""

    running: bool
    clock: str
    parts: tuple[PartStatus, ...]
    trouble: str


def start(clock: Clock | None = None, on_wait: Callable[[str], None] | None = None) -> CloudStatus:
    """Start the local cloud, or find it running; safe to call from several programs at once.

    ``clock`` is "skip" (waits take no time) or "real"; None keeps the last setting. ``on_wait``
    receives a few words about what it waits for. Raises ``WorkshopError``.
    """
    with _only_one():
        _check_disk(shutil.disk_usage(CLOUD).free)
        current = state.read()
        if not current.running:
            _end_leftovers(current)
            _launch_supervisor(clock or current.clock)
            _wait_until_ready(on_wait or (lambda _: None))
    _check_ours(state.read())
    if clock is not None and clock != state.read().clock:
        set_clock(clock)
    return status()


def stop() -> bool:
    """Stop the local cloud and keep its state; return False if it was not running."""
    with _only_one():
        current = state.read()
        supervisor = current.supervisor.find() if current.supervisor else None
        if current.supervisor is None or supervisor is None:
            _reap()
            return _end_leftovers(current)
        state.STOP_REQUEST.touch(mode=0o600)
        deadline = time.monotonic() + STOP_SECONDS
        # Not `supervisor.wait`: that also waits until its parent, which may be busy, reaps it.
        while current.supervisor.find() is not None:
            if time.monotonic() > deadline:
                supervisor.kill()
                _end_leftovers(current)
                break
            time.sleep(POLL_SECONDS)
        _reap()
        return True


def reset() -> None:
    """Stop the local cloud and forget everything in it; only its ports stay the same."""
    stop()
    with _only_one():
        remembered = state.read()
        for name in ("ministack", "logs"):
            shutil.rmtree(CLOUD / name, ignore_errors=True)
        for file in CLOUD.glob("executions.sqlite*"):
            file.unlink()
        state.write(state.State(ports=remembered.ports, clock=remembered.clock))


def status() -> CloudStatus:
    """Return the state of the local cloud."""
    current = state.read()
    found = tuple(_part_status(part, current) for part in _parts_of(current))
    running = current.running and bool(found) and all(part.up for part in found)
    return CloudStatus(running, current.clock, found, current.trouble)


def set_clock(clock: Clock) -> None:
    """Choose the clock of the orders that start from now on."""
    client.ask(state.read().ports["lambda"], "PUT", "/_workshop/clock", clock.encode())
    state.write(replace(state.read(), clock=clock))


def crash(arn: str) -> bool:
    """Kill the process that serves a durable execution; return False if none does.

    AWS has no such call. Raises ``OSError`` if the local cloud is not running.
    """
    _, body = client.ask(state.read().ports["lambda"], "POST", "/_workshop/crash", arn.encode())
    return bool(json.loads(body)["killed"])


def fork(*, execution: str, after: str, name: str, function: str, texts: Mapping[str, str]) -> str:
    """Start an execution that begins with the operations of another; return its ARN.

    AWS has no such call. `texts` are replaced in what the other has recorded.
    """
    wish = {"execution": execution, "after": after, "name": name, "function": function}
    body = json.dumps({**wish, "texts": dict(texts)}).encode()
    status, answer = client.ask(state.read().ports["lambda"], "POST", "/_workshop/fork", body)
    found = json.loads(answer)
    if status != HTTPStatus.OK:
        raise WorkshopError(f"The order was not forked: {found.get('Message', status)}")
    return str(found["arn"])


def supervisor_pid() -> int | None:
    """Return the number of the process that all others of the local cloud are children of."""
    supervisor = state.read().supervisor
    return supervisor.pid if supervisor and supervisor.find() else None


def is_owner(access_key: str) -> bool:
    """Return whether an access key is this local cloud's own."""
    return access_key == client.owner().access_key


def environment() -> dict[str, str]:
    """Return the variables that point any AWS tool at the running local cloud."""
    current = state.read()
    if not current.ports:
        raise WorkshopError("The local cloud has never been started.", "Run: make start")
    return processes.aws_variables(current.ports)


@contextmanager
def _only_one() -> Iterator[None]:
    private.folder(CLOUD)
    with FileLock(CLOUD / "lock", mode=0o600):
        yield


def _check_ours(current: state.State) -> None:
    """Raise ``WorkshopError`` if another program has taken a port of the local cloud."""
    for part in _parts_of(current):
        if part.who_answers() == "foreign":
            raise WorkshopError(
                f"Another program uses port {part.port}, where the local cloud was.",
                "Run `make stop`, then this again: the local cloud takes another port.",
            )


def _check_disk(free_bytes: int) -> None:
    if free_bytes < NEEDED_BYTES:
        raise WorkshopError(
            f"Only {free_bytes / 1e6:.0f} MB are free on this disk, "
            f"and the local cloud needs {NEEDED_BYTES / 1e6:.0f}.",
            "Free some space, and run this again.",
        )


def _launch_supervisor(clock: str) -> None:
    state.write(state.State(ports=state.read().ports, clock=clock))
    log = CLOUD / "logs" / "supervisor.log"
    private.folder(log.parent)
    apart: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        apart = {"creationflags": 0x00000208}  # detached, in a process group of its own
    temporary = private.folder(TEMPORARY)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    environment.pop("PYTEST_CURRENT_TEST", None)
    with private.opened(log, "ab") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "workshop.localcloud.supervisor", "--clock", clock],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **apart,
        )
    _children.append(supervisor)


def _wait_until_ready(on_wait: Callable[[str], None]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (current := state.read()).ready:
        ended = current.supervisor is None and current.trouble
        if ended or time.monotonic() > deadline:
            raise WorkshopError(
                f"The local cloud did not start. {current.trouble}".strip(),
                f"Its logs are in {CLOUD / 'logs'}. Run: make doctor",
            )
        on_wait(f"starting {_next_part(current)}")
        time.sleep(POLL_SECONDS)


def _next_part(current: state.State) -> str:
    return next(reversed(current.parts), "the local cloud")


def _reap() -> None:
    """Reap the supervisors that this process started and that have ended."""
    while _children:
        with suppress(subprocess.TimeoutExpired):  # one may still be ending
            _children.pop().wait(timeout=1)


def _end_leftovers(current: state.State) -> bool:
    """End processes that a killed supervisor left behind."""
    left = [process for part in current.parts.values() if (process := part.find())]
    for process in left:
        process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=STOP_SECONDS)
    for process in stubborn:
        process.kill()
    return bool(left)


def _parts_of(current: state.State) -> list[processes.Part]:
    return processes.all_parts(current.ports, current.clock) if current.ports else []


def _part_status(part: processes.Part, current: state.State) -> PartStatus:
    process = current.parts.get(part.name)
    alive = process is not None and process.find() is not None
    pid = process.pid if process and alive else None
    return PartStatus(part.name, alive and part.is_up(), pid, part.port, part.log)
