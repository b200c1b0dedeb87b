"""Requests sent byte for byte, signed as AWS requires."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from workshop import localcloud

PATIENCE_SECONDS = 60
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def signed(method: str, target: str, headers: Headers = (), body: bytes = b"") -> Headers:
    """Return the headers with a signature of exactly what is sent."""
    variables = localcloud.environment()
    endpoint = variables["AWS_ENDPOINT_URL_LAMBDA"]
    request = AWSRequest(method, endpoint + target, data=body)
    request.headers["Host"] = urlsplit(endpoint).netloc
    for name, value in headers:
        request.headers[name] = value
    credentials = Credentials(
        variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], token=None
    )
    SigV4Auth(credentials, "lambda", variables["AWS_DEFAULT_REGION"]).add_auth(request)
    return list(request.headers.items())


def send(method: str, target: str, headers: Headers = (), body: bytes = b"") -> Answer:
    """Send a request to the Lambda API as it is, valid or not; text stands for Latin-1 bytes."""
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in signed(method, target, headers, body)]
    lines += [f"Content-Length: {len(body)}", "", ""]
    endpoint = urlsplit(localcloud.environment()["AWS_ENDPOINT_URL_LAMBDA"])
    address = endpoint.hostname, endpoint.port
    with socket.create_connection(address, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + body)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.headers, response.read())
