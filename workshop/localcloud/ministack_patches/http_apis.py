"""HTTP APIs from an OpenAPI document, as SAM makes them.

Fixes: ministack's CloudFormation creates such an API without a route.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners
from openapi import ANY, PREFIX, Document

DEFAULT_ROUTE = "$default"

_handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
_create: Callable[..., tuple[str, Document]] = _handlers["create"]
_update: Callable[..., tuple[str, Document]] = _handlers["update"]


def create(logical_id: str, properties: Document, stack: str) -> tuple[str, Document]:
    """Create the API of a resource."""
    api_id, attributes = _create(logical_id, named(properties), stack)
    if isinstance(properties.get("Body"), dict):
        import_document(api_id, properties["Body"])
    return api_id, attributes


def update(
    physical_id: str, old: Document, new: Document, *others: Any, **named_others: Any
) -> tuple[str, Document]:
    """Update the API of a resource."""
    api_id, attributes = _update(physical_id, named(old), named(new), *others, **named_others)
    if isinstance(new.get("Body"), dict) and new["Body"] != old.get("Body"):
        import_document(api_id, new["Body"])
    return api_id, attributes


def named(properties: Document) -> Document:
    """Return the properties with the document's title as name, if they have none."""
    title = (properties.get("Body") or {}).get("info", {}).get("title")
    return {"Name": title, **properties} if title else properties


def import_document(api_id: str, document: Document) -> None:
    """Replace the routes of an API by those of a document."""
    for table in (apigateway._routes, apigateway._integrations, apigateway._authorizers):
        table[api_id] = {}
    schemes = document.get("components", {}).get("securitySchemes") or {}
    authorizers = {name: authorization(api_id, name, each) for name, each in schemes.items()}
    for path, item in document.get("paths", {}).items():
        for verb, operation in item.items():
            if verb == "parameters":
                continue
            key = f"{'ANY' if verb == ANY else verb.upper()} {path}"
            security = operation.get("security", document.get("security")) or []
            asked = [
                {**authorizers.get(name, {}), "authorizationScopes": scopes}
                for requirement in security
                for name, scopes in requirement.items()
            ]
            import_route(api_id, path if path == DEFAULT_ROUTE else key, operation, asked)


def authorization(api_id: str, name: str, scheme: Document) -> Document:
    """Create the authorizer of a security scheme; return what a route that uses it has."""
    if str(scheme.get(f"{PREFIX}authtype", "")).lower() == "awssigv4":
        return {"authorizationType": "AWS_IAM"}
    declared = scheme.get(f"{PREFIX}authorizer")
    if not declared:
        return {}
    source, is_jwt = declared.get("identitySource", []), declared.get("type") == "jwt"
    data = {
        **declared,
        "name": name,
        "authorizerType": "JWT" if is_jwt else "REQUEST",
        "identitySource": [source] if isinstance(source, str) else source,
    }
    data["authorizerPayloadFormatVersion"] = str(data.get("authorizerPayloadFormatVersion", 2.0))
    made = json.loads(apigateway._create_authorizer(api_id, data)[2])
    kind = "JWT" if is_jwt else "CUSTOM"
    return {"authorizationType": kind, "authorizerId": made["authorizerId"]}


def import_route(api_id: str, key: str, operation: Document, asked: list[Document]) -> None:
    """Create one route with its integration."""
    declared = operation.get(f"{PREFIX}integration") or {}
    data = {
        **declared,
        "integrationType": str(declared.get("type", "")).upper(),
        "integrationUri": declared.get("uri", ""),
        "integrationMethod": declared.get("httpMethod", "POST"),
    }
    made = json.loads(apigateway._create_integration(api_id, data)[2])
    target = f"integrations/{made['integrationId']}"
    needed: Document = next((each for each in asked if "authorizationType" in each), {})
    apigateway._create_route(api_id, {"routeKey": key, "target": target, **needed})


_handlers.update(create=create, update=update)
