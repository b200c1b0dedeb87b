"""Runs at the start of every Python process of ministack, and acts in its function workers only.

Mends two things of ministack's workers: what a function logs with `logging` never reaches
CloudWatch Logs, and every silent invocation is held up for 50 ms, in case it should still log.
"""

import logging
import sys
import time
from typing import Any, TextIO


class LambdaFormatter(logging.Formatter):
    """Lambda's own log format: level, time in UTC, request id, message."""

    def __init__(self, requests: "RequestReader") -> None:
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(request_id)s\t%(message)s")
        self.datefmt = "%Y-%m-%dT%H:%M:%S"
        self.converter = time.gmtime
        self._requests = requests

    def format(self, record: logging.LogRecord) -> str:
        """One record as a line, with the id of the request that is being served."""
        record.request_id = self._requests.request_id
        return super().format(record)


class RequestReader:
    """The worker's standard input, which notes the id of each request that passes."""

    MARK = '"request_id": "'

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.request_id = ""

    def readline(self) -> str:
        """The next request."""
        line = self._stream.readline()
        start = line.rfind(self.MARK) + len(self.MARK)
        self.request_id = line[start : line.find('"', start)]
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class ResponseWriter:
    """The worker's standard output; ends the log of a request before its response is sent."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Send a response. The empty line before it tells ministack that no more log will come."""
        sys.stderr.write("\n")
        sys.stderr.flush()
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def prepare_worker() -> None:
    """Give this process Lambda's root log handler, and answers without delay."""
    sys.stdin = requests = RequestReader(sys.stdin)
    sys.stdout = ResponseWriter(sys.stdout)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LambdaFormatter(requests))
    logging.getLogger().addHandler(handler)


if sys.orig_argv[-1].endswith("_worker.py"):
    prepare_worker()
