"""Free ports on 127.0.0.1, the same ones again where possible."""

from __future__ import annotations

import socket
from collections.abc import Iterable

import psutil

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server may listen on ``port``."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def listens(pid: int, port: int) -> bool:
    """Whether it is this process, or one that it started, that listens on ``port``."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            for member in family
            for connection in member.net_connections("tcp4")
        )
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # not to be known here; that it answers must do
        return True


def choose(preferred: Iterable[int], taken: set[int]) -> int:
    """The first preferred port that is free, or any free one; never one of ``taken``."""
    for port in preferred:
        if port not in taken and is_free(port):
            return port
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port = int(listener.getsockname()[1])
    return port if port not in taken else choose((), taken)
