"""Signature Version 4: reads a request's signature, and compares it with botocore's.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .credentials import Credential
from .refusals import WRONG, Refusal
from .requests import Head

WINDOW = timedelta(minutes=5)
LONGEST_LINK_SECONDS = 7 * 24 * 3600
UNSIGNED = "UNSIGNED-PAYLOAD"
CHUNKED = "STREAMING-"
FORMAT = "%Y%m%dT%H%M%SZ"
TIME = re.compile("[0-9]{8}T[0-9]{6}Z")
HASH = re.compile("[0-9a-f]{64}")
# The whole header must match, so that no server behind the gate finds another key in it.
HEADER = re.compile(
    r"AWS4-HMAC-SHA256 +"
    r"Credential=(?P<access_key>\w+)/(?P<day>[0-9]{8})/(?P<region>[\w-]+)/(?P<service>[\w-]+)"
    r"/aws4_request, *SignedHeaders=(?P<names>[a-z0-9_.;-]+), *Signature=(?P<value>[0-9a-f]{64})",
    re.ASCII,
)
HEADER_FORM = (
    "AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=…, Signature=…"
)
LINK = "x-amz-"
LINK_MARKS = {"algorithm", "credential", "signature"}
OTHER_WAY = "AWSAccessKeyId"  # Signature V2, which AWS's tools no longer use


@dataclass(frozen=True)
class Signature:
    """What a request says about its signature: who, when, for what, and what it covers."""

    access_key: str
    day: str
    region: str
    service: str
    names: tuple[str, ...]
    value: str
    time: str
    token: str
    payload: str = ""
    link_seconds: int | None = None  # of a presigned link: how long it is valid

    @property
    def is_s3(self) -> bool:
        """Return whether S3's rules apply: the path is signed as it is, a body may be unsigned."""
        return self.service == "s3"


def read(head: Head) -> Signature | None:
    """Return the signature in a request's header or link, or None. Raises ``Refusal``."""
    names = [unquote(pair.partition("=")[0]) for pair in head.query.split("&")]
    link_names = [name for name in names if name.lower().startswith(LINK)]
    in_link = any(name.lower().removeprefix(LINK) in LINK_MARKS for name in link_names)
    in_header = head.first("authorization").startswith(("AWS4-", "AWS "))
    if OTHER_WAY in names or (in_header and in_link):
        raise Refusal("incomplete", "Only one way to sign a request is allowed, Signature V4.")
    if in_header:
        return _from_header(head)
    if not in_link:
        return None
    # Of two values, the servers behind the gate might read the one that is not checked here.
    if len(link_names) != len({name.lower() for name in link_names}):
        raise Refusal("incomplete", "A parameter of the signature is there twice.")
    return _from_link(_query(head))


def check_time(signature: Signature, now: datetime) -> None:
    """Raise ``Refusal`` if the time of a signature is too early or too late."""
    try:
        signed = datetime.fromisoformat(TIME.fullmatch(signature.time)[0])  # type: ignore[index]
    except (TypeError, ValueError):
        raise Refusal("incomplete", "The date of the signature is no date.") from None
    if signature.day != signature.time[:8]:
        raise Refusal("scope", "The date of the credential is not that of the signature.")
    good_for = WINDOW
    if signature.link_seconds is not None:
        good_for = timedelta(seconds=signature.link_seconds)
    age = now - signed
    if age > good_for:
        text = f"{signature.time} is now earlier than {now - good_for:{FORMAT}}"
        raise Refusal("time", f"Signature expired: {text}")
    if age < -WINDOW:
        text = f"{signature.time} is still later than {now + WINDOW:{FORMAT}}"
        raise Refusal("time", f"Signature not yet current: {text}")


def check(signature: Signature, credential: Credential, head: Head, body: bytes) -> None:
    """Raise ``Refusal`` unless the owner of the credential signed exactly this request."""
    if any(name.startswith(LINK) and name not in signature.names for name in head.headers):
        raise Refusal("wrong", "Each header whose name starts with x-amz- must be signed.")
    if signature.payload.startswith(CHUNKED):
        raise Refusal("wrong", "The local cloud takes no bodies that are signed in chunks.")
    if HASH.fullmatch(signature.payload) and signature.payload != sha256(body).hexdigest():
        raise Refusal("wrong", "The hash of the body is not the one that was signed.")
    if signature.payload == UNSIGNED and not signature.is_s3:
        raise Refusal("wrong", WRONG)
    signer = (_S3Signer if signature.is_s3 else _Signer)(signature, credential)
    expected = signer.sign(head, body)
    if not hmac.compare_digest(expected.encode(), signature.value.encode(errors="replace")):
        raise Refusal("wrong", WRONG)


