"""The Lambda API, through which ministack's own services start functions, durable ones among them.

Fixes: ministack runs a function's code itself when an event arrives. A durable function must be
started as an execution instead, which only the Lambda front can do.
"""

import os
from functools import cache
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import boto3
import callers
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from gate import signing

ADDRESS = os.environ["AWS_ENDPOINT_URL_LAMBDA"]
TIMEOUT_SECONDS = 60
AGAIN = {"ServiceException", "TooManyRequestsException", "429", "500", "502", "503", "504"}


class NotStarted(Exception):
    """A function that did not start. ``may_retry`` is false if that would not help."""

    def __init__(self, code: str, message: str, *, may_retry: bool) -> None:
        super().__init__(message)
        self.code, self.may_retry = code, may_retry


@cache
def client(service: str, limit_seconds: float = TIMEOUT_SECONDS) -> Any:
    """Return a client of a local service with the owner's key, which waits so long for an answer.

    It asks once: another attempt to start a function would be another execution.
    """
    return boto3.client(
        service,
        config=Config(
            read_timeout=limit_seconds,
            retries={"total_max_attempts": 1},
            max_pool_connections=100,
        ),
    )


def start(function_arn: str, payload: str) -> None:
    """Invoke a function asynchronously. Raises ``NotStarted``."""
    try:
        client("lambda").invoke(
            FunctionName=function_arn, InvocationType="Event", Payload=payload.encode()
        )
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        raise NotStarted(code, message, may_retry=code in AGAIN) from error
    except BotoCoreError as error:  # the front restarts
        raise NotStarted("ServiceException", str(error), may_retry=True) from error


def responds() -> bool:
    """Return whether the Lambda API is up; it stops before the server and starts after it."""
    return _ask("/_workshop/health") == b"ok"


def clock_skips() -> bool:
    """Return whether waits take no time now; false if the Lambda API does not respond."""
    return _ask("/_workshop/clock") == b"skip"


def _ask(path: str) -> bytes:
    place = urlsplit(ADDRESS)
    headers = signing.signed(callers.OWNER, os.environ["AWS_REGION"], "GET", ADDRESS + path)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().read()
    except (OSError, HTTPException):
        return b""
    finally:
        connection.close()
