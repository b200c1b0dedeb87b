"""Signs the requests of the local cloud's own parts and commands, as any client does."""

from __future__ import annotations

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .credentials import Credential

SERVICE = "workshop"


def signed(
    credential: Credential, region: str, method: str, url: str, body: bytes = b""
) -> dict[str, str]:
    """Return headers that sign a request to ``url`` with a credential."""
    request = AWSRequest(method=method, url=url, data=body)
    keys = Credentials(credential.access_key, credential.secret, credential.token or None)
    SigV4Auth(keys, SERVICE, region).add_auth(request)
    return dict(request.headers.items())


def signature_in(headers: dict[str, str]) -> str:
    """Return the signature in signed headers."""
    return headers["Authorization"].rpartition("Signature=")[2]
