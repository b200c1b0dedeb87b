"""A function's DurableConfig, as CloudFormation and the Lambda API keep, check and change it.

Fixes: ministack's CloudFormation leaves the property out of the function, and accepts any value.
When it is added or removed, ministack creates the function again under the same name: versions and
aliases are gone; on AWS the function is replaced, or the update is refused if its name is the
template's. The Lambda API accepts DurableConfig for a function that was created without it.
"""

from collections.abc import Callable
from typing import Any

from durable_config_checks import check, declared, is_durable, stored
from ministack.core.responses import error_response_json
from ministack.services import cloudformation, lambda_svc
from ministack.services.cloudformation import provisioners, stacks

FUNCTION = "AWS::Lambda::Function"

Properties = dict[str, Any]
Result = tuple[str, dict[str, Any]]  # of a handler of a resource: its name and its attributes

_create_function, _update_config = lambda_svc._create_function, lambda_svc._update_config
_load_functions = lambda_svc.load_persisted_state
_replacing_change: Callable[..., bool] = provisioners._replacing_change
_handlers = provisioners._RESOURCE_HANDLERS[FUNCTION]
_create: Callable[..., Result] = _handlers["create"]
_update: Callable[..., Result] = _handlers["update"]


def create_function(data: dict[str, Any]) -> Any:
    """Serve CreateFunction."""
    if is_durable(data) and "ExecutionTimeout" not in data["DurableConfig"]:
        return refusal(
            "1 validation error detected: Value at 'durableConfig.executionTimeout' failed to "
            "satisfy constraint: Member must not be null"
        )
    return _create_function(data | stored(data))


def update_config(name: str, data: dict[str, Any]) -> Any:
    """Serve UpdateFunctionConfiguration."""
    function = lambda_svc._functions.get(name)
    if not is_durable(data) or function is None:
        return _update_config(name, data)
    if not is_durable(function["config"]):
        return refusal("You can only enable durable execution when you create a function.")
    changed = function["config"]["DurableConfig"] | data["DurableConfig"]
    return _update_config(name, data | {"DurableConfig": changed})


def refusal(message: str) -> Any:
    """Return the response to a request with a wrong parameter."""
    return error_response_json("InvalidParameterValueException", message, 400)


def create(logical_id: str, properties: Properties, stack_name: str) -> Result:
    """Create the function of a resource."""
    check(logical_id, properties)
    name, attributes = _create(logical_id, properties, stack_name)
    lambda_svc._functions[name]["config"].update(stored(properties))
    return name, attributes


def update(name: str, old: Properties, new: Properties, stack_name: str, logical_id: str) -> Result:
    """Update the function of a resource."""
    check(logical_id, new)
    result = _update(name, old | declared(new), new, stack_name, logical_id)
    lambda_svc._functions[name]["config"].update(stored(new))
    return result


def replacing_change(kind: str, old: Properties, new: Properties) -> bool:
    """Return whether a change replaces the resource."""
    changed = kind == FUNCTION and is_durable(old) != is_durable(new)
    return changed or _replacing_change(kind, old, new)


def load_functions(state: Any) -> None:
    """Load the saved functions, and complete those that were saved without a configuration.

    An earlier local cloud saved them so, and their stack may never be deployed again. The server
    loads the stacks before.
    """
    _load_functions(state)
    for (account, region, _), stack in cloudformation._stacks._data.items():
        for resource in stack.get("_resources", {}).values():
            key = account, region, resource["PhysicalResourceId"]
            if resource["ResourceType"] == FUNCTION and key in lambda_svc._functions._data:
                complete(lambda_svc._functions._data[key], stored(resource["Properties"]))


def complete(function: dict[str, Any], config: dict[str, Any]) -> None:
    """Add the configuration to a function and its versions, unless they have one."""
    for each in [function, *function["versions"].values()]:
        each["config"] = config | each["config"]


lambda_svc._create_function, lambda_svc._update_config = create_function, update_config
lambda_svc.load_persisted_state = load_functions
_handlers.update(create=create, update=update)
provisioners._replacing_change = stacks._replacing_change = replacing_change
