"""How many processes of functions there are: when they start, and when they end.

Fixes: a burst of requests starts a worker for each of them at once, but a machine can start only as
many at a time as it has cores: to wait for a free worker is faster. ministack never ends the last
idle worker of a function or of an old version, 50 MB for each deployment, nor any worker of a
function that CloudFormation deletes. It forgets, and so never ends, the worker of a function that
was deleted while the worker started. And it does not limit how much memory all workers use.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import function_environment
from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners
from python_worker import PythonWorker

STARTS_AT_A_TIME = os.cpu_count() or 1
IDLE_SECONDS = 300
OUT_OF_DATE_SECONDS = 10  # then the idle worker of another version ends
LOOK_AGAIN_SECONDS = 0.5  # a worker that is killed or out of date leaves the pool silently
SHARE_OF_MEMORY = 0.25  # of the machine's, for all workers together
USUAL_BYTES = 60_000_000  # of a worker, where the system does not tell
MACHINE_BYTES = 8_000_000_000  # the same for the machine

_acquire_worker, _release_worker = lambda_svc.acquire_worker, lambda_svc.release_worker
_delete: Callable[[str, dict[str, Any]], None] = provisioners._lambda_delete
_changed = threading.Condition()
_starting: set[int] = set()  # the ids of workers whose process is starting


def acquire_worker(
    name: str, config: dict[str, Any], code: bytes, qualifier: str = "$LATEST", **others: Any
) -> tuple[Any, str]:
    """Take a free worker, or a new one as soon as a core is free to start it."""
    key = lambda_runtime._worker_key(name, config, qualifier)
    with _changed:
        while len(_starting) >= STARTS_AT_A_TIME and not _one_is_free(key):
            _changed.wait(LOOK_AGAIN_SECONDS)
        worker, reason = _acquire_worker(name, config, code, qualifier=qualifier, **others)
        if reason == "spawn":
            _starting.add(id(worker))
        return worker, reason


def release_worker(worker: Any) -> None:
    """Put a worker back into its pool, and wake the callers that wait for one.

    End the worker if its function was deleted meanwhile.
    """
    with _changed:
        _release_worker(worker)
        worker.last_used = time.time()
        _starting.discard(id(worker))
        _changed.notify_all()
    with lambda_runtime._lock:
        known = any(worker in pool for pool in lambda_runtime._workers.values())
    if not known:
        lambda_runtime.kill_workers([worker])


def in_turn(spawn: Callable[..., None]) -> Callable[..., None]:
    """Return a way to start a worker that lets the next one start afterward."""

    def spawn_in_turn(worker: Any, *arguments: Any) -> None:
        threading.Thread(target=end_idle_workers, args=(worker,), daemon=True).start()
        try:
            spawn(worker, *arguments)
        finally:
            with _changed:
                _starting.discard(id(worker))
                _changed.notify_all()

    return spawn_in_turn


def spawn_other(worker: Any, spawn: Callable[[Any], None] = lambda_runtime.Worker._spawn) -> None:
    """Start a worker that is not Python's, with the variables that ministack leaves out."""
    config = worker.config
    own = config.get("Environment", {}).get("Variables", {})
    variables = {**own, **function_environment.lambda_variables(config)}
    worker.config = {**config, "Environment": {"Variables": variables}}
    try:
        spawn(worker)
    finally:
        worker.config = config


def end_idle_workers(starting: Any = None) -> int:
    """End the workers that are idle for long, out of date, or more than memory is for."""
    with lambda_runtime._lock:
        ended = list(_to_end(_function_of(starting)))
        for key, pool in list(lambda_runtime._workers.items()):
            lambda_runtime._workers[key] = [worker for worker in pool if worker not in ended]
    lambda_runtime.kill_workers(ended)
    return len(ended)


def _to_end(starting: tuple[str, str]) -> Iterator[Any]:
    """Yield the workers to end, the one that is idle longest first."""
    workers = [(k, w) for k, pool in lambda_runtime._workers.items() for w in pool]
    used = sum(memory_bytes(worker) for _, worker in workers)
    for key, worker in sorted(workers, key=lambda each: float(each[1].last_used)):
        if worker.in_use:
            continue
        function, _, version = key.rpartition(":")
        out_of_date = function == starting[0] and version != starting[1]
        limit = OUT_OF_DATE_SECONDS if out_of_date else IDLE_SECONDS
        if used > SHARE_OF_MEMORY * machine_bytes() or worker.last_used < time.time() - limit:
            used -= memory_bytes(worker)
            yield worker


def _function_of(worker: Any) -> tuple[str, str]:
    """Return the function and the version of a worker; empty if it has none."""
    pools = lambda_runtime._workers.items()
    key = next((key for key, pool in pools if worker in pool), "")
    function, _, version = key.rpartition(":")
    return function, version


def memory_bytes(worker: Any) -> int:
    """Return how much memory a worker uses."""
    if worker._proc is None:
        return 0
    try:
        pages = Path(f"/proc/{worker._proc.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return USUAL_BYTES


def machine_bytes() -> int:
    """Return how much memory the machine has."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return MACHINE_BYTES


def delete_function(name: str, properties: dict[str, Any]) -> None:
    """Delete a function for CloudFormation, and end its processes."""
    _delete(name, properties)
    lambda_svc.invalidate_worker(name)


def worker_class(config: dict[str, Any]) -> type:
    """Return the class of a function's workers."""
    python = str(config.get("Runtime", "")).startswith("python")
    return PythonWorker if python else _worker_class(config)


def _one_is_free(key: str) -> bool:
    return any(not worker.in_use for worker in lambda_runtime._workers.get(key, ()))


_worker_class: Callable[[dict[str, Any]], type] = lambda_runtime._worker_class_for
lambda_runtime._worker_class_for = worker_class
lambda_svc.acquire_worker, lambda_svc.release_worker = acquire_worker, release_worker
lambda_svc.reap_idle_workers = end_idle_workers
lambda_runtime.Worker._spawn = in_turn(spawn_other)
PythonWorker._spawn = in_turn(PythonWorker._spawn)
provisioners._lambda_delete = delete_function
provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]["delete"] = delete_function
