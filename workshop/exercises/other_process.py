"""Runs an attempt in another process and a year later, as after a crash or a long wait.

Anything that differs between processes (a random number, an id, the hash of a text) or changes with
time is different there, because that process knows nothing of this one. As a program, this file is
that other process.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import subprocess
import sys
import time
from typing import Any

from workshop.exercises.error_meanings import in_words
from workshop.exercises.expect import NotYet
from workshop.exercises.limits import WAIT_SECONDS

YEAR = dt.timedelta(days=366)
MOMENTS = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
REPLAYED = "the handler, replayed in another process after all its operations are done"


def call(attempt: str, function: str, *arguments: Any) -> Any:
    """Return the result of a function of the attempt there; arguments and result are JSON.

    Raises `NotYet` if it returns nothing.
    """
    return _run(f"{function} in another process", attempt, function, arguments)


def replay(attempt: str, event: dict[str, Any]) -> Any:
    """Return the result of the handler there, given the operations of an execution.

    Raises `NotYet` if the replay does not reach its end.
    """
    output = _run(REPLAYED, attempt, "", event)
    if output["Status"] != "SUCCEEDED":
        error = output.get("Error") or {}
        got = f"it failed with {error.get('ErrorType')}: {error.get('ErrorMessage')}"
        expected = "to succeed, with no operation that was not there before"
        raise NotYet(REPLAYED, expected, in_words(got))
    return json.loads(output["Result"])


def _run(what: str, attempt: str, function: str, given: Any) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "workshop.exercises.other_process", attempt, function],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        raise NotYet(what, "an answer", in_words(last))
    return json.loads(done.stdout.rpartition("\n")[2])


class _Later(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return super().now(tz) + YEAR

    @classmethod
    def today(cls) -> Any:
        return cls.now()

    @classmethod
    def utcnow(cls) -> Any:
        return cls.now(dt.UTC).replace(tzinfo=None)


class _LaterDay(dt.date):
    @classmethod
    def today(cls) -> Any:
        return _Later.now().date()


def _move_clocks() -> None:
    """Move every clock that an attempt may read a year ahead; call it before the attempt."""
    for name in MOMENTS:
        clock, seconds = getattr(time, name), int(YEAR.total_seconds())
        ahead = seconds * 10**9 if name.endswith("_ns") else seconds
        setattr(time, name, lambda clock=clock, ahead=ahead: clock() + ahead)
    for name in ("localtime", "gmtime", "ctime"):
        parts = getattr(time, name)
        setattr(time, name, lambda at=None, parts=parts: parts(time.time() if at is None else at))
    strftime = time.strftime
    time.strftime = lambda form, *at: strftime(form, *(at or (time.localtime(),)))
    dt.datetime, dt.date = _Later, _LaterDay  # type: ignore[misc]


def main(attempt: str, function: str) -> None:
    """Call a function of the attempt, or without a name replay its handler; print the result."""
    given = json.load(sys.stdin)
    if function:
        _move_clocks()
        answer = getattr(importlib.import_module(attempt), function)(*given)
    else:
        from aws_durable_execution_sdk_python_testing.invoker import create_test_lambda_context

        from workshop.exercises import check_runner

        check_runner.prepare()
        _move_clocks()
        handler = importlib.import_module(attempt).handler
        answer = handler(given, create_test_lambda_context())
    print("\n" + json.dumps(answer), end="")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
