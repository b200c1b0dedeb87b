"""A function's DurableConfig, as CloudFormation and the Lambda API keep it.

Fixes: ministack's CloudFormation leaves the property out of the function.
"""

from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation, lambda_svc
from ministack.services.cloudformation import provisioners

FUNCTION = "AWS::Lambda::Function"
RETENTION_DAYS = 14  # where a configuration has none

Properties = dict[str, Any]
Result = tuple[str, dict[str, Any]]  # of a handler of a resource: its name and its attributes

_build_config = lambda_svc._build_config
_load_functions = lambda_svc.load_persisted_state
_handlers = provisioners._RESOURCE_HANDLERS[FUNCTION]
_create: Callable[..., Result] = _handlers["create"]
_update: Callable[..., Result] = _handlers["update"]


def build_config(name: str, data: dict[str, Any], *code: Any) -> dict[str, Any]:
    """Return the configuration of a function that the Lambda API creates."""
    config: dict[str, Any] = _build_config(name, data, *code)
    return config | stored(data)


def create(logical_id: str, properties: Properties, stack_name: str) -> Result:
    """Create the function of a resource."""
    name, attributes = _create(logical_id, properties, stack_name)
    lambda_svc._functions[name]["config"].update(stored(properties))
    return name, attributes


def update(
    name: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None
) -> Result:
    """Update the function of a resource."""
    declared = new.get("DurableConfig")
    result = _update(name, old | {"DurableConfig": declared}, new, stack_name, logical_id)
    lambda_svc._functions[result[0]]["config"].update(stored(new))
    return result


def stored(properties: Properties) -> dict[str, Any]:
    """Return the part of a function's configuration that these properties declare."""
    declared = properties.get("DurableConfig")
    if not declared:
        return {}
    numbers = {"RetentionPeriodInDays": RETENTION_DAYS} | declared
    numbers |= {name: int(numbers[name]) for name in numbers if name != "KMSKeyArn"}
    return {"DurableConfig": numbers}


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


lambda_svc._build_config = build_config
lambda_svc.load_persisted_state = load_functions
_handlers.update(create=create, update=update)
