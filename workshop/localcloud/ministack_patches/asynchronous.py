"""Asynchronous invocations of ordinary functions: AWS's attempts, its waits, and what follows.

Fixes: ministack retries after one and two seconds, reads the settings of $LATEST for every alias,
knows only failures, and sends either a dead letter or a record, not both.

The waits follow the clock: the skip clock skips them, and they still count for the age of the
event. An event that waits is lost if the server stops meanwhile.
"""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import destinations
import front
from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

WAITS_SECONDS = (60, 120)  # before the second and the third attempt
FIRST_THROTTLED_SECONDS, LONGEST_THROTTLED_SECONDS = 1, 300
LEAST_SECONDS = 0.1  # of a wait that the clock skips
DEFAULT_AGE_SECONDS = 6 * 3600
Result = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """A function's ``EventInvokeConfig`` and dead-letter target; an empty ARN means none."""

    retries: int
    age_seconds: int
    on_success: str
    on_failure: str
    dead_letters: str

    @classmethod
    def of(cls, config: dict[str, Any]) -> "Settings":
        """Return the settings of what was invoked: a function, a version or an alias."""
        name, qualifier = lambda_svc._resolve_name_and_qualifier(config["FunctionArn"])
        base = lambda_svc._functions.get(name) or {}
        own = lambda_svc._event_invoke_config(base, qualifier) or {}
        targets = own.get("DestinationConfig") or {}
        return cls(
            retries=int(own.get("MaximumRetryAttempts", len(WAITS_SECONDS))),
            age_seconds=int(own.get("MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS)),
            on_success=(targets.get("OnSuccess") or {}).get("Destination", ""),
            on_failure=(targets.get("OnFailure") or {}).get("Destination", ""),
            dead_letters=(config.get("DeadLetterConfig") or {}).get("TargetArn", ""),
        )


class Event:
    """One event in a function's queue, and how old it is on the function's clock."""

    def __init__(self, record: dict[str, Any], payload: object) -> None:
        self._record, self._payload = record, payload
        self._config: dict[str, Any] = record["config"]
        self._settings = Settings.of(self._config)
        self._request_id = new_uuid()
        self._began, self._skipped_seconds = time.monotonic(), 0.0
        self._attempts = 0

    def run(self) -> None:
        """Invoke the function until it succeeds or the event has to be given up."""
        while True:
            result = self._attempt()
            if not result.get("error"):
                self._finish("Success", self._settings.on_success, result)
                return
            if self._attempts > self._settings.retries:
                self._give_up("RetriesExhausted", result)
                return
            if not self._wait(WAITS_SECONDS[self._attempts - 1]):
                self._give_up("EventAgeExceeded", result)
                return

    def _attempt(self) -> Result:
        """Invoke the function once; throttled attempts do not count."""
        pause = FIRST_THROTTLED_SECONDS
        while True:
            result: Result = lambda_svc._execute_function_with_config_scope(
                self._record, self._payload
            )
            if not (result.get("throttle") and self._wait(pause)):
                self._attempts += 1
                return result
            pause = min(2 * pause, LONGEST_THROTTLED_SECONDS)

    def _wait(self, seconds: float) -> bool:
        """Wait, or skip the wait; return False if the event is too old by then."""
        age = time.monotonic() - self._began + self._skipped_seconds
        if age + seconds > self._settings.age_seconds:
            return False
        if front.clock_skips():
            self._skipped_seconds += seconds
            seconds = LEAST_SECONDS
        time.sleep(seconds)
        return True

    def _give_up(self, condition: str, result: Result) -> None:
        self._finish(condition, self._settings.on_failure, result)
        if self._settings.dead_letters:
            body = result.get("body")
            message = str(body.get("errorMessage", "")) if isinstance(body, dict) else str(body)
            target = self._settings.dead_letters
            destinations.send_dead_letter(
                self._config, target, self._payload, self._request_id, message
            )

    def _finish(self, condition: str, target: str, result: Result) -> None:
        """Send the record of this invocation to its destination, if it has one."""
        if not target:
            return
        response: dict[str, Any] = {
            "statusCode": 200,
            "executedVersion": self._config.get("Version", "$LATEST"),
        }
        if result.get("error"):
            response["functionError"] = result.get("function_error") or "Unhandled"
        record = {
            "version": "1.0",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "requestContext": {
                "requestId": self._request_id,
                "functionArn": qualified(self._config["FunctionArn"]),
                "condition": condition,
                "approximateInvokeCount": self._attempts,
            },
            "requestPayload": self._payload,
            "responseContext": response,
            "responsePayload": result.get("body"),
        }
        destinations.send_record(self._config, target, record)


def qualified(arn: str) -> str:
    """Return a function's ARN with a qualifier."""
    return arn if lambda_svc._resolve_name_and_qualifier(arn)[1] else f"{arn}:$LATEST"


def invoke_async(record: dict[str, Any], payload: object) -> None:
    """Put an event into the function's queue, and return."""
    threading.Thread(target=Event(record, payload).run, daemon=True).start()


lambda_svc.invoke_async_with_retry = invoke_async
