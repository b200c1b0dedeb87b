"""The properties of a DurableConfig, as the schema of AWS::Lambda::Function declares them."""

from collections.abc import Iterator
from typing import Any

LIMITS = {"ExecutionTimeout": 31_622_400, "RetentionPeriodInDays": 90}  # each is at least 1
KEY = "KMSKeyArn"
RETENTION_DAYS = 14  # where a configuration has none
AT = "#/DurableConfig"

Properties = dict[str, Any]


def is_durable(properties: Properties) -> bool:
    """Return whether a function with these properties, or this configuration, is durable."""
    return bool(properties.get("DurableConfig"))


def declared(properties: Properties) -> Properties:
    """Return the part of a resource's properties that is its DurableConfig."""
    return {"DurableConfig": properties["DurableConfig"]} if is_durable(properties) else {}


def stored(properties: Properties) -> Properties:
    """Return the part of a function's configuration that these properties declare."""
    if not is_durable(properties):
        return {}
    given = {"RetentionPeriodInDays": RETENTION_DAYS} | properties["DurableConfig"]
    return {"DurableConfig": {k: int(v) if k in LIMITS else v for k, v in given.items()}}


def check(logical_id: str, properties: Properties) -> None:
    """Raise ``ValueError``, in CloudFormation's words, for a wrong DurableConfig of a resource."""
    if "DurableConfig" in properties:
        found = list(_problems(properties["DurableConfig"]))
        if found:
            what = f"Properties validation failed for resource {logical_id} with message:"
            raise ValueError("\n".join([what, *found]))


def _problems(config: Any) -> Iterator[str]:
    if not isinstance(config, dict):
        yield f"{AT}: expected type: JSONObject, found: {type(config).__name__}"
        return
    if "ExecutionTimeout" not in config:
        yield f"{AT}: required key [ExecutionTimeout] not found"
    for name, value in config.items():
        if name in LIMITS:
            yield from _number_problems(f"{AT}/{name}", value, LIMITS[name])
        elif name != KEY:
            yield f"{AT}: extraneous key [{name}] is not permitted"


def _number_problems(at: str, value: Any, most: int) -> Iterator[str]:
    if isinstance(value, bool) or not str(value).isdecimal():
        yield f"{at}: expected type: Integer, found: {value}"
    elif int(value) < 1:
        yield f"{at}: {value} is not greater or equal to 1"
    elif int(value) > most:
        yield f"{at}: {value} is not less or equal to {most}"
