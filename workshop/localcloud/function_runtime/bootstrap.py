"""Runs one function, as Lambda's Python runtime does: `python -I -S bootstrap.py FOLDER`.

The interpreter is isolated, so the function imports from its package, its layers, the packages of
the runtime and the standard library, and from nothing else of this machine. Requests and answers
are lines of JSON in pipes that the function's own code does not meet: what it prints or reads goes
elsewhere. The first request describes the function.
"""

import importlib
import json
import os
import site
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import lambda_logs

del sys.path[0], sys.modules["lambda_logs"]  # a function may have a module of that name

END_OF_LOG = "\x1eend of log\n"  # on stderr before each answer
LOOK_SECONDS = 1.0
DEPTH_VARIABLE, DEPTH_HEADER = "_MINISTACK_INVOKE_DEPTH", "X-Ministack-Invoke-Depth"

Handler = Callable[[Any, Any], Any]
Described = dict[str, Any]


class Fault(Exception):
    """An error that the runtime itself finds, with Lambda's name for it."""

    def __init__(self, kind: str, message: str, stack: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind, self.stack = kind, stack or []


class Channel:
    """The pipes to the local cloud."""

    def __init__(self) -> None:
        self._requests = os.fdopen(os.dup(0), encoding="utf-8")
        self._answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)  # whatever writes to the standard output writes to the log
        sys.stdout = sys.stderr
        # Print whole lines, even if other threads print at the same time.
        sys.stderr.reconfigure(line_buffering=True, write_through=False)  # type: ignore[union-attr]

    def requests(self) -> Iterator[str]:
        """Yield each request."""
        return iter(self._requests.readline, "")

    def answer(self, name: str, text: str) -> None:
        """Send an answer, in JSON, after the end of the log that belongs to it."""
        sys.stderr.write(END_OF_LOG)
        sys.stderr.flush()
        self._answers.write(f'{{"{name}": {text}}}\n')
        self._answers.flush()


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


class Context:
    """What Lambda tells a handler about its invocation."""

    identity = client_context = tenant_id = None

    def __init__(self, described: Described, request: Described) -> None:
        self.function_name = described["function_name"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = described["memory"]
        self.invoked_function_arn = request["invoked_function_arn"]
        self.aws_request_id = request["request_id"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = time.monotonic() + request["timeout_ms"] / 1000

    def get_remaining_time_in_millis(self) -> int:
        """Return how many milliseconds are left until the function's timeout."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def set_import_path(described: Described) -> None:
    """Put package, layers and runtime before the standard library, in Lambda's order."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    layers = [Path(each, "python") for each in reversed(described["layers"])]
    folders = [str(each / "lib" / python / "site-packages") for each in layers]
    own = [described["code"], *folders, *map(str, layers)]
    sys.path[:0] = [*own, described["runtime"]]
    for folder in own:
        site.addsitedir(folder)  # for its .pth files


def find_handler(name: str) -> Handler:
    """Import the module of a handler, and return the handler. Raises ``Fault``."""
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise Fault("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        line = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{module_name}': {error}"
        raise Fault("Runtime.UserCodeSyntaxError", message, [line]) from error
    try:
        found: Handler = getattr(module, function)
    except AttributeError as error:
        message = f"Handler '{function}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from error
    return found


def run(handler: Handler, event: Any, context: Context) -> str:
    """Return a handler's result as JSON. Raises ``Fault`` if it cannot be written as JSON."""
    result = handler(event, context)
    try:
        return json.dumps(result)
    except (TypeError, ValueError) as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def logged(error: Exception) -> str:
    """Log an error, and return it as Lambda shows it, without the frames of this file."""
    if isinstance(error, Fault):
        kind, stack = error.kind, error.stack
    else:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename != __file__]
        kind, stack = type(error).__name__, traceback.format_list(own)
    found: lambda_logs.Error = {
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": lambda_logs.Request.id,
        "stackTrace": stack,
    }
    lambda_logs.write_error(found)
    return json.dumps(found)


def set_request_variables(request: Described) -> None:
    """Set the variables that change with each invocation."""
    values = {"_X_AMZN_TRACE_ID": request.get("trace_id"), DEPTH_VARIABLE: request.get("depth")}
    for name, value in values.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = str(value)


def send_depth() -> None:
    """Let each call of AWS say how deep it is in a chain of functions: ministack ends loops."""
    try:
        from botocore import handlers
    except Exception:  # noqa: BLE001 - a function may bring a package of that name
        return

    def add_depth(params: Described, **_: Any) -> None:
        if depth := os.environ.get(DEPTH_VARIABLE):
            params["headers"].setdefault(DEPTH_HEADER, depth)

    handlers.BUILTIN_HANDLERS.append(("before-call", add_depth))


def end_with_server() -> None:
    """End this process when the local cloud has ended, even during an invocation."""
    server = os.getppid()
    while os.getppid() == server:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def serve(channel: Channel, note: ServingNote) -> None:
    """Load the function and answer requests, until there are no more."""
    requests = channel.requests()
    described = json.loads(next(requests))
    set_import_path(described)
    send_depth()
    try:
        handler = find_handler(described["handler"])
    except Exception as error:  # noqa: BLE001 - a module may raise anything
        channel.answer("error", logged(error))
        sys.exit(1)
    channel.answer("ready", "true")
    for line in requests:
        request = json.loads(line)
        lambda_logs.Request.id = request["ctx"]["request_id"]
        note.write(line)
        set_request_variables(request["ctx"])
        context = Context(described, request["ctx"])
        try:
            answer = "result", run(handler, request["event"], context)
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            answer = "error", logged(error)
        note.clear()
        channel.answer(*answer)


def main() -> None:
    """Set this process up, and serve."""
    threading.Thread(target=end_with_server, daemon=True).start()
    note = ServingNote(Path(os.environ.pop("WORKSHOP_SERVING")))
    channel = Channel()
    lambda_logs.set_up()
    serve(channel, note)


if __name__ == "__main__":
    main()
