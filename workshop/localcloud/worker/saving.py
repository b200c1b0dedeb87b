"""Saves ministack's state while it runs.

Mends: the server saves its state only when it is stopped in good order, so a killed one would lose
all since its start.
"""

import json
import re
import sys
import threading
import time
from typing import Any

from ministack.core.persistence import save_state
from ministack.services import dynamodb

SAVE_SECONDS = 2  # of table writes, which a killed server may lose
AGAIN_SECONDS = 0.1  # until the next try, if the state changed while it was read
READ = re.compile(r".*\.(BatchGet|Describe|Get|List|Query|Scan|TransactGet)")

_handle_request = dynamodb.handle_request
_written = threading.Event()


async def handle_request(
    method: str, path: str, headers: dict[str, str], *others: Any
) -> tuple[Any, ...]:
    """Answer a request, and note whether tables have changed since they were saved."""
    answer: tuple[Any, ...] = await _handle_request(method, path, headers, *others)
    if not READ.match(headers.get("x-amz-target", "")):
        _written.set()
    return answer


def save_now_and_then() -> None:
    """Save the tables when they have changed, and everything when a stack has.

    Everything is megabytes of code; what orders change between two deployments is in the tables.
    """
    saved_stacks: str | None = None  # what the server began with is saved
    pause_seconds: float = SAVE_SECONDS
    while True:
        time.sleep(pause_seconds)
        pause_seconds = SAVE_SECONDS
        server = sys.modules.get("ministack.app")
        if server is None:
            continue
        services = server._build_persistence_save_dict()
        try:
            stacks = json.dumps(services["cloudformation"](), default=str)
            if stacks != (saved_stacks or stacks):
                save(services)
            elif _written.is_set():
                _written.clear()
                save({"dynamodb": services["dynamodb"]})
            saved_stacks = stacks
        except RuntimeError:  # something changed while it was read
            _written.set()
            pause_seconds = AGAIN_SECONDS


def save(services: dict[str, Any]) -> None:
    """Save the state of these services."""
    for name, get_state in services.items():
        state = get_state()
        if state is not None:
            save_state(name, state)


dynamodb.handle_request = handle_request
threading.Thread(target=save_now_and_then, daemon=True).start()
