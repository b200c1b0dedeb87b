"""Whether a function's role may do what the function asks of the Lambda API.

Mends: ministack enforces the policies of roles, but durable executions are not served by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from time import monotonic
from typing import Any

import boto3
from botocore.config import Config

from workshop.localcloud.lambda_api.errors import LambdaError

ACCESS_KEY = re.compile(r"Credential=(?P<key>[^/]+)/")
REMEMBER_SECONDS = 1  # how long a decision holds, though a policy may have changed
# AWS's own policy, which SAM attaches to a durable function that has no role of its own.
UNKNOWN_TO_MINISTACK = {
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy": (
        "lambda:CheckpointDurableExecution",
        "lambda:GetDurableExecutionState",
    )
}


class Authorizer:
    """Asks ministack's IAM about calls that bear a function's credentials.

    Every other caller is the learner, who may do everything.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        options: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": region,
            "config": Config(retries={"max_attempts": 1}, max_pool_connections=50),
        }
        self._iam = boto3.client("iam", **options)
        self._lambda = boto3.client("lambda", **options)
        self._roles: dict[str, str] = {}
        self._decide = lru_cache(maxsize=1024)(self._simulate)

    def check(self, authorization: str | None, action: str, resource: str) -> None:
        """Raise AWS's ``AccessDeniedException`` unless the caller may take ``action``."""
        found = ACCESS_KEY.search(authorization or "")
        key = found["key"] if found else ""
        if not key.startswith("ASIA"):
            return
        role = self._role_of(key)
        period = int(monotonic() / REMEMBER_SECONDS)
        if role is None or not self._decide(role, action, resource, period):
            raise LambdaError(
                403,
                "AccessDeniedException",
                f"User: {role or key} is not authorized to perform: {action} "
                f"on resource: {resource} because no identity-based policy allows it",
            )

    def _role_of(self, key: str) -> str | None:
        """The role whose function has this access key."""
        if key not in self._roles:
            for function in self._pages("list_functions", "Functions"):
                name = function["FunctionName"]
                for version in self._pages("list_versions_by_function", "Versions", name):
                    self._roles[access_key(version)] = version["Role"]
        return self._roles.get(key)

    def _pages(self, operation: str, kind: str, name: str = "") -> Iterator[dict[str, Any]]:
        options = {"FunctionName": name} if name else {}
        for page in self._lambda.get_paginator(operation).paginate(**options):
            yield from page[kind]

    def _simulate(self, role: str, action: str, resource: str, _period: int) -> bool:
        answer = self._iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource]
        )
        if answer["EvaluationResults"][0]["EvalDecision"] == "allowed":
            return True
        attached = self._iam.list_attached_role_policies(RoleName=role.rpartition("/")[2])
        policies = (policy["PolicyArn"] for policy in attached["AttachedPolicies"])
        return any(action in UNKNOWN_TO_MINISTACK.get(policy, ()) for policy in policies)


def access_key(function: dict[str, Any]) -> str:
    """The access key that ministack gives to a function's version, derived the way it does."""
    digest = sha256(f"{function['FunctionArn']}:{function['Role']}".encode()).hexdigest()
    return f"ASIA{digest[:16].upper()}"
