"""Checks whether a function's role may do what the function asks of the Lambda API.

Fixes: ministack enforces the policies of roles, but it does not serve durable executions.
"""

from __future__ import annotations

from functools import lru_cache
from time import monotonic

import boto3
from botocore.config import Config

from workshop.localcloud.gate.credentials import Credential
from workshop.localcloud.lambda_api.errors import LambdaError

REMEMBER_SECONDS = 1  # how long to keep a decision; a policy may change meanwhile
# AWS's own policy, which SAM attaches to a durable function that has no role of its own.
UNKNOWN_TO_MINISTACK = {
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy": (
        "lambda:CheckpointDurableExecution",
        "lambda:GetDurableExecutionState",
    )
}


class Authorizer:
    """Asks ministack's IAM about the calls of functions. The owner may do everything."""

    def __init__(self, endpoint: str, region: str) -> None:
        self._iam = boto3.client(
            "iam",
            endpoint_url=endpoint,
            region_name=region,
            config=Config(retries={"max_attempts": 1}, max_pool_connections=50),
        )
        self._decide = lru_cache(maxsize=1024)(self._simulate)

    def check(self, caller: Credential | None, action: str, resource: str) -> None:
        """Raise AWS's ``AccessDeniedException`` unless the caller may take ``action``."""
        if caller is not None and caller.is_owner:
            return
        principal = caller.principal if caller else "anonymous"
        if caller is None or not self.allows(principal, action, resource):
            raise LambdaError(
                403,
                "AccessDeniedException",
                f"User: {principal} is not authorized to perform: {action} "
                f"on resource: {resource} because no identity-based policy allows it",
            )

    def allows(self, role: str, action: str, resource: str) -> bool:
        """Return whether a role may take ``action``."""
        return self._decide(role, action, resource, int(monotonic() / REMEMBER_SECONDS))

    def _simulate(self, role: str, action: str, resource: str, _period: int) -> bool:
        answer = self._iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource]
        )
        if answer["EvaluationResults"][0]["EvalDecision"] == "allowed":
            return True
        attached = self._iam.list_attached_role_policies(RoleName=role.rpartition("/")[2])
        policies = (policy["PolicyArn"] for policy in attached["AttachedPolicies"])
        return any(action in UNKNOWN_TO_MINISTACK.get(policy, ()) for policy in policies)
