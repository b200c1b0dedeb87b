"""Lets status events of durable executions onto ministack's event bus.

Fixes: as on AWS, only ministack's own services may send an event whose source is ``aws.…``, and
the service of durable executions is not one of them.
"""

from typing import Any

from ministack.services import eventbridge

SOURCE, KIND = "aws.lambda", "Durable Execution Status Change"
_put_events = eventbridge._put_events


def put_events(data: dict[str, Any], allow_aws_source: bool = False) -> Any:
    """Call PutEvents, and accept entries of that one kind from any caller."""
    ours = all(
        (entry.get("Source"), entry.get("DetailType")) == (SOURCE, KIND)
        for entry in data.get("Entries", [])
    )
    return _put_events(data, allow_aws_source=allow_aws_source or ours)


eventbridge._put_events = put_events
