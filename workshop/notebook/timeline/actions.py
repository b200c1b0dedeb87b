"""The buttons of a timeline: what each does to the real system, and when it is disabled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

from workshop import localcloud
from workshop.notebook.timeline import sentences
from workshop.notebook.timeline.source import Source
from workshop.notebook.timeline.view import View, pending_callback

ON_AWS = "AWS cannot crash a function for you; there, the card tok_crash_after_… does it."
NOBODY_RUNS = "No function runs now, so there is nothing to crash."
OVER = "This execution has ended."
NOTHING_PENDING = "No review is pending."
NOT_YET = "The execution has not started yet."


class Button(TypedDict):
    """One button; ``why`` says why it is disabled, and is empty if it is not."""

    do: str
    label: str
    why: str


def buttons(view: View, source: Source) -> list[Button]:
    """Return the buttons as they are now."""
    over = OVER if view["ended"] else "" if source.arn else NOT_YET
    crash = over or ("" if view["busy"] else NOBODY_RUNS)
    review = over or ("" if view["pending"] else NOTHING_PENDING)
    return [
        {
            "do": "crash",
            "label": "Crash the function now",
            "why": crash if _local(source) else ON_AWS,
        },
        {"do": "stop", "label": "Stop the execution", "why": over},
        {"do": "approve", "label": "Approve", "why": review},
        {"do": "reject", "label": "Reject", "why": review},
    ]


def act(do: str, source: Source) -> str:
    """Do what a button says; return what was done, or why not."""
    known: dict[str, Callable[[Source], str]] = {
        "crash": crash,
        "stop": stop,
        "approve": approve,
        "reject": reject,
    }
    try:
        return known[do](source) if source.arn else NOT_YET
    except ClientError as error:
        return f"That was refused: {error.response['Error'].get('Message') or error}"
    except (BotoCoreError, OSError):
        return sentences.CLOUD_GONE


def crash(source: Source) -> str:
    """Kill the process that runs the function for this order. Only the local cloud can."""
    if not _local(source):
        return ON_AWS
    if localcloud.crash(str(source.arn)):
        return "Crashed: the process of the function was killed. Lambda will invoke it again."
    return NOBODY_RUNS


def stop(source: Source) -> str:
    """Stop the execution permanently."""
    _client(source).stop_durable_execution(
        DurableExecutionArn=source.arn,
        Error={"ErrorType": "Stopped", "ErrorMessage": "stopped in the timeline"},
    )
    return "Stopped: the execution has ended. It undoes nothing; that is the task of recovery."


def approve(source: Source) -> str:
    """Complete the callback that the order waits for: approved."""
    done = "Approved: the callback succeeded, and the order continues."
    send = _client(source).send_durable_execution_callback_success
    return _answer(source, send, done, Result=b'{"decision": "approve"}')


def reject(source: Source) -> str:
    """Fail the callback that the order waits for."""
    done = "Rejected: the callback failed, and the order gets its error."
    error = {"ErrorType": "Rejected", "ErrorMessage": "rejected in the timeline"}
    send = _client(source).send_durable_execution_callback_failure
    return _answer(source, send, done, Error=error)


def _answer(source: Source, send: Callable[..., Any], done: str, **answer: Any) -> str:
    """Complete or fail the pending callback, if there is one."""
    operation = pending_callback(source.run) if source.run else None
    if operation is None:
        return NOTHING_PENDING
    send(CallbackId=operation.callback_id, **answer)
    return done


def _client(source: Source) -> Any:
    return source.stack.target.client("lambda")


def _local(source: Source) -> bool:
    return "AWS_ENDPOINT_URL_LAMBDA" in source.stack.target.variables
