"""Invokes a function on one of its workers, and logs the invocation.

Fixes: ministack gives each error of a function the same type, whatever it was. When one process
cannot be started, it ends all processes of the function. And when two invocations are the first of
their log group at once, the log of one is lost.
"""

import threading
from typing import Any

from ministack.services import cloudwatch_logs, lambda_svc

_emit_lambda_logs = lambda_svc._emit_lambda_logs
_making_groups = threading.Lock()


def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    """Run one invocation; return its result or error, and its log."""
    config, code = func["config"], func.get("code_zip")
    if not code:
        return {"body": {"statusCode": 200, "body": "Mock response - no code deployed"}}
    lambda_svc._ensure_reaper_thread()
    version = config.get("Version", "$LATEST")
    worker, _ = lambda_svc.acquire_worker(config["FunctionName"], config, code, qualifier=version)
    try:
        result = worker.invoke(
            event,
            request_id,
            trace_id=lambda_svc._xray_trace_id_for_invocation(config),
            invoked_function_arn=config["FunctionArn"],
            depth=lambda_svc._invoke_depth.get(),
            durable=lambda_svc._durable_env_overlay(),
        )
    except Exception as error:  # noqa: BLE001 - a worker of another runtime may raise anything
        worker.kill()
        result = {"error_payload": {"errorMessage": str(error), "errorType": "Runtime.ExitError"}}
    finally:
        lambda_svc.release_worker(worker)
    log = result.get("log", "")
    if result.get("status") == "ok":
        return {"body": result.get("result"), "log": log}
    unnamed = {"errorMessage": result.get("error"), "errorType": "Error"}
    return {"body": result.get("error_payload", unnamed), "error": True, "log": log}


def emit_logs(func: dict[str, Any], *arguments: Any, **options: Any) -> None:
    """Write the log of an invocation; its group is made only once."""
    config = func["config"]
    group = config.get("LoggingConfig", {}).get("LogGroup")
    name = group or f"/aws/lambda/{config['FunctionName']}"
    with _making_groups:
        if name not in cloudwatch_logs._log_groups:
            cloudwatch_logs._create_log_group({"logGroupName": name})
    _emit_lambda_logs(func, *arguments, **options)


lambda_svc._execute_function_warm = execute
lambda_svc._emit_lambda_logs = emit_logs
