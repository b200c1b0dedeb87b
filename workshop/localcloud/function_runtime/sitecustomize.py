"""Runs at the start of each Python process of a function.

Fixes three gaps of ministack. What a function logs with `logging` never reaches CloudWatch Logs.
ministack delays every silent invocation by 50 ms, in case it still logs. And a function that loops
forever outlives the server. This module also says which durable execution a worker serves, so that
a person can crash it at will.
"""

import io
import json
import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

LOOK_SECONDS = 1.0


class LambdaFormatter(logging.Formatter):
    """Lambda's own log format: level, time in UTC, request id, message."""

    def __init__(self, requests: "RequestReader") -> None:
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(request_id)s\t%(message)s")
        self.datefmt = "%Y-%m-%dT%H:%M:%S"
        self.converter = time.gmtime
        self._requests = requests

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line, with the id of the current request."""
        record.request_id = self._requests.request_id
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """Lambda's log format for functions with ``LogFormat: JSON``: a record with all its fields."""

    ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def __init__(self, requests: "RequestReader") -> None:
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime
        self._requests = requests

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line of JSON."""
        fields = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self._requests.request_id,
        }
        extra = {name: value for name, value in vars(record).items() if name not in self.ORDINARY}
        if record.exc_info and record.exc_info[0]:
            kind, error, _ = record.exc_info
            extra |= {"errorType": kind.__name__, "errorMessage": str(error)}
            extra["stackTrace"] = self.formatException(record.exc_info).splitlines()
        return json.dumps({**extra, **fields}, default=str)


class ServingNote:
    """A file named after this process: the ARN of the durable execution it serves now, or nothing.

    It stays open, so that a request costs two short writes.
    """

    MARK = '{"event": {"DurableExecutionArn": "'

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / str(os.getpid())).open("wb", buffering=0)

    def write(self, request: str) -> None:
        """Write the durable execution of this request, if it has one."""
        if request.startswith(self.MARK):
            start = len(self.MARK)
            self._file.write(request[start : request.find('"', start)].encode())

    def clear(self) -> None:
        """Remove the execution, after the response."""
        self._file.seek(0)
        self._file.truncate()


class RequestReader:
    """The worker's standard input, which stores the id of each request."""

    MARK = '"request_id": "'

    def __init__(self, stream: TextIO, note: ServingNote) -> None:
        self._stream, self._note = stream, note
        self.request_id = ""

    def readline(self) -> str:
        """Return the next request."""
        line = self._stream.readline()
        start = line.rfind(self.MARK) + len(self.MARK)
        self.request_id = line[start : line.find('"', start)]
        self._note.write(line)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class ResponseWriter:
    """The worker's standard output; ends the log of a request before its response."""

    def __init__(self, stream: TextIO, note: ServingNote) -> None:
        self._stream, self._note = stream, note

    def write(self, text: str) -> int:
        """Send a response. The empty line before it tells ministack that no more log will come."""
        self._note.clear()
        sys.stderr.write("\n")
        sys.stderr.flush()
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def end_with_server() -> None:
    """End this process when ministack's has ended, even during an invocation."""
    server = os.getppid()
    while os.getppid() == server:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def prepare_worker() -> None:
    """Give this process Lambda's log handler, responses without delay, and an end."""
    threading.Thread(target=end_with_server, daemon=True).start()
    note = ServingNote(Path(os.environ.pop("WORKSHOP_SERVING")))
    sys.stdin = requests = RequestReader(sys.stdin, note)
    sys.stdout = ResponseWriter(sys.stdout, note)
    # Print whole lines, even if other threads print at the same time.
    assert isinstance(sys.stderr, io.TextIOWrapper)
    sys.stderr.reconfigure(line_buffering=True, write_through=False)
    handler = logging.StreamHandler(sys.stderr)
    as_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
    handler.setFormatter(JsonFormatter(requests) if as_json else LambdaFormatter(requests))
    root = logging.getLogger()
    root.addHandler(handler)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        root.setLevel(level)


# Only in ministack's worker script: a Python process of a function imports this module, too.
if sys.orig_argv[-1].endswith("_worker.py"):
    prepare_worker()
