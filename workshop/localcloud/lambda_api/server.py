"""The HTTP server of the Lambda API: three kinds of request, three ways to answer."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3
from aws_durable_execution_sdk_python_testing.exceptions import AwsApiException, UnknownRouteError

from workshop.localcloud.durable.engine import Engine
from workshop.localcloud.lambda_api import crashing, executions
from workshop.localcloud.lambda_api.authorization import Authorizer
from workshop.localcloud.lambda_api.errors import LambdaError
from workshop.localcloud.lambda_api.functions import Functions, parse_target
from workshop.localcloud.lambda_api.invoke import DurableInvoker, Invocation
from workshop.localcloud.lambda_api.model import Model, Parameters

HEALTH = "/_workshop/health"
CLOCK = "/_workshop/clock"
CRASH = "/_workshop/crash"
NOT_FORWARDED = {"connection", "expect", "keep-alive", "transfer-encoding", "content-length"}
log = logging.getLogger(__name__)


class LambdaFront(ThreadingHTTPServer):
    """Serves the Lambda API on 127.0.0.1."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self,
        port: int,
        engine: Engine,
        functions: Functions,
        authorizer: Authorizer,
        ministack_port: int,
    ) -> None:
        self.engine = engine
        self.functions = functions
        self.model = Model(engine.service_model)
        self.durable = DurableInvoker(engine)
        self.executions = executions.ExecutionsApi(engine, functions)
        self.authorizer = authorizer
        self.ministack = urllib3.HTTPConnectionPool("127.0.0.1", ministack_port, maxsize=64)
        super().__init__(("127.0.0.1", port), RequestHandler)


class RequestHandler(BaseHTTPRequestHandler):
    """One connection; answers requests until the client closes it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet
    server: LambdaFront

    def answer(self) -> None:
        """Read the request, answer it, and never let an error close the connection."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.respond(*self.route(body))
        except LambdaError as error:
            self.refuse(error)
        except AwsApiException as error:
            headers = {"Content-Type": "application/json"}
            self.respond(error.http_status_code, headers, json.dumps(error.to_dict()).encode())
        except UnknownRouteError as error:
            self.respond(
                404, {"x-amzn-ErrorType": "UnknownOperationException"}, str(error).encode()
            )
        except Exception as error:
            log.exception("%s %s", self.command, self.path)
            headers = {"x-amzn-ErrorType": "ServiceException"}
            self.respond(500, headers, json.dumps({"Message": str(error)}).encode())

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = answer

    def route(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Answer a durable invoke or an execution's operation; pass on everything else."""
        path = self.path.partition("?")[0]
        if path == HEALTH:
            return 200, {}, b"ok"
        if path == CLOCK:
            return self.set_clock(body)
        if path == CRASH and self.command == "POST":
            return (
                200,
                {},
                json.dumps({"killed": crashing.crash(body.decode(errors="replace"))}).encode(),
            )
        request = self.server.model.read(self.command, self.path, self.headers, body)
        if "Durable" in request.operation:
            needed = executions.permission(request)
            if needed:
                self.server.authorizer.check(self.headers.get("Authorization"), *needed)
            return self.server.executions.answer(request)
        if request.operation == "Invoke":
            answer = self.invoke_durable(request.parameters)
            if answer is not None:
                return answer
        return self.forward(body)

    def set_clock(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Set the clock of executions from now on, or read it with an empty body."""
        if body in (b"skip", b"real"):
            self.server.engine.clock.mode = "skip" if body == b"skip" else "real"
        return 200, {}, self.server.engine.clock.mode.encode()

    def invoke_durable(self, parameters: Parameters) -> tuple[int, dict[str, str], bytes] | None:
        """Invoke a durable function; None when the function is an ordinary one."""
        target = parse_target(parameters["FunctionName"])
        qualifier = target.qualifier or parameters.get("Qualifier")
        function = self.server.functions.find(target.name, qualifier)
        if function.durable is None:
            return None
        self.server.authorizer.check(
            self.headers.get("Authorization"),
            "lambda:InvokeFunction",
            f"{function.arn}:{qualifier}" if qualifier else function.arn,
        )
        answer = self.server.durable.invoke(
            Invocation(
                function=function,
                qualifier=qualifier,
                kind=parameters.get("InvocationType", "RequestResponse"),
                payload=parameters["Payload"],
                execution_name=parameters.get("DurableExecutionName"),
            )
        )
        return answer.status, answer.headers, answer.payload

    def forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
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

    def parse_request(self) -> bool:
        """Refuse HTTP/0.9, which has answers without a status."""
        read = super().parse_request()
        if read and self.request_version == "HTTP/0.9":
            self.send_error(400)
            return False
        return read

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, or has a method AWS never uses, in AWS's form."""
        self.close_connection, self.request_version = True, self.protocol_version
        error = LambdaError(code, "BadRequestException", message or explain or "Bad request")
        if code == HTTPStatus.NOT_IMPLEMENTED:
            error = LambdaError(404, "UnknownOperationException", f"There is no {self.command}")
        elif code >= 500:
            error.status = 400
        self.refuse(error)

    def refuse(self, error: LambdaError) -> None:
        """Send one refusal."""
        headers = {"x-amzn-ErrorType": error.code, "Content-Type": "application/json"}
        self.respond(error.status, headers, json.dumps(error.body()).encode())

    def respond(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send one answer."""
        if status >= 500:
            log.error("%s %s: answered %s %s", self.command, self.path, status, body[:1000])
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log requests only when asked to."""
        log.debug(format, *args)
