"""What an API answers if a function fails, is late, or returns what is not a response.

Fixes: ministack shows the function's error to the client, answers whatever a function returns, and
waits for it without a limit.
"""

import json
import re
from contextvars import ContextVar
from types import NoneType
from typing import Any

from durable_starts import LATE, Result, calling
from ministack.services import apigateway, apigateway_v1, lambda_svc

INTERNAL = "Internal server error"
HTTP_API_SECONDS = 30
REST_API_MILLISECONDS = 29_000  # the default of an integration
STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
# The fields that the response of a proxy integration may have.
FIELDS: dict[str, tuple[type, ...]] = {
    "body": (str, NoneType),
    "headers": (dict, NoneType),
    "isBase64Encoded": (bool, NoneType),
    "multiValueHeaders": (dict, NoneType),
    "statusCode": (int, str),
}

_gateway_error_response = apigateway_v1._gateway_error_response
_rest_proxy = apigateway_v1._invoke_lambda_proxy_v1
_rest_response = apigateway_v1._lambda_proxy_response
_http_proxy = apigateway._invoke_lambda_proxy
_response = lambda_svc.lambda_execute_result_to_api_proxy_response
_serves_http_api: ContextVar[bool] = ContextVar("serves_http_api", default=False)


class BadGateway(apigateway_v1._GatewayError):  # type: ignore[misc]
    """The error of a proxy integration: 502, which has no gateway response of its own."""

    def __init__(self) -> None:
        super().__init__("DEFAULT_5XX", INTERNAL)


class Failed(Exception):
    """A call that failed; the argument is the error that the API answers."""


def failure(result: Result) -> Any:
    """Return the API's error if a function was not called; None if it was."""
    status = result.get("status", 200)
    if status == LATE:
        return apigateway_v1._gw_error("INTEGRATION_TIMEOUT", "Endpoint request timed out")
    if status >= 500:
        return apigateway_v1._gw_error("INTEGRATION_FAILURE", INTERNAL)
    if status >= 400:
        return apigateway_v1._gw_error("API_CONFIGURATION_ERROR", INTERNAL)
    return None


def is_response(value: Any) -> bool:
    """Return whether a function returned the response of a proxy integration."""
    return (
        isinstance(value, dict)
        and value.keys() <= FIELDS.keys()
        and all(isinstance(value[name], FIELDS[name]) for name in value)
        and str(value.get("statusCode", 200)).isdecimal()
    )


def rest_response(result: Result) -> Any:
    """Return the response of a proxy integration. Raises ``Failed``."""
    error = failure(result)
    if error is not None:
        raise Failed(error)
    if not result.get("throttle") and (result.get("error") or not is_response(result.get("body"))):
        raise Failed(BadGateway())
    response, reason = _rest_response(result)
    status = int((response or {}).get("statusCode", 200))
    return {**(response or {}), "statusCode": status}, reason


def uri_of(integration: dict[str, Any], stage_variables: dict[str, str]) -> str:
    """Return the URI of an integration, with the variables of the stage in it."""
    return STAGE_VARIABLE.sub(lambda each: stage_variables.get(each[1], ""), integration["uri"])


def limit_of(integration: dict[str, Any]) -> float:
    """Return the seconds that an integration waits."""
    milliseconds: float = integration.get("timeoutInMillis") or REST_API_MILLISECONDS
    return milliseconds / 1000


async def rest_proxy(integration: dict[str, Any], *request: Any, **others: Any) -> Any:
    """Call a function for a REST API, and wait as long as the integration does."""
    variables = request[2].get("variables") or {}
    named = {**integration, "uri": uri_of(integration, variables)}
    try:
        with calling(limit_seconds=limit_of(integration)):
            return await _rest_proxy(named, *request, **others)
    except Failed as failed:
        return failed.args[0]


def gateway_error_response(error: Any, request: Any) -> tuple[int, dict[str, str], bytes]:
    """Return the response of an error; one of a proxy integration is 502."""
    status, headers, body = _gateway_error_response(error, request)
    return 502 if isinstance(error, BadGateway) and status == 500 else status, headers, body


async def http_proxy(*request: Any, **others: Any) -> Any:
    """Call a function for an HTTP API."""
    before = _serves_http_api.set(True)
    try:
        with calling(limit_seconds=HTTP_API_SECONDS):
            return await _http_proxy(*request, **others)
    finally:
        _serves_http_api.reset(before)


def response(result: Result) -> Any:
    """Return what a function returned as a response; an HTTP API tells nothing of an error."""
    if not _serves_http_api.get() or not result.get("error") or result.get("throttle"):
        return _response(result)
    late = result.get("status") == LATE
    status, message = (503, "Service Unavailable") if late else (500, "Internal Server Error")
    headers = {"Content-Type": "application/json"}
    return {
        "statusCode": status,
        "headers": headers,
        "body": json.dumps({"message": message}),
    }, None


apigateway_v1._gateway_error_response = gateway_error_response
apigateway_v1._lambda_proxy_response = rest_response
apigateway_v1._invoke_lambda_proxy_v1 = rest_proxy
apigateway._invoke_lambda_proxy = http_proxy
lambda_svc.lambda_execute_result_to_api_proxy_response = response
