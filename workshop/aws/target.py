"""Where the workshop runs: the local cloud, or your AWS account.

Everything else takes a :class:`Target` and reaches it only through AWS APIs and HTTP, so the same
code runs in both places.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

import boto3
import botocore.session
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from workshop import localcloud
from workshop.errors import WorkshopError
from workshop.setup import findings

DEFAULT_REGION = "us-east-2"
WITHOUT_PROFILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
GONE = (NoConnection, HTTPClientError, requests.ConnectionError, requests.Timeout)


@dataclass(frozen=True)
class Target:
    """A place to deploy to. ``variables`` point AWS tools at it; empty means AWS itself."""

    name: str
    region: str
    variables: Mapping[str, str] = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which AWS tools reach this target."""
        if not self.variables:
            return {**os.environ, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        own = {k: v for k, v in os.environ.items() if not _leads_elsewhere(k)}
        return {**own, **self.variables}

    def client(self, service: str) -> Any:
        """Return the boto3 client for a service, made once."""
        with self._lock:
            if service not in self._clients:
                made = self._session.client(service, **self._options(service))
                self._clients[service] = made
        return self._clients[service]

    def table(self, name: str) -> Any:
        """Return a DynamoDB table whose items have Python's own types, made once."""
        with self._lock:
            if name not in self._tables:
                dynamodb = self._session.resource("dynamodb", **self._options("dynamodb"))
                self._tables[name] = dynamodb.Table(name)
        return self._tables[name]

    def _options(self, service: str) -> dict[str, Any]:
        own = self.variables
        specific = own.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        return {
            "endpoint_url": specific or own.get("AWS_ENDPOINT_URL"),
            "config": Config(
                max_pool_connections=50,  # threads of a notebook share the client
                connect_timeout=5,
                retries={"mode": "standard", "total_max_attempts": 4},
                ignore_configured_endpoint_urls=True,  # of the user's own configuration
                proxies={} if own else None,  # no proxy is between you and the local cloud
            ),
        }

    @cached_property
    def _session(self) -> boto3.Session:
        if not self.variables:
            return boto3.Session(region_name=self.region)
        # Without the user's profiles: a broken one must not matter here.
        nothing = botocore.session.Session(session_vars=WITHOUT_PROFILES)
        return boto3.Session(
            botocore_session=nothing,
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
        )

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _tables(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _lock(self) -> Lock:
        return Lock()


def connect(name: str = "local", on_wait: Callable[[str], None] | None = None) -> Target:
    """Return the target called ``name``: "local" starts the local cloud if it is not running, "aws"
    checks your credentials. Raises ``WorkshopError`` with one sentence if that fails.
    """
    if name == "local":
        localcloud.start(on_wait=on_wait)
        variables = localcloud.environment()
        return Target("local", variables["AWS_REGION"], variables)
    if name == "aws":
        target = Target("aws", _region(), {})
        check_credentials(target)
        return target
    raise WorkshopError(f"The target '{name}' does not exist.", "Choose 'local' or 'aws'.")


def explain(error: BaseException, target: Target) -> WorkshopError | None:
    """Return an error with advice, if the target is gone or refuses us; None for any other."""
    if isinstance(error, GONE) and target.name == "local":
        return WorkshopError(
            "The local cloud does not respond.",
            "Run this cell again, which starts the local cloud if needed. Your orders are kept.",
        )
    if error_code(error) == "ResourceNotFoundException" and "Function not found" in str(error):
        away = "make reset" if target.name == "local" else 'make delete ARGS="--target aws"'
        return WorkshopError(
            "The stack exists, but one of its functions does not.",
            f"Run in a terminal: {away}. Then run this notebook from the top. That deletes its "
            "orders; what you wrote is kept.",
        )
    if isinstance(error, GONE) or error_code(error) in findings.credential_codes():
        return _explain(error)
    return None


def _leads_elsewhere(name: str) -> bool:
    """Return whether a variable (a setting, a proxy) leads AWS tools away from the local cloud."""
    return name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy", "all_proxy")


def _region() -> str:
    try:
        return boto3.Session().region_name or DEFAULT_REGION
    except BotoCoreError as error:
        raise _explain(error) from None


def check_credentials(target: Target) -> None:
    """Raise ``WorkshopError`` unless the target accepts your credentials."""
    if localcloud.is_owner(target.environment.get("AWS_ACCESS_KEY_ID", "")):
        raise WorkshopError(
            "This shell's AWS credentials are those of the local cloud.",
            "Unset AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or open a new shell.",
        )
    try:
        target.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise _explain(error) from None


def _explain(error: BaseException) -> WorkshopError:
    """Return the doctor's finding about credentials that do not work, as an error."""
    finding = findings.on_credentials(None, error_code(error))
    return WorkshopError(finding.what, finding.mend)


def error_code(error: BaseException) -> str:
    """Return AWS's code of an error, or the name of its type if AWS has not responded."""
    response: dict[str, Any] = getattr(error, "response", {})
    return response.get("Error", {}).get("Code") or type(error).__name__
