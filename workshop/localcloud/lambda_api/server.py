"""The HTTP server of the Lambda API: three kinds of request, three ways to answer."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3
from aws_durable_execution_sdk_python_testing.exceptions import AwsApiException, UnknownRouteError

from workshop.localcloud.durable.engine import Engine
from workshop.localcloud.gate import refusals
from workshop.localcloud.gate.credentials import PROOF
from workshop.localcloud.gate.gate import Gate, Visitor
from workshop.localcloud.gate.refusals import Refusal
from workshop.localcloud.gate.requests import Head
from workshop.localcloud.lambda_api import crashing, executions
from workshop.localcloud.lambda_api.authorization import Authorizer
from workshop.localcloud.lambda_api.connections import BoundedServer, TimedSocket
from workshop.localcloud.lambda_api.errors import LambdaError
from workshop.localcloud.lambda_api.functions import Functions, parse_target
from workshop.localcloud.lambda_api.invoke import DurableInvoker, Invocation

INVOKE = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations/?")
HEALTH = "/_workshop/health"
CLOCK = "/_workshop/clock"
CRASH = "/_workshop/crash"
BODY_BYTES = 256 * 1024 * 1024
Answer = tuple[int, dict[str, str], bytes]
NOT_FORWARDED = {"connection", "expect", "keep-alive", "transfer-encoding", "content-length"}
log = logging.getLogger(__name__)


class BodyRefused(Exception):
    """A body that is not read; with the status that says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class LambdaFront(BoundedServer):
    """Serves the Lambda API on 127.0.0.1."""

    def __init__(
        self,
        port: int,
        engine: Engine,
        functions: Functions,
        gate: Gate,
        authorizer: Authorizer,
        ministack_port: int,
    ) -> None:
        self.engine = engine
        self.functions = functions
        self.durable = DurableInvoker(engine)
        self.executions = executions.ExecutionsApi(engine, functions)
        self.gate = gate
        self.authorizer = authorizer
        self.ministack = urllib3.HTTPConnectionPool("127.0.0.1", ministack_port, maxsize=64)
        super().__init__(("127.0.0.1", port), RequestHandler)


class RequestHandler(BaseHTTPRequestHandler):
    """One connection; answers requests until the client closes it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    server: LambdaFront
    visitor: Visitor

    def setup(self) -> None:
        """See the base class; what arrives has a time limit."""
        super().setup()
        self._incoming = TimedSocket(self.connection)
        self.rfile = io.BufferedReader(self._incoming)

    def answer(self) -> None:
        """Ask the gate, then answer the request; no error of a handler closes the connection."""
        head = Head.of(self.command, self.path, self.headers.items())
        try:
            self.visitor = self.server.gate.admit(head)
            body = self.read_body()
            self.visitor.check(body)
        except Refusal as refusal:
            refused = refusals.answer(refusal, head)
            self.refuse(refused.status, refused.headers, refused.body)
        except BodyRefused as refused:
            self.refuse(refused.status, {}, b"")
        else:
            self._incoming.request_has_arrived(admitted=True)
            self.respond(*self.result(body))

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Answer requests of any method, which the base class looks up by name."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def read_body(self) -> bytes:
        """The whole body. Raises ``BodyRefused``."""
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
        """Let nobody send a body before the gate has seen who it is."""
        return True

    def refuse(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Answer a request whose body was not read, and end the connection."""
        self.close_connection = True
        self._incoming.request_has_arrived(admitted=False)
        self.visitor = Visitor(Head("", "", ()))
        self.respond(status, {**headers, "Connection": "close"}, body)

    def result(self, body: bytes) -> Answer:
        """What to answer to a request that was let in."""
        try:
            return self.route(body)
        except LambdaError as error:
            headers = {"x-amzn-ErrorType": error.code, "Content-Type": "application/json"}
            return error.status, headers, json.dumps(error.body()).encode()
        except AwsApiException as error:
            headers = {"Content-Type": "application/json"}
            return error.http_status_code, headers, json.dumps(error.to_dict()).encode()
        except UnknownRouteError as error:
            return 404, {"x-amzn-ErrorType": "UnknownOperationException"}, str(error).encode()
        except Exception as error:
            log.exception("%s %s", self.command, self.path)
            headers = {"x-amzn-ErrorType": "ServiceException"}
            return 500, headers, json.dumps({"Message": str(error)}).encode()

    def route(self, body: bytes) -> Answer:
        """Answer a durable invoke or an execution's operation; pass on everything else."""
        url = urlsplit(self.path)
        if url.path == HEALTH:
            return 200, {}, b"ok"
        if url.path == CLOCK:
            return self.set_clock(body)
        if url.path == CRASH and self.command == "POST":
            return 200, {}, json.dumps({"killed": crashing.crash(body.decode())}).encode()
        if url.path.startswith(executions.PREFIX):
            needed = executions.permission(self.command, url.path)
            if needed:
                self.server.authorizer.check(self.visitor.credential, *needed)
            return self.server.executions.answer(self.command, self.path, body)
        invoke = INVOKE.fullmatch(url.path)
        if invoke and self.command == "POST":
            answer = self.invoke_durable(unquote(invoke["name"]), parse_qs(url.query), body)
            if answer is not None:
                return answer
        return self.forward(body)

    def set_clock(self, body: bytes) -> Answer:
        """Set the clock of executions from now on, or read it with an empty body."""
        if body in (b"skip", b"real"):
            self.server.engine.clock.mode = "skip" if body == b"skip" else "real"
        return 200, {}, self.server.engine.clock.mode.encode()

    def invoke_durable(self, name: str, query: dict[str, list[str]], body: bytes) -> Answer | None:
        """Invoke a durable function; None when the function is an ordinary one."""
        target = parse_target(name)
        qualifier = target.qualifier or next(iter(query.get("Qualifier", [])), None)
        function = self.server.functions.find(target.name, qualifier)
        if function.durable is None:
            return None
        self.server.authorizer.check(
            self.visitor.credential,
            "lambda:InvokeFunction",
            f"{function.arn}:{qualifier}" if qualifier else function.arn,
        )
        answer = self.server.durable.invoke(
            Invocation(
                function=function,
                qualifier=qualifier,
                kind=self.headers.get("X-Amz-Invocation-Type") or "RequestResponse",
                payload=body,
                execution_name=self.headers.get("X-Amz-Durable-Execution-Name"),
            )
        )
        return answer.status, answer.headers, answer.payload

    def forward(self, body: bytes) -> Answer:
        """Pass the request to ministack as it came, Host included: its signature covers it."""
        headers = {k: v for k, v in self.headers.items() if k.lower() not in NOT_FORWARDED}
        response = self.server.ministack.urlopen(
            self.command,
            self.path,
            body=body,
            headers=headers,
            redirect=False,
            retries=False,
            decode_content=False,
        )
        answer = {k: v for k, v in response.headers.items() if k.lower() not in NOT_FORWARDED}
        return response.status, answer, response.data

    def respond(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send one answer."""
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

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log requests only when asked to."""
        log.debug(format, *args)
