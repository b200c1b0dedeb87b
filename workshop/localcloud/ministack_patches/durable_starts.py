"""Starts durable functions that ministack's own services call: by Invoke, as any caller does.

Fixes: ministack runs such a function's handler as that of an ordinary one, without an execution.
"""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Literal

import asynchronous  # noqa: F401 - it replaces first what this replaces again
import front
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from durable_config_checks import is_durable
from ministack.services import iot, lambda_svc

Kind = Literal["RequestResponse", "Event"]
Record = dict[str, Any]  # a function as ministack keeps it
Result = dict[str, Any]  # of an invocation, as ministack's services read it

# Keys of a record: how this call of the function is to be made, and how long its caller waits.
KIND, LIMIT_SECONDS = "InvocationType", "LimitSeconds"
LONGEST_START_SECONDS = 900 + 60  # a synchronous one, and the way there and back
LATE = 504  # the status of a start whose caller waits no longer
PART_OF_EXECUTION = "x-dex-handler-invoke"  # the emulator calls the handler of an execution

_log = logging.getLogger(__name__)
_invoke, _execute_function = lambda_svc._invoke, lambda_svc._execute_function
_invoke_async_with_retry = lambda_svc.invoke_async_with_retry
_execution_record_for_config = lambda_svc._execution_record_for_config
_get_func_record_for_ref = lambda_svc._get_func_record_for_ref
_runs_handler: ContextVar[bool] = ContextVar("runs_handler", default=False)
_way: ContextVar[tuple[Kind, float]] = ContextVar(
    "way", default=("RequestResponse", LONGEST_START_SECONDS)
)


@contextmanager
def calling(
    kind: Kind = "RequestResponse", limit_seconds: float = LONGEST_START_SECONDS
) -> Iterator[None]:
    """Make the calls of functions whose records are looked up in this block in this way."""
    before = _way.set((kind, limit_seconds))
    try:
        yield
    finally:
        _way.reset(before)


def start(
    config: Record,
    event: Any,
    kind: Kind = "RequestResponse",
    name: str = "",
    limit_seconds: float = LONGEST_START_SECONDS,
) -> Result:
    """Start a durable execution; if synchronous, wait for its end, up to a limit.

    ``config["FunctionArn"]`` has the qualifier that the caller names. ``name`` is the execution's.
    The result of a start that failed is an error, with the HTTP status of the refusal, or
    ``LATE`` if the execution goes on without its caller.
    """
    arn, began = config["FunctionArn"], time.time()
    options = {"DurableExecutionName": name} if name else {}
    payload = event if isinstance(event, bytes) else json.dumps(event).encode()
    try:
        answer = front.client("lambda", limit_seconds).invoke(
            FunctionName=arn, Payload=payload, InvocationType=kind, **options
        )
        body = answer["Payload"].read()
    except (ClientError, BotoCoreError) as error:
        _log.warning("no result of a start of %s: %s", arn, error)
        return refused(error)
    failed = "FunctionError" in answer
    milliseconds = (time.time() - began) * 1000
    lambda_svc._emit_lambda_metrics(
        config["FunctionName"], duration_ms=milliseconds, error=failed, throttle=False
    )
    return {
        "body": json.loads(body) if body else None,
        "error": failed,
        "function_error": answer.get("FunctionError"),
        "status": answer["StatusCode"],
        "execution": answer.get("DurableExecutionArn"),
        "log": "",
    }


def refused(error: ClientError | BotoCoreError) -> Result:
    """Return the result of a start that the Lambda API refused."""
    response = getattr(error, "response", None) or {}
    code = response.get("Error", {}).get("Code", "ServiceException")
    message = response.get("Error", {}).get("Message", str(error))
    status = LATE if isinstance(error, ReadTimeoutError) else 503
    return {
        "body": {"errorType": code, "errorMessage": message},
        "error": True,
        "status": response.get("ResponseMetadata", {}).get("HTTPStatusCode", status),
        "log": "",
    }


def execute_function(record: Record, event: Any) -> Result:
    """Run an ordinary function, or the handler of an execution; start a durable function."""
    config = record.get("config") or record
    if _runs_handler.get() or not is_durable(config):
        result: Result = _execute_function(record, event)
        return result
    kind, limit_seconds = record.get(KIND, "RequestResponse"), record.get(LIMIT_SECONDS)
    return start(config, event, kind, limit_seconds=limit_seconds or LONGEST_START_SECONDS)


async def invoke(name: str, event: Any, headers: dict[str, str], *others: Any, **named: Any) -> Any:
    """Serve an Invoke, and note whether it is the emulator's for a handler."""
    before = _runs_handler.set(headers.get(PART_OF_EXECUTION) == "true")
    try:
        return await _invoke(name, event, headers, *others, **named)
    finally:
        _runs_handler.reset(before)


def get_func_record_for_ref(reference: str) -> tuple[Record | None, Record | None, str]:
    """Look a function up, and keep the qualifier by which a durable function is called."""
    record, config, name = _get_func_record_for_ref(reference)
    qualifier = lambda_svc._resolve_name_and_qualifier(reference)[1]
    if config and is_durable(config) and qualifier:
        arn = ":".join(config["FunctionArn"].split(":")[:7])
        config = {**config, "FunctionArn": f"{arn}:{qualifier}"}
    return record, config, name


def execution_record_for_config(record: Record, config: Record) -> Record:
    """Make the record of one call, and note its way: the call may be made in another thread."""
    kind, limit_seconds = _way.get()
    made: Record = _execution_record_for_config(record, config)
    return made | {KIND: kind, LIMIT_SECONDS: limit_seconds}


def invoke_async_with_retry(record: Record, event: Any) -> None:
    """Call a function asynchronously."""
    _invoke_async_with_retry({**record, KIND: "Event"}, event)


def make_asynchronous(module: Any, name: str) -> None:
    """Make a service's calls of functions asynchronous, as they are on AWS."""
    function = getattr(module, name)

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        with calling("Event"):
            return function(*arguments, **named)

    setattr(module, name, call)


lambda_svc._execute_function, lambda_svc._invoke = execute_function, invoke
lambda_svc._get_func_record_for_ref = get_func_record_for_ref
lambda_svc._execution_record_for_config = execution_record_for_config
lambda_svc.invoke_async_with_retry = invoke_async_with_retry
make_asynchronous(iot, "_dispatch_rule_to_lambda")