class _Signer(SigV4Auth):  # type: ignore[misc]
    """botocore's signer, limited to what the client has signed."""

    def __init__(self, signature: Signature, credential: Credential) -> None:
        keys = Credentials(credential.access_key, credential.secret, credential.token or None)
        super().__init__(keys, signature.service, signature.region)
        self._claimed = signature

    def sign(self, head: Head, body: bytes) -> str:
        """Return the signature that this request should have."""
        query = "&".join(
            pair for pair in head.query.split("&") if not pair.startswith("X-Amz-Signature=")
        )
        url = f"http://{head.first('host')}{head.raw_path}" + (f"?{query}" if query else "")
        request = AWSRequest(method=head.method, url=url, data=body)
        for name in self._claimed.names:
            for value in head.headers.get(name, [""]):
                request.headers.add_header(name, value)
        request.context["timestamp"] = self._claimed.time
        document = self.string_to_sign(request, self.canonical_request(request))
        return self.signature(document, request)

    def signature(self, document: str, _request: AWSRequest) -> str:
        """See botocore; derive the key of a day only once."""
        claimed = self._claimed
        key = _key_of(self.credentials.secret_key, claimed.day, claimed.region, claimed.service)
        return hmac.new(key, document.encode(), sha256).hexdigest()

    def headers_to_sign(self, request: AWSRequest) -> Any:
        """Return the headers that the client says it signed: the request has no others."""
        return request.headers

    def payload(self, request: AWSRequest) -> str:
        """Return the hash of the body, if no signed header gives it."""
        return self._claimed.payload or sha256(request.data).hexdigest()


class _S3Signer(_Signer, S3SigV4Auth):  # type: ignore[misc]
    """The same with S3's rules for paths."""


@lru_cache(maxsize=256)
def _key_of(secret: str, *scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (*scope, "aws4_request"):
        key = hmac.new(key, part.encode(), sha256).digest()
    return key


def _from_header(head: Head) -> Signature:
    found = HEADER.fullmatch(head.first("authorization"))
    if found is None:
        raise Refusal("incomplete", f"The Authorization header must be {HEADER_FORM}.")
    return _signature(
        **found.groupdict(),
        time=head.first("x-amz-date") or _http_date(head.first("date")),
        token=head.first("x-amz-security-token"),
        payload=head.first("x-amz-content-sha256"),
    )


def _from_link(query: dict[str, str]) -> Signature:
    names = ("Algorithm", "Credential", "SignedHeaders", "Signature")
    algorithm, *values = (query.get(f"X-Amz-{name}", "") for name in names)
    found = HEADER.fullmatch(
        "{} Credential={}, SignedHeaders={}, Signature={}".format(algorithm, *values)
    )
    seconds = query.get("X-Amz-Expires", "")
    if found is None or not re.fullmatch("[0-9]{1,6}", seconds):
        raise Refusal("incomplete", f"A link must have X-Amz-Date, X-Amz-Expires and {names}.")
    if int(seconds) > LONGEST_LINK_SECONDS:
        raise Refusal("incomplete", "X-Amz-Expires must be at most a week, in seconds.")
    return _signature(
        **found.groupdict(),
        time=query.get("X-Amz-Date", ""),
        token=query.get("X-Amz-Security-Token", ""),
        payload=UNSIGNED if found["service"] == "s3" else "",
        link_seconds=int(seconds),
    )


def _signature(*, names: str, service: str, **others: Any) -> Signature:
    signed = tuple(names.split(";"))
    if "host" not in signed:
        raise Refusal("incomplete", "The Host header must be signed.", service)
    return Signature(names=signed, service=service, **others)


def _query(head: Head) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in head.query.split("&"))
    return {unquote(name): unquote(value) for name, _, value in pairs}


def _http_date(value: str) -> str:
    try:
        return parsedate_to_datetime(value).astimezone(UTC).strftime(FORMAT)
    except (OverflowError, TypeError, ValueError):
        return ""
