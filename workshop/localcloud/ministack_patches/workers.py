"""Starts the processes of functions, which ministack calls workers.

Fixes four things. Each new worker unpacks the function's layers again, a thousand files that are
always the same. A burst of requests starts a worker for each of them at once, but a machine can
start only as many at a time as it has cores: to wait for a free worker is faster. A function's log
format and level do not reach it. And ministack never ends the last idle worker of an old version,
50 MB for each deployment.
"""

import io
import os
import tempfile
import threading
import time
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

STARTS_AT_A_TIME = os.cpu_count() or 1
IDLE_SECONDS = 10  # then the worker of another version ends
LOOK_AGAIN_SECONDS = 0.5  # a worker that is killed or out of date leaves the pool silently

_acquire_worker, _release_worker = lambda_svc.acquire_worker, lambda_svc.release_worker
_spawn = lambda_runtime.Worker._spawn

_changed = threading.Condition()
_starting: set[int] = set()  # the ids of workers whose process is starting
_layers: dict[str, str] = {}  # the folder of each layer, by ARN
_unpacking = threading.Lock()


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
    """Put a worker back into its pool, and wake the callers that wait for one."""
    with _changed:
        _release_worker(worker)
        _starting.discard(id(worker))
        _changed.notify_all()


def spawn(worker: Any) -> None:
    """Start a worker's process, with layers that are unpacked only once."""
    config = worker.config
    layers = [_unpacked(layer) for layer in config.get("Layers", [])]
    variables = {
        **config.get("Environment", {}).get("Variables", {}),
        **_lambda_variables(config),
        **_log_variables(config.get("LoggingConfig", {})),
        "_LAMBDA_LAYERS_DIRS": os.pathsep.join(layers),
    }
    threading.Thread(target=retire_others, args=(worker,), daemon=True).start()
    worker.config = {**config, "Layers": [], "Environment": {"Variables": variables}}
    try:
        _spawn(worker)
    finally:
        worker.config = config
        with _changed:
            _starting.discard(id(worker))
            _changed.notify_all()


def retire_others(worker: Any) -> None:
    """End the idle workers of the function's other versions."""
    pools, idle_since = lambda_runtime._workers, time.time() - IDLE_SECONDS
    with lambda_runtime._lock:
        own = next((key for key, pool in pools.items() if worker in pool), "")
        function = own.rpartition(":")[0]
        others = [key for key in pools if key != own and key.rpartition(":")[0] == function]
        retired = []
        for key in others:
            retired += [w for w in pools[key] if not w.in_use and w.last_used < idle_since]
            pools[key] = [w for w in pools[key] if w not in retired]
    lambda_runtime.kill_workers(retired)


def _lambda_variables(config: dict[str, Any]) -> dict[str, str]:
    """Return the variables that Lambda sets for a function, and ministack does not."""
    group = config.get("LoggingConfig", {}).get("LogGroup")
    return {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": group or f"/aws/lambda/{config['FunctionName']}",
        "_HANDLER": config["Handler"],
    }


def _log_variables(logging: dict[str, str]) -> dict[str, str]:
    """Return Lambda's variables for the log format; only JSON has levels."""
    if logging.get("LogFormat") != "JSON":
        return {"AWS_LAMBDA_LOG_FORMAT": "Text"}
    level = logging.get("ApplicationLogLevel", "INFO")
    return {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": level}


def _one_is_free(key: str) -> bool:
    return any(not worker.in_use for worker in lambda_runtime._workers.get(key, ()))


def _unpacked(layer: str | dict[str, Any]) -> str:
    """Return the folder that holds the files of a layer version."""
    arn = layer if isinstance(layer, str) else layer["Arn"]
    with _unpacking:
        if arn not in _layers:
            _layers[arn] = str(_unpack(lambda_svc._resolve_layer_zip(layer)))
        return _layers[arn]


def _unpack(content: bytes) -> Path:
    """Return a folder with that content; another process never sees half of it."""
    folder = Path(tempfile.gettempdir(), f"layer-{sha256(content).hexdigest()[:32]}")
    if not folder.exists():
        half = Path(tempfile.mkdtemp(prefix="layer-", suffix="-unpacking"))
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            files.extractall(half)  # keeps every member inside the folder
        half.rename(folder)
    return folder


lambda_svc.acquire_worker, lambda_svc.release_worker = acquire_worker, release_worker
lambda_runtime.Worker._spawn = spawn
