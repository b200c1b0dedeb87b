"""Saves ministack's state while it runs.

Fixes: the server saves its state only when it stops normally, so a killed server would lose
everything since its start. And it copies a state deeply and writes it value by value, both in
Python, during which every request to the server waits for its turn again and again.
"""

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any, TextIO

from ministack.core import persistence
from ministack.services import dynamodb, lambda_svc

SAVE_SECONDS = 2  # of table writes that a killed server may lose
AGAIN_SECONDS = 0.1  # until the next attempt, if the state changed during the read
READ = re.compile(r".*\.(BatchGet|Describe|Get|List|Query|Scan|TransactGet)")

NOT_COPIED = {"cloudformation", "dynamodb"}  # their `get_state` does nothing but copy

Services = dict[str, Callable[[], Any]]  # functions that return the state of each, by name

_log = logging.getLogger(__name__)
_handle_request = dynamodb.handle_request
_save_all = persistence.save_all
_written = threading.Event()
_ended = threading.Event()
_one_at_a_time = threading.Lock()  # two writers would overwrite the one temporary file


async def handle_request(
    method: str, path: str, headers: dict[str, str], *others: Any
) -> tuple[Any, ...]:
    """Serve a request, and note whether tables have changed since they were saved."""
    answer: tuple[Any, ...] = await _handle_request(method, path, headers, *others)
    if not READ.match(headers.get("x-amz-target", "")):
        _written.set()
    return answer


def save_now_and_then() -> None:
    """Save the tables when they have changed, and everything when a deployment has.

    Everything is megabytes of code; what orders change between two deployments is in the tables.
    """
    services = services_when_ready()
    saved: str | None = None
    while True:
        pause_seconds: float = SAVE_SECONDS
        try:
            now = deployed(services())
            if now != (saved or now):  # the server started with the saved state
                save(services())
            elif _written.is_set():
                _written.clear()
                save({"dynamodb": services()["dynamodb"]})
            saved = now
        except RuntimeError:  # a table changed during the read
            _written.set()
            pause_seconds = AGAIN_SECONDS
        except Exception:  # noqa: BLE001 - a thread that ended would save nothing anymore
            _log.exception("the state was not saved")
            _written.set()
        time.sleep(pause_seconds)


def services_when_ready() -> Callable[[], Services]:
    """Wait until the server has read its saved state; return a function for its services.

    Python has the module before it is complete; on a busy machine that takes seconds.
    """
    while True:
        # ministack has no event for this; it sets this state after it has read everything.
        server = sys.modules.get("ministack.app")
        if getattr(server, "_ready_scripts_state", {}).get("status") == "completed":
            return server._build_persistence_save_dict  # type: ignore[union-attr, no-any-return]
        time.sleep(AGAIN_SECONDS)


def deployed(services: Services) -> str:
    """Return all that is known of stacks, and which versions of functions exist.

    A service exists from the first request to it.
    """
    stacks = read(services, "cloudformation") if "cloudformation" in services else {}
    served = {name: function["aliases"] for name, function in lambda_svc._functions.items()}
    return json.dumps([stacks, served], default=persistence._json_default)


def read(services: Services, name: str) -> Any:
    """Return the state of a service; of some of them itself, instead of a copy."""
    get_state = services[name]
    if name not in NOT_COPIED:
        return get_state()
    copying = SimpleNamespace(deepcopy=lambda value: value)
    own = {**get_state.__globals__, "copy": copying}
    return FunctionType(get_state.__code__, own)()


def write_at_once(state: object, file: TextIO, **options: Any) -> None:
    """Write a state as text that is made in one go, during which nothing can change it."""
    file.write(json.dumps(state, **options))


def save(services: Services) -> None:
    """Save the state of these services, unless the server has already stopped."""
    with _one_at_a_time:
        if _ended.is_set():
            return
        for name in services:
            state = read(services, name)
            if state is not None:
                persistence.save_state(name, state)


def save_at_the_end(services: Services) -> None:
    """Save everything, as the server does when it stops normally."""
    with _one_at_a_time:
        _ended.set()
        _save_all(services)


persistence.json = SimpleNamespace(**vars(json) | {"dump": write_at_once})
persistence.save_all = save_at_the_end
dynamodb.handle_request = handle_request
threading.Thread(target=save_now_and_then, daemon=True).start()
