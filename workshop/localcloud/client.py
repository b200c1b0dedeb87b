"""Requests to the local cloud's own paths, which only its owner may make."""

from __future__ import annotations

import hmac
import http.client
import json
from http import HTTPStatus
from typing import Literal

from filelock import FileLock

from workshop import private
from workshop.localcloud.gate import credentials, signing
from workshop.localcloud.ports import HOST
from workshop.paths import CLOUD

CREDENTIALS = CLOUD / "credentials"
REGION = "us-east-2"
Answerer = Literal["ours", "foreign", "nobody"]


class NotOurs(OSError):
    """Something answered on the local cloud's port that does not know its secret."""


def owner() -> credentials.Credential:
    """The local cloud's own credential, in a file that only the owner can read; made if missing."""
    if not CREDENTIALS.exists():
        private.folder(CREDENTIALS.parent)
        with FileLock(CREDENTIALS.with_suffix(".lock")):  # who comes second reads the first's
            if not CREDENTIALS.exists():
                private.write(CREDENTIALS, credentials.as_json(credentials.new()))
    return credentials.Credential(**json.loads(CREDENTIALS.read_text()))


def ask(
    port: int, method: str, path: str, body: bytes = b"", *, timeout_seconds: float = 60
) -> tuple[int, bytes]:
    """Status and body of the answer to a signed request. Raises ``OSError`` if there is none.

    ``NotOurs`` if it comes from another program, which may have taken the port: only the local
    cloud can prove that it knows the secret with which the request was signed.
    """
    own = owner()
    headers = signing.signed(own, REGION, method, f"http://{HOST}:{port}{path}", body)
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_seconds)
    try:
        connection.request(method, path, body=body or None, headers=headers)
        response = connection.getresponse()
        answer = response.read()
    except http.client.HTTPException as error:
        raise NotOurs(str(error)) from error
    finally:
        connection.close()
    expected = own.prove(port, signing.signature_in(headers))
    if not hmac.compare_digest(response.headers.get(credentials.PROOF, ""), expected):
        raise NotOurs(f"The answer on port {port} has no proof.")
    return response.status, answer


def who_answers(port: int, path: str) -> Answerer:
    """Who listens on a port; the local cloud only if it is ready."""
    try:
        status, _ = ask(port, "GET", path, timeout_seconds=10)
    except NotOurs:
        return "foreign"
    except OSError:
        return "nobody"
    return "ours" if status == HTTPStatus.OK else "nobody"
