"""Requests to the local cloud's own paths, which only its owner may send."""

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
    """A program that does not know the local cloud's secret responded on its port."""


def owner() -> credentials.Credential:
    """Return the local cloud's own credential; make its file, for its owner only, if missing."""
    if not CREDENTIALS.exists():
        private.folder(CREDENTIALS.parent)
        with FileLock(CREDENTIALS.with_suffix(".lock")):  # the second process reads the first one's
            if not CREDENTIALS.exists():
                private.write(CREDENTIALS, credentials.as_json(credentials.new()))
    return credentials.Credential(**json.loads(CREDENTIALS.read_text()))


def ask(
    port: int, method: str, path: str, body: bytes = b"", *, timeout_seconds: float = 60
) -> tuple[int, bytes]:
    """Return status and body of the response to a signed request, or raise ``OSError``.

    Raises ``NotOurs`` if another program has taken the port: only the local cloud can prove that
    it knows the secret with which the request was signed.
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
    """Return who listens on a port; the local cloud counts only if it is ready."""
    try:
        status, _ = ask(port, "GET", path, timeout_seconds=10)
    except NotOurs:
        return "foreign"
    except OSError:
        return "nobody"
    return "ours" if status == HTTPStatus.OK else "nobody"
