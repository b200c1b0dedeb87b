"""Free ports on 127.0.0.1, the same ones again where possible."""

from __future__ import annotations

import socket
from collections.abc import Iterable

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Return whether a server may listen on ``port``."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def choose(preferred: Iterable[int], taken: set[int]) -> int:
    """Return the first preferred port that is free, or any free one; never one of ``taken``."""
    for port in preferred:
        if port not in taken and is_free(port):
            return port
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port = int(listener.getsockname()[1])
    return port if port not in taken else choose((), taken)
