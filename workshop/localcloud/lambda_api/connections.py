"""Connections that cannot block the server: slow ones, half-open ones, too many of them."""

from __future__ import annotations

import io
import socket
import threading
from http.server import ThreadingHTTPServer
from time import monotonic
from typing import Any

MOST_CONNECTIONS = 512
FIRST_SECONDS = 10  # until the first request on a new connection begins
IDLE_SECONDS = 75  # between two requests of an admitted client
REQUEST_SECONDS = 60  # for a request to arrive after its first byte


class BoundedServer(ThreadingHTTPServer):
    """A thread for each connection, up to a limit; further connections are closed at once."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *arguments: Any) -> None:
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in its own thread."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve the connection; then let another one have the thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()


class TimedSocket(io.RawIOBase):
    """The bytes of a connection; raises ``TimeoutError`` if a request arrives too slowly."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._idle_seconds = FIRST_SECONDS
        self._deadline: float | None = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for the next bytes."""
        if self._deadline is None:
            self._connection.settimeout(self._idle_seconds)
        else:
            self._connection.settimeout(max(self._deadline - monotonic(), 0.001))
        count = self._connection.recv_into(buffer)
        self._deadline = self._deadline or monotonic() + REQUEST_SECONDS
        return count

    def request_has_arrived(self, admitted: bool) -> None:
        """Start the time limit of the next request; an admitted client has more time."""
        self._deadline = None
        self._connection.settimeout(REQUEST_SECONDS)  # a client may not read the response
        if admitted:
            self._idle_seconds = IDLE_SECONDS
