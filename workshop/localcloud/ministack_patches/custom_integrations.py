"""Integrations of a REST API with a function that are not proxies: `aws`, with mapping templates.

Fixes: ministack calls the function with the event of a proxy, always synchronously, and returns
the result as it is.
"""

import json
import logging
import re
from dataclasses import dataclass, field
from typing import Any

from api_errors import INTERNAL, failure, limit_of, uri_of
from durable_config_checks import is_durable
from durable_starts import Result, start
from mapping_templates import (
    BadTemplate,
    Input,
    Map,
    NotJson,
    Variables,
    as_java,
    as_json,
    parameters,
    render,
    text,
)
from ministack.core.concurrency import run_reentrant
from ministack.services import apigateway_v1, lambda_svc

Integration = dict[str, Any]
ASYNCHRONOUS_STATUS = 202
NO_TEMPLATES = "WHEN_NO_TEMPLATES"
NOT_JSON = "Could not parse request body into json: "
log = logging.getLogger(__name__)


class NotTaken(Exception):
    """A body of a media type that has no template and may not be passed on."""


@dataclass
class Call:
    """One request on its way through an integration."""

    event: dict[str, Any]  # the request as a proxy integration would pass it on
    stage: dict[str, str]  # the stage's variables
    variables: Variables = field(init=False)

    def __post_init__(self) -> None:
        request, headers = self.event["requestContext"], self.event["headers"]
        overrides = Map(header=Map(), querystring=Map(), path=Map())
        answer = Map(requestOverride=overrides, responseOverride=Map(header=Map()))
        given = self.event["pathParameters"], self.event["queryStringParameters"], headers.items()
        self.variables = Variables(
            as_java({**request, **answer}), as_java(self.stage), parameters(*given)
        )

    @property
    def body(self) -> str:
        """Return the request's body."""
        return str(self.event["body"] or "")

    def value(self, source: str, answer: "Backend | None" = None) -> str | None:
        """Return what a mapping expression such as ``method.request.header.Name`` names."""
        if source.startswith("'"):
            return source.strip("'")
        place, _, name = source.rpartition(".")
        if source.startswith(("context.", "stageVariables.")):
            found = self.variables.context if place.startswith("context") else self.variables.stage
            for each in source.split(".")[1:]:
                found = (found or {}).get(each)
            return None if found is None else str(found)
        head, _, path = source.partition(".body")
        if head in ("method.request", "integration.response"):
            body = self.body if head == "method.request" else answer.body if answer else ""
            return text(Input(body, Map()).path(f"${path}")) if path else body
        if place == "integration.response.header":
            return answer.headers.get(name.lower()) if answer else None
        kind = place.removeprefix("method.request.")
        given: str | None = self.variables.parameters.get(kind, Map()).get(name)
        return given


@dataclass
class Backend:
    """What the Lambda API answered."""

    body: str
    error: str | None = None  # the error's message, by which a response is selected
    headers: dict[str, str] = field(default_factory=dict)


async def invoke_lambda_custom(integration: Integration, *request: Any, **others: Any) -> Any:
    """Call a function by the integration's mappings, and map its answer."""
    owner = {"account_id": others.pop("owner_account_id"), "region": others.pop("owner_region")}
    event = apigateway_v1._build_lambda_event_v1(*request, **others)
    call = Call(event, request[2].get("variables") or {})
    return await run_reentrant(answer, integration, call, owner)


