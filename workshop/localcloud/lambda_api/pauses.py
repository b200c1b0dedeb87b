"""The Lambda API's operations that pause and resume executions."""

from __future__ import annotations

from typing import Any

from aws_durable_execution_sdk_python_testing.execution import Execution

from workshop.localcloud.durable.pauses import PausableExecution
from workshop.localcloud.durable.pausing import PausingExecutor, Request
from workshop.localcloud.lambda_api.errors import conflict
from workshop.localcloud.lambda_api.model import Parameters


class PausesApi:
    """Serves the two operations from the engine."""

    def __init__(self, executor: PausingExecutor) -> None:
        self._executor = executor

    def pause(self, parameters: Parameters) -> dict[str, Any]:
        """Pause an execution: a running invocation ends at its next checkpoint."""
        stops_timeout = parameters.get("ExecutionTimeoutPaused", True)
        request = _request("pause", parameters, stops_timeout=stops_timeout)
        if not self._executor.pause(parameters["DurableExecutionArn"], request):
            raise conflict("Only an execution that is running can be paused.")
        return {}

    def resume(self, parameters: Parameters) -> dict[str, Any]:
        """Resume an execution that is paused, or about to be."""
        request = _request("resume", parameters)
        if not self._executor.resume(parameters["DurableExecutionArn"], request):
            raise conflict("Only an execution that is paused can be resumed.")
        return {}


def details(execution: Execution, *, included: bool) -> dict[str, Any]:
    """Return what GetDurableExecution says of a pause; without its reason unless ``included``."""
    pause = execution.pauses.current if isinstance(execution, PausableExecution) else None
    if pause is None or execution.is_complete:
        return {}
    reason = {} if pause.reason is None or not included else {"Reason": pause.reason}
    told = {
        "PauseRequestTimestamp": pause.requested_at,
        "ExecutionTimeoutPaused": pause.stops_timeout,
    }
    return {"PauseDetails": told | reason}


def _request(verb: str, parameters: Parameters, *, stops_timeout: bool = True) -> Request:
    token, reason = parameters.get("ClientToken"), parameters.get("Reason")
    return Request(verb, token, reason, stops_timeout)
