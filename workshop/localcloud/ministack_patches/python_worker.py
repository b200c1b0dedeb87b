"""The process of a Python function, which ministack calls a worker.

Fixes: in ministack's own worker a function sees ministack's packages. An error has no type. A
module that cannot be imported, a handler that is missing and a process that dies say nothing of the
cause. What a function logs is collected for a fixed time, so lines are lost on a busy machine. And
an import that does not end is never stopped. `function_runtime/bootstrap.py` is the other side.
"""

import io
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import function_environment
import layers
from ministack.core import lambda_runtime
from process_ends import end_of, out_of_memory_kills
from process_pipes import read_answers, read_logs

BOOTSTRAP = Path(os.environ["WORKSHOP_BOOTSTRAP"])
# The interpreter itself, not ministack's environment.
PYTHON = getattr(sys, "_base_executable", None) or sys.executable
INIT_SECONDS = 10  # then Lambda begins again, in the time of the function
LOG_SECONDS = 5  # how long a child of a dead process may keep its log open
EXIT_SECONDS = 10  # how long a process that gives no more answers may take to end

Answer = dict[str, Any]


class Failed(Exception):
    """An invocation that the runtime or Lambda itself ended, with the error that Invoke shows."""

    def __init__(self, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.payload = {"errorType": kind, "errorMessage": message, **more}


class PythonWorker(lambda_runtime.Worker):  # type: ignore[misc]
    """One process of a function. It serves one invocation at a time."""

    _proc: "subprocess.Popen[str] | None"
    _process: "subprocess.Popen[str]"
    _answers: "queue.Queue[str]"
    _logs: "queue.Queue[str]"
    _killed_before = 0

    def invoke(self, event: Any, request_id: str, **context: Any) -> Answer:
        """Run one invocation; start the process if there is none."""
        with self._lock:
            log: list[str] = []
            try:
                if self._proc is None or self._proc.poll() is not None:
                    self._spawn(request_id, log)
                answer = {"status": "ok", "result": self._ask(event, request_id, context, log)}
            except Failed as failed:
                if "stackTrace" not in failed.payload:  # the runtime has not logged it itself
                    log.append(f"{failed} {failed.payload['errorType']}")
                answer = {"status": "error", "error_payload": failed.payload}
            return {**answer, "log": "\n".join(filter(None, log))}

    def _spawn(self, request_id: str = "", log: list[str] | None = None) -> None:
        """Start the process, and wait until the function is loaded. Raises ``Failed``."""
        self._discard_tmpdir()
        self._tmpdir = tempfile.mkdtemp(prefix=f"ministack-lambda-{self.func_name}-")
        code = Path(self._tmpdir, "code")
        with zipfile.ZipFile(io.BytesIO(self.code_zip)) as package:
            package.extractall(code)
        described = {
            "code": str(code),
            "layers": [layers.unpacked(each) for each in self.config.get("Layers", [])],
            "runtime": function_environment.RUNTIME,
            "handler": self.config["Handler"],
            "function_name": self.config["FunctionName"],
            "memory": self.config.get("MemorySize", 128),
        }
        self._killed_before = out_of_memory_kills()
        self._proc = self._process = process = subprocess.Popen(
            [PYTHON, "-I", "-S", "-X", "utf8", str(BOOTSTRAP), self._tmpdir],
            cwd=code,
            env=function_environment.of_function(self.config, code),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        self._answers, self._logs = queue.Queue(), queue.Queue()
        start_thread(read_answers, process.stdout, self._answers)
        start_thread(read_logs, process.stderr, self._logs)
        self._send(described)
        log = [] if log is None else log
        try:
            self._receive(INIT_SECONDS + self._timeout, request_id, log)
        except Failed:
            self._end(log)
            raise

    def _ask(self, event: Any, request_id: str, context: Answer, log: list[str]) -> Any:
        """Return the function's result. Raises ``Failed``."""
        context = {**context, "request_id": request_id, "timeout_ms": int(self._timeout * 1000)}
        self._send({"event": event, "ctx": context})
        return self._receive(self._timeout, request_id, log)["result"]

    @property
    def _timeout(self) -> float:
        return float(self.config.get("Timeout", 3))

    def _send(self, message: Answer) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it has ended, and there will be no answer
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def _receive(self, seconds: float, request_id: str, log: list[str]) -> Answer:
        """Return the next answer, and add what was logged until then. Raises ``Failed``."""
        process = self._process
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            process.kill()
            self._end(log)
            message = f"Error: Task timed out after {self._timeout:.2f} seconds"
            raise Failed("Sandbox.Timedout", f"RequestId: {request_id} {message}") from None
        if not line:
            status, killed = self._end(log), out_of_memory_kills() > self._killed_before
            kind, why = end_of(status, out_of_memory=killed)
            raise Failed(kind, f"RequestId: {request_id} Error: {why}")
        answer: Answer = json.loads(line)
        log.append(self._log())
        if "error" in answer:
            error = answer["error"]
            raise Failed(error.pop("errorType"), error.pop("errorMessage"), **error)
        return answer

    def _log(self) -> str:
        try:
            return self._logs.get(timeout=LOG_SECONDS)
        except queue.Empty:
            return ""

    def _end(self, log: list[str]) -> int:
        """Collect the rest of the log of a process that ends, and return its exit status."""
        self._proc = None
        try:
            status = self._process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        log.append(self._log())
        return status


def start_thread(target: Callable[..., None], *arguments: Any) -> None:
    """Run a function in a thread that does not keep this server alive."""
    threading.Thread(target=target, args=arguments, daemon=True).start()
