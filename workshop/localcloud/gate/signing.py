"""Requests of the local cloud's own parts and commands, signed like everybody's."""

from __future__ import annotations

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .credentials import Credential

SERVICE = "workshop"


def signed(
    credential: Credential, region: str, method: str, url: str, body: bytes = b""
) -> dict[str, str]:
    """The headers that make a request to ``url`` one of the credential's owner."""
    request = AWSRequest(method=method, url=url, data=body)
    keys = Credentials(credential.access_key, credential.secret, credential.token or None)
    SigV4Auth(keys, SERVICE, region).add_auth(request)
    return dict(request.headers.items())


def signature_in(headers: dict[str, str]) -> str:
    """The signature among signed headers."""
    return headers["Authorization"].rpartition("Signature=")[2]
