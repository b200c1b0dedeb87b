"""The action that a caller must be allowed to take: the one that the service reads.

Fixes: ministack looks for the name of an action in the query string, in a form and in a header, and
takes the first one. Its services look in one of these places, some in a body that is not a form. So
a caller could name one action and take another. And everybody may take an action without a name.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions

UNCLEAR = "Unclear"  # an action that only a policy for the whole service allows
FORMS = {"query", "ec2", ""}  # and services without a model
_extract = iam_actions.extract_iam_action


def extract_iam_action(
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, list[str]],
) -> str:
    """Return the action of a request, read where the protocol of its service has it."""
    spoken = protocols(service)
    target = headers.get("x-amz-target", "")
    content_type = headers.get("content-type", "")
    headers = {k: v for k, v in headers.items() if k not in ("content-type", "x-amz-target")}
    named = set()
    if spoken & FORMS:
        named |= {*query.get("Action", [])}
        if target:
            named.add(target.rpartition(".")[2])
        if not (target and "json" in spoken and "json" in content_type):
            named |= set(parse_qs(body.decode(errors="replace")).get("Action", []))
    elif "json" in spoken:
        headers["x-amz-target"] = target
    query = {k: v for k, v in query.items() if k != "Action"}
    if named:
        query["Action"] = [*named]
    found: str | None = None
    if len(named) <= 1:
        found = _extract(service, method, path, headers, body, query)
    return found or f"{iam_actions.SERVICE_TO_IAM_NAMESPACE.get(service, service)}:{UNCLEAR}"


@lru_cache
def protocols(service: str) -> set[str]:
    """Return the protocols of a service; an empty set if ministack has no model of it."""
    found: set[str] = set()
    for name in iam_actions._BOTOCORE_SERVICE_MAP.get(service) or [service]:
        model: dict[str, Any] = iam_actions._load_botocore_model(name) or {}
        facts = model.get("metadata", {})
        found |= set(facts.get("protocols") or [facts.get("protocol", "")])
    return found or {""}


iam_actions.extract_iam_action = extract_iam_action
