"""The Lambda API's operations on durable executions, answered by the emulator's own handlers."""

from __future__ import annotations

import http
from urllib.parse import parse_qs, unquote, urlsplit

from aws_durable_execution_sdk_python_testing.token import CallbackToken
from aws_durable_execution_sdk_python_testing.web import handlers, routes
from aws_durable_execution_sdk_python_testing.web.models import HTTPRequest

from workshop.localcloud.durable.engine import Engine

PREFIX = "/2025-12-01/"
EXECUTIONS, CALLBACKS = "durable-executions", "durable-execution-callbacks"
ACTIONS = {
    (EXECUTIONS, "GET"): "lambda:GetDurableExecution",
    (EXECUTIONS, "GET", "history"): "lambda:GetDurableExecutionHistory",
    (EXECUTIONS, "GET", "state"): "lambda:GetDurableExecutionState",
    (EXECUTIONS, "POST", "checkpoint"): "lambda:CheckpointDurableExecution",
    (EXECUTIONS, "POST", "stop"): "lambda:StopDurableExecution",
    (CALLBACKS, "POST", "succeed"): "lambda:SendDurableExecutionCallbackSuccess",
    (CALLBACKS, "POST", "fail"): "lambda:SendDurableExecutionCallbackFailure",
    (CALLBACKS, "POST", "heartbeat"): "lambda:SendDurableExecutionCallbackHeartbeat",
}


class ExecutionsApi:
    """Routes ``/2025-12-01/…`` to the engine."""

    def __init__(self, engine: Engine) -> None:
        executor = engine.executor
        self._router = routes.Router()
        self._handlers: dict[type[routes.Route], handlers.EndpointHandler] = {
            routes.GetDurableExecutionRoute: handlers.GetDurableExecutionHandler(executor),
            routes.CheckpointDurableExecutionRoute: handlers.CheckpointDurableExecutionHandler(
                executor
            ),
            routes.StopDurableExecutionRoute: handlers.StopDurableExecutionHandler(executor),
            routes.GetDurableExecutionStateRoute: handlers.GetDurableExecutionStateHandler(
                executor
            ),
            routes.GetDurableExecutionHistoryRoute: handlers.GetDurableExecutionHistoryHandler(
                executor
            ),
            routes.ListDurableExecutionsByFunctionRoute: (
                handlers.ListDurableExecutionsByFunctionHandler(executor)
            ),
            routes.CallbackSuccessRoute: handlers.SendDurableExecutionCallbackSuccessHandler(
                executor
            ),
            routes.CallbackFailureRoute: handlers.SendDurableExecutionCallbackFailureHandler(
                executor
            ),
            routes.CallbackHeartbeatRoute: handlers.SendDurableExecutionCallbackHeartbeatHandler(
                executor
            ),
        }

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for one request."""
        url = urlsplit(target)
        route = self._router.find_route(url.path, method)
        query = as_on_aws(route, parse_qs(url.query))
        if isinstance(route, routes.BytesPayloadRoute):
            request = HTTPRequest.from_raw_bytes(
                body_bytes=body, method=method, path=route, headers={}, query_params=query
            )
        else:
            request = HTTPRequest.from_bytes(
                body_bytes=body, method=method, path=route, query_params=query
            )
        response = self._handlers[type(route)].handle(route, request)
        headers = dict(response.headers)
        if response.status_code >= http.HTTPStatus.BAD_REQUEST:
            # Where AWS clients look for the error code; the emulator has it in the body alone.
            headers["x-amzn-ErrorType"] = response.body.get("Type", "ServiceException")
        return response.status_code, headers, response.body_to_bytes()


def permission(method: str, path: str) -> tuple[str, str] | None:
    """The IAM action a request needs and the resource it needs it on; None if it needs none."""
    segments = [unquote(segment) for segment in path.strip("/").split("/")]
    if len(segments) < 3:
        return None
    _, kind, name, *rest = segments
    action = ACTIONS.get((kind, method, *rest))
    if action is None:
        return None
    try:
        arn = name if kind == EXECUTIONS else CallbackToken.from_str(name).execution_arn
    except ValueError:
        return None  # no such callback, which is what its handler will say
    return action, arn.split("/")[0]


def as_on_aws(route: routes.Route, query: dict[str, list[str]]) -> dict[str, list[str]]:
    """The query with AWS's defaults and names, where the emulator has others."""
    if isinstance(route, routes.GetDurableExecutionHistoryRoute):
        return {"IncludeExecutionData": ["true"], **query}
    if "Statuses" in query:
        return {**query, "StatusFilter": query["Statuses"]}
    return query
