"""The function that a caller must be allowed to invoke: the alias or version that it names.

Fixes: ministack reads the function's name in the path, but not the qualifier in the query. A policy
for an alias then does not allow to invoke it, and one for the function allows every alias.
"""

from typing import Any

from ministack.core import iam_actions

_extract: Any = iam_actions.extract_resource_arn


def extract_resource_arn(
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query_params: dict[str, list[str]],
    *place: str,
) -> str:
    """Return the ARN of the resource that a request is about."""
    arn: str = _extract(service, method, path, headers, body, query_params, *place)
    qualifier = query_params.get("Qualifier")
    if service == "lambda" and path.rstrip("/").endswith("/invocations") and qualifier:
        return f"{arn}:{qualifier[0]}"
    return arn


iam_actions.extract_resource_arn = extract_resource_arn