def answer(integration: Integration, call: Call, owner: dict[str, str]) -> Any:
    """Return the answer: status, headers and body, or API Gateway's own error."""
    try:
        payload = request_payload(integration, call)
        record, config, _ = lambda_svc._get_func_record_for_ref_in_scope(
            function_of(integration, call), **owner
        )
        if record is None or config is None:
            return misconfigured()
        result = invoke(integration, call, record, config, payload)
        return failure(result) or mapped(integration, call, result)
    except NotTaken:
        return apigateway_v1._gw_error("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    except NotJson as error:
        return apigateway_v1._gw_error("BAD_REQUEST_BODY", f"{NOT_JSON}{error}")
    except BadTemplate as error:
        log.warning("a mapping template of %s: %s", integration["uri"], error)
        return misconfigured()


def misconfigured() -> Any:
    """Return the error of an integration that cannot work."""
    return apigateway_v1._gw_error("API_CONFIGURATION_ERROR", INTERNAL)


def request_payload(integration: Integration, call: Call) -> Any:
    """Return the payload: what the request template makes of the body, or the body itself."""
    sent = call.variables.parameters["header"].get("content-type") or "application/json"
    templates = integration.get("requestTemplates") or {}
    template = by_media_type(templates, sent)
    behavior = str(integration.get("passthroughBehavior") or "").upper()
    if template is None and (behavior == "NEVER" or (behavior == NO_TEMPLATES and templates)):
        raise NotTaken
    body = call.body if template is None else render(template, call.body, call.variables)
    try:
        return json.loads(body or "{}")
    except ValueError as error:
        raise NotJson(str(error)) from None


def by_media_type(templates: dict[str, str] | None, media_type: str) -> str | None:
    """Return the template for a media type."""
    named = {name.split(";")[0].strip().lower(): each for name, each in (templates or {}).items()}
    return named.get(media_type.split(";", maxsplit=1)[0].strip().lower())


def request_headers(integration: Integration, call: Call) -> dict[str, str]:
    """Return the headers of the Invoke that the integration sets, by lower-case name."""
    prefix = "integration.request.header."
    mapped = {
        name.removeprefix(prefix).lower(): call.value(source)
        for name, source in (integration.get("requestParameters") or {}).items()
        if name.startswith(prefix)
    }
    overrides = call.variables.context["requestOverride"]["header"]
    mapped |= {name.lower(): str(value) for name, value in overrides.items()}
    return {name: value for name, value in mapped.items() if value is not None}


def function_of(integration: Integration, call: Call) -> str:
    """Return the function that the integration names, by a stage variable if it has one."""
    uri = uri_of(integration, call.stage)
    return str(apigateway_v1._extract_lambda_ref_from_integration_uri(uri))


def invoke(
    integration: Integration, call: Call, record: Result, config: Result, payload: Any
) -> Result:
    """Invoke a function in the way that the integration says, and start it if it is durable."""
    headers = request_headers(integration, call)
    kind: Any = headers.get("x-amz-invocation-type", "RequestResponse")
    if is_durable(config):
        name = headers.get("x-amz-durable-execution-name", "")
        return start(config, payload, kind, name, limit_of(integration))
    made = lambda_svc._execution_record_for_config(record, config)
    if kind == "Event":
        lambda_svc.invoke_async_with_retry(made, payload)
        return {"status": ASYNCHRONOUS_STATUS, "body": None}
    result: Result = lambda_svc._execute_function_with_config_scope(made, payload)
    return result


def mapped(integration: Integration, call: Call, result: Result) -> Any:
    """Return a result as the integration's responses say."""
    if result.get("throttle"):
        return apigateway_v1._gw_error("INTEGRATION_FAILURE", INTERNAL)
    backend = backend_of(result)
    response = select(integration, backend.error)
    if response is None:
        return misconfigured()
    call.variables.context["status"] = response["statusCode"]
    accepted = call.variables.parameters["header"].get("accept") or "application/json"
    templates = response.get("responseTemplates") or {}
    template = by_media_type(templates, accepted.split(",")[0])
    if template is None:
        template = by_media_type(templates, "application/json")
    body = backend.body if not template else render(template, backend.body, call.variables)
    headers = {"Content-Type": "application/json"}
    for name, source in (response.get("responseParameters") or {}).items():
        value = call.value(str(source), backend)
        if name.startswith("method.response.header.") and value is not None:
            put(headers, name.removeprefix("method.response.header."), value)
    override = call.variables.context["responseOverride"]
    for name, value in override["header"].items():
        put(headers, name, str(value))
    return int(override.get("status") or response["statusCode"]), headers, body.encode()


def put(headers: dict[str, str], name: str, value: str) -> None:
    """Set a header, whose name may be there in another case."""
    for other in [each for each in headers if each.lower() == name.lower()]:
        del headers[other]
    headers[name] = value


def backend_of(result: Result) -> Backend:
    """Return a result as the Lambda API answers it."""
    body, asynchronous = result.get("body"), result.get("status") == ASYNCHRONOUS_STATUS
    if isinstance(body, bytes):
        body = json.loads(body)
    error = None
    headers = (
        {"x-amz-durable-execution-arn": result["execution"]} if result.get("execution") else {}
    )
    if result.get("error"):
        error = str(body.get("errorMessage", "") if isinstance(body, dict) else body)
        headers["x-amz-function-error"] = result.get("function_error") or "Unhandled"
    return Backend("" if asynchronous else as_json(body), error, headers)


def select(integration: Integration, error: str | None) -> dict[str, Any] | None:
    """Return the response whose pattern is that of the function's error; else the default one."""
    responses = [*(integration.get("integrationResponses") or {}).values()]
    for each in responses:
        pattern = each.get("selectionPattern")
        if pattern and error is not None and re.fullmatch(pattern, error):
            return dict(each)
    return next((each for each in responses if not each.get("selectionPattern")), None)


apigateway_v1._invoke_lambda_custom_v1 = invoke_lambda_custom
