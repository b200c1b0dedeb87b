"""The gate itself: finds out from a request's head who sent it, or refuses it."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from . import browsers, signatures
from .credentials import Credential
from .refusals import UNKNOWN, Refusal
from .requests import Head
from .signatures import Signature

# Global services: some clients sign their requests for another region.
GLOBAL_SERVICES = {"cloudfront", "iam", "organizations", "route53", "sts"}
GLOBAL_REGION = "us-east-1"
DEPLOYED_API = "/_aws/execute-api/"
FUNCTION_URL = "/_aws/lambda-url/"
# What ministack treats as a call of a deployed API; it routes every other path differently.
API_CALL = re.compile(f"{DEPLOYED_API}[^/]+/.", re.DOTALL)
INTERNAL = ("/_", "/health", "/latest/")


@dataclass(frozen=True)
class Visitor:
    """The sender of a request that the gate let in. Both None: a client of a deployed API."""

    head: Head
    signature: Signature | None = None
    credential: Credential | None = None
    port: int = 0

    @property
    def is_owner(self) -> bool:
        """Return whether the sender is the installation's owner."""
        return self.credential is not None and self.credential.is_owner

    @property
    def proof(self) -> str:
        """Return the proof for the owner that the response is from their cloud; others get none."""
        if self.signature is None or self.credential is None or not self.is_owner:
            return ""
        return self.credential.prove(self.port, self.signature.value)

    def check(self, body: bytes) -> None:
        """Raise ``Refusal`` unless the signature is valid for the whole request."""
        if self.signature and self.credential:
            try:
                signatures.check(self.signature, self.credential, self.head, body)
            except Refusal as refusal:
                raise _of(self.signature, refusal) from None


class Gate:
    """Lets in the holders of a credential of this installation.

    ``find`` returns the credential of an access key. ``takes_api_key`` returns whether a deployed
    API knows a key, with which its clients may call it, as on AWS. ``port`` is the server's.
    """

    def __init__(
        self,
        hosts: Collection[str],
        region: str,
        find: Callable[[str], Credential | None],
        takes_api_key: Callable[[str], bool] = lambda _: False,
        port: int = 0,
    ) -> None:
        self._hosts = frozenset(hosts)
        self._region = region
        self._find = find
        self._takes_api_key = takes_api_key
        self._port = port

    def admit(self, head: Head) -> Visitor:
        """Return who sent this, from its head. Raises ``Refusal``."""
        browsers.check(head, self._hosts)
        signature = signatures.read(head)
        if signature is None:
            return self._admit_unsigned(head)
        try:
            return self._admit_signed(head, signature)
        except Refusal as refusal:
            raise _of(signature, refusal) from None

    def _admit_unsigned(self, head: Head) -> Visitor:
        if API_CALL.match(head.path):
            keys = head.headers.get("x-api-key", [])
            if len(keys) == 1 and self._takes_api_key(keys[0]):
                return Visitor(head)
            raise Refusal("foreign", "Forbidden")
        raise Refusal("missing", "Missing Authentication Token")

    def _admit_signed(self, head: Head, signature: Signature) -> Visitor:
        home = signature.service in GLOBAL_SERVICES and signature.region == GLOBAL_REGION
        if signature.region != self._region and not home:
            text = f"Credential should be scoped to a valid region, not '{signature.region}'."
            raise Refusal("scope", text)
        signatures.check_time(signature, datetime.now(UTC))
        credential = self._find(signature.access_key)
        if credential is None:
            raise Refusal("unknown", UNKNOWN)
        if not hmac.compare_digest(credential.token.encode(), signature.token.encode()):
            raise Refusal("token", UNKNOWN)
        if _is_internal(head.path) and not credential.is_owner:
            raise Refusal("foreign", f"{credential.principal} may not use {head.path}.")
        return Visitor(head, signature, credential, self._port)


def _is_internal(path: str) -> bool:
    return path.lower().startswith(INTERNAL) and not path.startswith((DEPLOYED_API, FUNCTION_URL))


def _of(signature: Signature, refusal: Refusal) -> Refusal:
    return Refusal(refusal.reason, refusal.message, signature.service)
