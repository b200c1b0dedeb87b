"""Histories to draw timelines of."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aws_durable_execution_sdk_python.serdes import EXTENDED_TYPES_SERDES, SerDesContext

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def event(seconds: float, kind: str, name: str = "", **details: Any) -> dict[str, Any]:
    made = {"EventType": kind, "EventTimestamp": at(seconds), f"{kind}Details": details}
    return made | ({"Id": name, "Name": name} if name else {})


def begin() -> dict[str, Any]:
    return event(0, "ExecutionStarted", "ord-1")


def step(start: float, end: float, name: str, result: str = '"ok"') -> list[dict[str, Any]]:
    done = event(end, "StepSucceeded", name, Result={"Payload": result})
    return [event(start, "StepStarted", name), done]


def ran(start: float, end: float, error: str = "", kind: str = "Crash") -> dict[str, Any]:
    details: dict[str, Any] = {"StartTimestamp": at(start), "EndTimestamp": at(end)}
    details["RequestId"] = f"request-{start}"
    if error:
        details["Error"] = {"Payload": {"ErrorType": kind, "ErrorMessage": error}}
    return event(end, "InvocationCompleted", **details)


def interrupted(*_: Any, **__: Any) -> Any:
    """Follow an order until somebody interrupts it."""
    raise KeyboardInterrupt


REFUSED = EXTENDED_TYPES_SERDES.serialize(
    {"refused": "the card was declined", "notOurs": False}, SerDesContext()
)
# An attempt fails, then the process dies, then all goes well; a wait in between.
EVENTFUL = [
    begin(),
    *step(1, 2, "validate-order"),
    event(2, "StepStarted", "check-inventory"),
    event(
        3,
        "StepFailed",
        "check-inventory",
        Error={"Payload": {"ErrorType": "Fault", "ErrorMessage": "no answer"}},
        RetryDetails={"CurrentAttempt": 1, "NextAttemptDelaySeconds": 4},
    ),
    ran(0, 3.5),
    event(7, "StepStarted", "check-inventory"),
    event(8, "StepSucceeded", "check-inventory", RetryDetails={"CurrentAttempt": 2}),
    event(8, "StepStarted", "process-payment"),
    ran(7, 9, error="the process died"),
    event(12, "StepSucceeded", "process-payment", Result={"Payload": '"ok"'}),
    event(12, "WaitStarted", "warehouse-processing", Duration=300),
    ran(11, 13),
    event(312, "WaitSucceeded", "warehouse-processing", Duration=300),
    *step(313, 314, "close-order"),
    ran(312, 315),
    event(315, "ExecutionSucceeded", "ord-1"),
]
COMPENSATED = [
    begin(),
    *step(1, 2, "process-payment"),
    *step(2, 3, "quality-check", REFUSED),
    *step(3, 4, "refund-payment"),
    *step(4, 5, "close-order"),
    ran(0, 6),
    event(6, "ExecutionSucceeded", "ord-1"),
]
