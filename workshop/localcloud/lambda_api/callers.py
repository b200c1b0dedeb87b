"""The gate of the Lambda API, which asks ministack whose access key it is."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from http import HTTPStatus
from time import monotonic

from workshop.localcloud import client
from workshop.localcloud.gate.credentials import CREDENTIAL, Credential
from workshop.localcloud.gate.gate import Gate
from workshop.localcloud.lambda_api.errors import LambdaError

REMEMBER_SECONDS = 5  # how long to accept a key that may have been deleted
OWNER = Credential(
    os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
)


def gate(hosts: str, region: str, ministack_port: int, port: int) -> Gate:
    """Return the gate before the Lambda API; ``hosts`` are its names, separated by spaces."""

    @lru_cache(maxsize=1024)
    def ask(access_key: str, _period: int) -> Credential | None:
        try:
            status, body = client.ask(ministack_port, "POST", CREDENTIAL, access_key.encode())
        except OSError:  # it is restarting; a client that retries gets through
            raise LambdaError(503, "ServiceException", "ministack does not respond.") from None
        return Credential(**json.loads(body)) if status == HTTPStatus.OK else None

    def find(access_key: str) -> Credential | None:
        if access_key == OWNER.access_key:
            return OWNER
        return ask(access_key, int(monotonic() / REMEMBER_SECONDS))

    return Gate(hosts.split(), region, find, port=port)
