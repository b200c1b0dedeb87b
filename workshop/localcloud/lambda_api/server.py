"""The HTTP server of the Lambda API: three kinds of request, three handlers."""

from __future__ import annotations

import json
import logging

import urllib3
from aws_durable_execution_sdk_python_testing.exceptions import AwsApiException

from workshop.localcloud.durable.engine import Engine
from workshop.localcloud.gate.credentials import PROOF
from workshop.localcloud.gate.gate import Gate
from workshop.localcloud.lambda_api import crashing, executions, forking
from workshop.localcloud.lambda_api.authorization import Authorizer
from workshop.localcloud.lambda_api.connections import BoundedServer
from workshop.localcloud.lambda_api.errors import LambdaError
from workshop.localcloud.lambda_api.functions import Functions, parse_target
from workshop.localcloud.lambda_api.gated_handler import Answer, GatedHandler, in_awss_form
from workshop.localcloud.lambda_api.invoke import DurableInvoker, Invocation
from workshop.localcloud.lambda_api.model import Model, Parameters

HEALTH = "/_workshop/health"
CLOCK = "/_workshop/clock"
CRASH = "/_workshop/crash"
FORK = "/_workshop/fork"
NOT_FORWARDED = {"connection", "expect", "keep-alive", "transfer-encoding", "content-length"}
NOT_ANSWERED = NOT_FORWARDED | {PROOF}
log = logging.getLogger(__name__)


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
        self.model = Model(engine.service_model)
        self.durable = DurableInvoker(engine)
        self.executions = executions.ExecutionsApi(engine, functions)
        self.gate = gate
        self.authorizer = authorizer
        self.ministack = urllib3.HTTPConnectionPool("127.0.0.1", ministack_port, maxsize=64)
        super().__init__(("127.0.0.1", port), RequestHandler)


class RequestHandler(GatedHandler):
    """Serves the requests that the gate has let in."""

    server: LambdaFront

    def result(self, body: bytes) -> Answer:
        """Return the response; no error of a handler closes the connection."""
        try:
            return self.route(body)
        except LambdaError as error:
            return in_awss_form(error)
        except AwsApiException as error:
            return in_awss_form(executions.as_lambda_error(error))
        except Exception as error:
            log.exception("%s %s", self.command, self.path)
            headers = {"x-amzn-ErrorType": "ServiceException"}
            return 500, headers, json.dumps({"Message": str(error)}).encode()

    def route(self, body: bytes) -> Answer:
        """Serve a durable invoke or an execution's operation; forward everything else."""
        path = self.path.partition("?")[0]
        if path == HEALTH:
            return 200, {}, b"ok"
        if path == CLOCK:
            return self.set_clock(body)
        if path == CRASH and self.command == "POST":
            killed = crashing.crash(body.decode(errors="replace"))
            return 200, {}, json.dumps({"killed": killed}).encode()
        if path == FORK and self.command == "POST":
            arn = forking.fork(self.server.engine, self.server.functions, body)
            return 200, {}, json.dumps({"arn": arn}).encode()
        request = self.server.model.read(self.command, self.path, self.headers, body)
        if "Durable" in request.operation:
            needed = executions.permission(request, self.server.functions)
            self.server.authorizer.check(self.visitor.credential, *needed)
            return self.server.executions.answer(request)
        if request.operation == "Invoke":
            answer = self.invoke_durable(request.parameters)
            if answer is not None:
                return answer
        return self.forward(body)

    def set_clock(self, body: bytes) -> Answer:
        """Set the clock for executions from now on; with an empty body, return it."""
        if body in (b"skip", b"real"):
            self.server.engine.clock.mode = "skip" if body == b"skip" else "real"
        return 200, {}, self.server.engine.clock.mode.encode()

    def invoke_durable(self, parameters: Parameters) -> Answer | None:
        """Invoke a durable function; return None for an ordinary one."""
        target = parse_target(parameters["FunctionName"])
        qualifier = target.qualifier or parameters.get("Qualifier")
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
                kind=parameters.get("InvocationType", "RequestResponse"),
                payload=parameters["Payload"],
                execution_name=parameters.get("DurableExecutionName"),
            )
        )
        return answer.status, answer.headers, answer.payload

    def forward(self, body: bytes) -> Answer:
        """Forward the request to ministack unchanged, Host included: the signature covers it."""
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
        answer = {k: v for k, v in response.headers.items() if k.lower() not in NOT_ANSWERED}
        return response.status, answer, response.data
