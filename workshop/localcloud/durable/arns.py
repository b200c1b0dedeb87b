"""The names AWS gives to durable executions.

Fixes: the emulator's own execution names are opaque, while SAM CLI and others expect
``arn:aws:lambda:REGION:ACCOUNT:function:NAME:VERSION/durable-execution/EXECUTION/ID``.
"""

from __future__ import annotations


def execution_arn(
    *, region: str, account_id: str, function: str, version: str, name: str, unique_id: str
) -> str:
    """Return the ARN of one durable execution, as AWS writes it."""
    return (
        f"arn:aws:lambda:{region}:{account_id}:function:{function}:{version}"
        f"/durable-execution/{name}/{unique_id}"
    )
