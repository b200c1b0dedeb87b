"""Requests signed by the owner of the local cloud, for tests that build their own requests."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from botocore.auth import S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from workshop.aws.target import Target

LINK_SECONDS = 600


def signed_headers(
    target: Target,
    method: str,
    url: str,
    body: bytes = b"",
    service: str = "lambda",
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The headers of a request, the signature and Host among them."""
    own = {"Host": urlsplit(url).netloc, **(headers or {})}
    request = AWSRequest(method=method, url=url, data=body, headers=own)
    SigV4Auth(_owner(target), service, target.region).add_auth(request)
    return dict(request.headers.items())


def signed_link(target: Target, method: str, url: str, service: str, body: bytes = b"") -> str:
    """The address with a signature in its query string."""
    request = AWSRequest(method=method, url=url)
    kind = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    signer = kind(_owner(target), service, target.region, expires=LINK_SECONDS)
    if service != "s3":  # whose links say nothing of the body
        signer.payload = lambda _: sha256(body).hexdigest()
    signer.add_auth(request)
    return str(request.url)


def _owner(target: Target) -> Credentials:
    own = target.variables
    return Credentials(own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"])
