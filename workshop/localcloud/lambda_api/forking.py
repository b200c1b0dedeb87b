"""Fork an execution at will: the local cloud's own request, which AWS does not have."""

from __future__ import annotations

import json
from typing import Any

from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput

from workshop.localcloud.durable.engine import Engine
from workshop.localcloud.lambda_api.errors import conflict, invalid_parameter
from workshop.localcloud.lambda_api.functions import Functions, parse_target

FIELDS = {"execution", "after", "name", "function", "texts"}


def fork(engine: Engine, functions: Functions, body: bytes) -> str:
    """Fork an execution as the body says; return the ARN of the fork.

    The body has the ARN of an `execution`, the name of the operation `after` which it is forked,
    the fork's `name`, its `function` (name and qualifier), and `texts` to replace. Raises
    `LambdaError`.
    """
    wish = _read(body)
    target = parse_target(wish["function"])
    function = functions.find(target.name, target.qualifier)
    if function.durable is None:
        raise invalid_parameter("The function is not durable.")
    if engine.store.query(function_name=function.name, execution_name=wish["name"], limit=1)[0]:
        raise conflict("An execution of that name exists.")
    start = StartDurableExecutionInput(
        account_id=function.account_id,
        function_name=function.name,
        function_qualifier=function.version,
        execution_name=wish["name"],
        execution_timeout_seconds=function.durable.execution_timeout_seconds,
        execution_retention_period_days=function.durable.retention_days,
        trace_fields={"InvocationType": "Event"},  # limits the result
    )
    return engine.executor.fork(wish["execution"], wish["after"], start, wish["texts"])


def _read(body: bytes) -> dict[str, Any]:
    try:
        wish = json.loads(body)
    except ValueError:
        wish = None
    if not isinstance(wish, dict) or set(wish) != FIELDS or not isinstance(wish["texts"], dict):
        raise invalid_parameter(f"A fork needs: {', '.join(sorted(FIELDS))}.")
    texts = [wish[field] for field in FIELDS - {"texts"}]
    if not all(isinstance(text, str) for text in (*texts, *wish["texts"].values())):
        raise invalid_parameter("Each part of a fork is text.")
    return wish
