"""REST APIs from an OpenAPI document: all of it that a request meets.

Fixes: ministack imports the paths, who may call them, and an integration's URI. It drops the
mappings of an integration, the method ANY, what a request must have, and gateway responses; and
after a change of the document the API has another address.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners

Document = dict[str, Any]

REST_API = "AWS::ApiGateway::RestApi"
PREFIX = "x-amazon-apigateway-"
ANY, VALIDATOR = f"{PREFIX}any-method", f"{PREFIX}request-validator"
PLACES = {"header": "header", "path": "path", "query": "querystring"}
MODEL = re.compile(r'"#/(?:definitions|components/schemas)/([^"/]+)"')
MODEL_URL = "https://apigateway.amazonaws.com/restapis/{}/models/"
# What an imported API has, by its id.
TABLES = ("_resources", "_authorizers_v1", "_models", "_request_validators", "_gateway_responses")

_import_rest_api = apigateway_v1._import_rest_api
_import_security_schemes = apigateway_v1._import_security_schemes
_import_operation = apigateway_v1._import_operation
_handlers = provisioners._RESOURCE_HANDLERS[REST_API]
_update: Callable[..., Any] = _handlers["update"]


def import_rest_api(document: Document, *others: Any) -> str:
    """Create an API; return its id."""
    paths = {path: complete(document, item) for path, item in document.get("paths", {}).items()}
    api_id: str = _import_rest_api({**document, "paths": paths}, *others)
    return api_id


def complete(document: Document, item: Document) -> Document:
    """Return a path's item whose operations have what stands above them in the document."""
    operations = {
        name.replace(ANY, "any"): dict(operation)
        for name, operation in item.items()
        if name in {*apigateway_v1._OPENAPI_HTTP_METHODS, ANY}
    }
    for operation in operations.values():
        every = [*item.get("parameters", []), *operation.get("parameters", [])]
        operation["parameters"] = [resolved(document, each) for each in every]
        operation.setdefault(VALIDATOR, document.get(VALIDATOR))
        operation["requestBody"] = resolved(document, operation.get("requestBody") or {})
    return operations


def resolved(document: Document, part: Document) -> Document:
    """Return what a part of the document refers to, or the part itself."""
    for name in str(part.get("$ref", "")).split("/")[1:]:
        document = document.get(name, {})
    return document if "$ref" in part else part


def import_security_schemes(api_id: str, document: Document) -> Any:
    """Create what belongs to the API as a whole; ministack calls this before it reads the paths."""
    schemas = document.get("definitions") or document.get("components", {}).get("schemas") or {}
    for name, schema in schemas.items():
        text = MODEL.sub(f'"{MODEL_URL.format(api_id)}\\1"', json.dumps(schema))
        apigateway_v1._create_model(api_id, {"name": name, "schema": text})
    for name, checks in (document.get(f"{PREFIX}request-validators") or {}).items():
        apigateway_v1._create_request_validator(api_id, {"name": name, **checks})
    for kind, response in (document.get(f"{PREFIX}gateway-responses") or {}).items():
        apigateway_v1._put_gateway_response(api_id, kind, response)
    binary = document.get(f"{PREFIX}binary-media-types")
    if binary:
        apigateway_v1._rest_apis[api_id]["binaryMediaTypes"] = binary
    return _import_security_schemes(api_id, document)


def import_operation(
    api_id: str, resource_id: str, http_method: str, operation: Document, *security: Any
) -> None:
    """Create a method with its integration."""
    _import_operation(api_id, resource_id, http_method, operation, *security)
    place = api_id, resource_id, http_method
    method = apigateway_v1._resources[api_id][resource_id]["resourceMethods"][http_method]
    validators = apigateway_v1._request_validators.get(api_id, {}).values()
    wanted = operation.get(VALIDATOR)
    method["requestValidatorId"] = next(
        (each["id"] for each in validators if each["name"] == wanted), None
    )
    method["requestParameters"] = required_parameters(operation)
    method["requestModels"] = models(operation)
    for status, response in operation.get("responses", {}).items():
        apigateway_v1._put_method_response(*place, str(status), response or {})
    integration = operation.get(f"{PREFIX}integration")
    if integration:
        kind = {"type": str(integration.get("type", "")).upper()}
        apigateway_v1._put_integration(*place, {**integration, **kind})
        for pattern, response in (integration.get("responses") or {}).items():
            selected = {**response, "selectionPattern": "" if pattern == "default" else pattern}
            status = str(response.get("statusCode", "200"))
            apigateway_v1._put_integration_response(*place, status, selected)


def required_parameters(operation: Document) -> dict[str, bool]:
    """Return the parameters of an operation, and whether a request must have them."""
    return {
        f"method.request.{PLACES[each['in']]}.{each['name']}": bool(each.get("required"))
        for each in operation["parameters"]
        if each.get("in") in PLACES
    }


def models(operation: Document) -> dict[str, str]:
    """Return the name of the model of a request's body, by media type."""
    content = {kind: each.get("schema") for kind, each in _contents(operation)}
    for each in operation["parameters"]:
        if each.get("in") == "body":
            kinds = operation.get("consumes") or ["application/json"]
            content |= dict.fromkeys(kinds, each.get("schema"))
    return {
        kind: schema["$ref"].rpartition("/")[2]
        for kind, schema in content.items()
        if schema and "$ref" in schema
    }


def _contents(operation: Document) -> list[tuple[str, Document]]:
    return [*(operation["requestBody"].get("content") or {}).items()]


def update(physical_id: str, old: Document, new: Document, *others: Any, **named: Any) -> Any:
    """Update the API of a resource; one with another document keeps its id, and so its address."""
    if new.get("Body") == old.get("Body") or not isinstance(new.get("Body"), dict):
        return _update(physical_id, old, new, *others, **named)
    made, _ = provisioners._apigw_rest_api_create(physical_id, new, *others[:1])
    new_url, old_url = MODEL_URL.format(made), MODEL_URL.format(physical_id)
    for name in TABLES:
        table = getattr(apigateway_v1, name)
        table[physical_id] = json.loads(json.dumps(table.pop(made, {})).replace(new_url, old_url))
    media_types = apigateway_v1._rest_apis[made]["binaryMediaTypes"]
    apigateway_v1._delete_rest_api(made)
    apigateway_v1._rest_apis[physical_id]["binaryMediaTypes"] = media_types
    return _update(physical_id, {**old, "Body": new["Body"]}, new, *others, **named)


apigateway_v1._OPENAPI_HTTP_METHODS.add("any")
apigateway_v1._import_rest_api = import_rest_api
apigateway_v1._import_security_schemes = import_security_schemes
apigateway_v1._import_operation = import_operation
_handlers["update"] = update
