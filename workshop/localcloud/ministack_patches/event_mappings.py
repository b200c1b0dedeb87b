"""Event source mappings: which ones AWS refuses.

Fixes: ministack maps any event source to any function, and then nothing happens, or nothing that
AWS would do. It also keeps the former alias when a mapping changes its function.
"""

from typing import Any

import event_targets
from ministack.services import lambda_svc, sqs
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
SYNCHRONOUS_LIMIT_SECONDS = 900
# What a mapping does with the role of its function. AWS asks for the first one that is missing.
NEEDED = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "kinesis": ("GetRecords", "GetShardIterator", "DescribeStream"),
    "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"),
}
_handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
_create, _update, _create_esm = _handlers["create"], _handlers["update"], lambda_svc._create_esm


def refusal(properties: Properties) -> str | None:
    """Return why AWS refuses this mapping, or None."""
    source = properties.get("EventSourceArn") or ""
    name, qualifier = lambda_svc._resolve_name_and_qualifier(properties.get("FunctionName", ""))
    _, config = lambda_svc._get_func_record_for_qualifier(name, qualifier)
    service = [*source.split(":"), "", ""][2]
    if service not in NEEDED:
        return f"The local cloud has no event source mapping for {source or 'this event source'}."
    if not config:
        return None  # ministack says that the function does not exist
    return (
        _of_durable(config, qualifier)
        or _of_role(config, service, source)
        or _of_queue(config, source)
    )


def _of_durable(config: Properties, qualifier: str | None) -> str | None:
    durable = config.get("DurableConfig")
    if durable and not qualifier:
        return "You cannot invoke a durable function using an unqualified ARN."
    if durable and int(durable["ExecutionTimeout"]) > SYNCHRONOUS_LIMIT_SECONDS:
        return (
            "You cannot map an event source to a durable function with an executionTimeout "
            "greater than 15 minutes, because it is invoked synchronously."
        )
    return None


def _of_role(config: Properties, service: str, source: str) -> str | None:
    for action in NEEDED[service]:
        if not event_targets.role_allows(config["Role"], f"{service}:{action}", source):
            return (
                f"The function execution role does not have permissions to call {action} on "
                f"{service.upper()}"
            )
    return None


def _of_queue(config: Properties, source: str) -> str | None:
    queue = sqs._queue_by_arn(source)
    visible = int(queue["attributes"].get("VisibilityTimeout", 30)) if queue else None
    timeout = int(config["Timeout"])
    if visible is None or visible >= timeout:
        return None
    return (
        f"Queue visibility timeout: {visible} seconds is less than "
        f"Function timeout: {timeout} seconds"
    )


def create(logical_id: str, properties: Properties, stack: str) -> Any:
    """Create the mapping of a resource."""
    check(properties)
    return _create(logical_id, properties, stack)


def update(physical_id: str, old: Properties, new: Properties, stack: str) -> Any:
    """Update the mapping of a resource."""
    check(new)
    made, attributes = _update(physical_id, old, new, stack)
    qualifier = lambda_svc._resolve_name_and_qualifier(new["FunctionName"])[1]
    lambda_svc._esms[made]["Qualifier"] = qualifier
    return made, attributes


def check(properties: Properties) -> None:
    """Raise an error if AWS refuses this mapping."""
    reason = refusal(properties)
    if reason:
        raise ValueError(reason)


def create_by_api(data: Properties) -> Any:
    """Serve CreateEventSourceMapping."""
    reason = refusal(data)
    return lambda_svc._invalid_parameter_value(reason) if reason else _create_esm(data)


_handlers.update(create=create, update=update)
lambda_svc._create_esm = create_by_api
