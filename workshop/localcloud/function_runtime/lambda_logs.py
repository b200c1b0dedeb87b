"""What a function logs, in the two formats of Lambda's Python runtime."""

import json
import logging
import os
import sys
import time
from typing import Any, TypedDict

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
JSON = "JSON"


class Error(TypedDict):
    """An error in the shape of Lambda's answer to Invoke."""

    errorMessage: str
    errorType: str
    requestId: str
    stackTrace: list[str]


class Request:
    """The request that the process works on; its id is in each line of the log."""

    id = ""


class TextFormatter(logging.Formatter):
    """Lambda's own log format: level, time in UTC, request id, message."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(request_id)s\t%(message)s")
        self.datefmt = "%Y-%m-%dT%H:%M:%S"

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line, with the id of the current request."""
        record.request_id = Request.id
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """Lambda's log format for functions with ``LogFormat: JSON``: a record with all its fields."""

    ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line of JSON."""
        fields = {
            "timestamp": self.formatTime(record, TIME_FORMAT),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": Request.id,
        }
        extra = {name: value for name, value in vars(record).items() if name not in self.ORDINARY}
        if record.exc_info and record.exc_info[0]:
            kind, error, _ = record.exc_info
            extra |= {"errorType": kind.__name__, "errorMessage": str(error)}
            extra["stackTrace"] = self.formatException(record.exc_info).splitlines()
        return json.dumps({**extra, **fields}, default=str)


def is_json() -> bool:
    """Return whether this function has JSON logs."""
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT") == JSON


def set_up() -> None:
    """Give the root logger Lambda's handler; only JSON logs have a level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if is_json() else TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        root.setLevel(level)


def write_error(error: Error) -> None:
    """Log an error that ends the invocation, as the runtime itself does."""
    if is_json():
        when = time.strftime(TIME_FORMAT, time.gmtime())
        line: dict[str, Any] = {"timestamp": when, "log_level": "ERROR", **error}
        print(json.dumps(line), file=sys.stderr)
        return
    head = f"[ERROR] {error['errorType']}: {error['errorMessage']}"
    stack = "".join(error["stackTrace"]).rstrip()
    print(head, "Traceback (most recent call last):", stack, sep="\n", file=sys.stderr)
