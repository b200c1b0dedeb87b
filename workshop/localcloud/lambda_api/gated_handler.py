"""HTTP behind the gate: reads a request only after the gate knows who sent it."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

from workshop.localcloud.gate import refusals
from workshop.localcloud.gate.credentials import PROOF
from workshop.localcloud.gate.gate import Gate, Visitor
from workshop.localcloud.gate.refusals import Refusal
from workshop.localcloud.gate.requests import BODY_BYTES, Head
from workshop.localcloud.lambda_api.connections import TimedSocket
from workshop.localcloud.lambda_api.errors import LambdaError

NOBODY = Visitor(Head("", "", ()))
Answer = tuple[int, dict[str, str], bytes]
log = logging.getLogger(__name__)


def in_awss_form(error: LambdaError) -> Answer:
    """Return an error as AWS's clients read it."""
    headers = {"x-amzn-ErrorType": error.code, "Content-Type": "application/json"}
    return error.status, headers, json.dumps(error.body()).encode()


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


class BodyRefused(Exception):
    """A body that the server does not read; the status says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class GatedServer(Protocol):
    """A server that has a gate."""

    gate: Gate


class GatedHandler(BaseHTTPRequestHandler):
    """One connection; serves requests until the client closes it."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "workshop", ""
    disable_nagle_algorithm = True
    wbufsize = -1  # send headers and body in one packet
    server: GatedServer  # type: ignore[assignment]
    visitor = NOBODY

    def result(self, body: bytes) -> Answer:
        """Return the response to a request that the gate let in. Raises nothing."""
        raise NotImplementedError

    def setup(self) -> None:
        """See the base class; add a time limit for requests."""
        super().setup()
        self._incoming = TimedSocket(self.connection)
        self.rfile = io.BufferedReader(self._incoming)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Serve any HTTP method, which the base class looks up by name."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        """Ask the gate, then read the body and respond."""
        head = Head.of(self.command, self.path, self.headers.items())
        try:
            visitor = self.server.gate.admit(head)
            body = self.read_body()
            visitor.check(body)
        except Refusal as refusal:
            refused = refusals.answer(refusal, head)
            self.refuse(refused.status, refused.headers, refused.body)
        except BodyRefused as unread:
            self.refuse(unread.status, {}, b"")
        except LambdaError as error:
            self.refuse(*in_awss_form(error))
        else:
            self.visitor = visitor
            self._incoming.request_has_arrived(admitted=True)
            self.respond(*self.result(body))

    def read_body(self) -> bytes:
        """Return the whole body. Raises ``BodyRefused``."""
        length = self.headers.get("Content-Length") or "0"
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            raise BodyRefused(HTTPStatus.LENGTH_REQUIRED)
        if int(length) > BODY_BYTES:
            raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(HTTPStatus.CONTINUE)
            self.end_headers()
            self.wfile.flush()
        return self.rfile.read(int(length))

    def handle_expect_100(self) -> bool:
        """Do not ask for a body before the gate knows the sender."""
        return True

    def parse_request(self) -> bool:
        """Refuse HTTP/0.9, whose responses have no status."""
        read = super().parse_request()
        if read and self.request_version == "HTTP/0.9":
            self.send_error(400)
            return False
        return read

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Respond in AWS's form to what is not a request."""
        self.request_version = self.protocol_version
        error = LambdaError(
            min(code, 499), "BadRequestException", message or explain or "Bad request"
        )
        self.refuse(*in_awss_form(error))

    def refuse(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Respond to a request that was not read to its end, and close the connection."""
        self.close_connection = True
        self.visitor = NOBODY
        self._incoming.request_has_arrived(admitted=False)
        self.respond(status, {**headers, "Connection": "close"}, body)

    def respond(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send one answer."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("%s %s: answered %s %s", self.command, self.path, status, body[:1000])
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.visitor.proof:
            self.send_header(PROOF, self.visitor.proof)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the date of a response; make the text once for all responses of a second."""
        return _date(int(time.time() if timestamp is None else timestamp))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log requests only for debugging."""
        log.debug(format, *args)
