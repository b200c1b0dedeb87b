"""Request validators of CloudFormation templates.

Fixes: ministack gives `AWS::ApiGateway::RequestValidator` an id and creates nothing, and a method
of a template gets no validator.
"""

import json
from typing import Any

from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
Made = tuple[str, Properties]  # a resource's id and attributes

CHECKS = ("ValidateRequestBody", "ValidateRequestParameters")

_handlers = provisioners._RESOURCE_HANDLERS
_create_method = provisioners._apigw_method_create


def create(_logical_id: str, properties: Properties, _stack: str) -> Made:
    """Create a validator."""
    checks = {f"v{name[1:]}": _is_true(properties.get(name)) for name in CHECKS}
    data = {"name": properties.get("Name", ""), **checks}
    made = apigateway_v1._create_request_validator(properties["RestApiId"], data)
    validator = json.loads(made[2])["id"]
    return validator, {"RequestValidatorId": validator}


def update(validator: str, old: Properties, new: Properties, stack: str) -> Made:
    """Replace a validator; the methods that name it are updated after it."""
    made = create("", new, stack)
    delete(validator, old)
    return made


def delete(validator: str, properties: Properties) -> None:
    """Delete a validator, if its API is still there."""
    apigateway_v1._delete_request_validator(properties["RestApiId"], validator)


def create_method(logical_id: str, properties: Properties, stack: str) -> Made:
    """Create a method with its validator."""
    made: Made = _create_method(logical_id, properties, stack)
    resource = apigateway_v1._resources[properties["RestApiId"]][properties["ResourceId"]]
    method = resource["resourceMethods"][properties.get("HttpMethod", "ANY")]
    method["requestValidatorId"] = properties.get("RequestValidatorId")
    return made


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


_handlers["AWS::ApiGateway::RequestValidator"].update(create=create, update=update, delete=delete)
_handlers["AWS::ApiGateway::Method"]["create"] = create_method
provisioners._apigw_method_create = create_method  # which an update calls
