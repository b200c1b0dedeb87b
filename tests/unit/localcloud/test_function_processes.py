"""The process of a function: what it logs, its answers, and the names for its end."""

import io
import json
import os
import queue
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workshop.localcloud import runtime_packages
from workshop.localcloud.processes import BOOTSTRAP, PATCHES

ENDS = runpy.run_path(str(PATCHES / "process_ends.py"))
PIPES = runpy.run_path(str(PATCHES / "process_pipes.py"))
CONTEXT = {"request_id": "r-1", "invoked_function_arn": "arn", "timeout_ms": 3000}


@pytest.fixture
def ran(tmp_path: Path):
    """Run the code of a function for one request; returns its answers, and its log for each."""

    def run(code: str, **variables: str) -> tuple[list[Any], list[str]]:
        (tmp_path / "f.py").write_text(code)
        described: dict[str, Any] = {
            "code": str(tmp_path),
            "layers": [],
            "runtime": str(tmp_path / "runtime"),
        }
        described |= {"handler": "f.handler", "function_name": "f", "memory": 128}
        named = ("AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_LOG_GROUP_NAME")
        own = dict.fromkeys([*named, "AWS_LAMBDA_LOG_STREAM_NAME"], "x") | variables
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(BOOTSTRAP)],
            input=json.dumps(described) + "\n" + json.dumps({"event": {}, "ctx": CONTEXT}) + "\n",
            env={**os.environ, **own, "WORKSHOP_SERVING": str(tmp_path / "serving")},
            capture_output=True,
            text=True,
            check=False,
        )
        logs: queue.Queue[str] = queue.Queue()
        PIPES["read_logs"](io.StringIO(done.stderr), logs)
        return list(map(json.loads, done.stdout.splitlines())), [*logs.queue]

    return run


def test_what_a_function_logs_belongs_to_its_own_invocation(ran) -> None:
    code = "print('loaded')\ndef handler(event, context):\n    print('served', end='')\n"
    assert ran(code) == ([{"ready": True}, {"result": None}], ["loaded", "served", ""])


def test_the_answer_comes_after_the_whole_log_however_slowly_it_is_read() -> None:
    logs: queue.Queue[str] = queue.Queue()
    end = PIPES["END_OF_LOG"] + "\n"
    PIPES["read_logs"](iter(["one\n", "\n", "two\n", end, f"three{end}", "left\n"]), logs)
    assert [*logs.queue] == ["one\n\ntwo", "three", "left"]


def test_a_function_that_reads_or_writes_its_standard_streams_disturbs_no_answer(ran) -> None:
    code = (
        "import os, sys\n"
        "def handler(event, context):\n"
        "    os.write(1, b'{\"result\": 2}\\n')\n"
        "    return sys.stdin.read()\n"
    )
    answers, logs = ran(code)
    assert answers == [{"ready": True}, {"result": ""}]
    assert '{"result": 2}' in logs[1]


def test_a_module_that_cannot_be_imported_is_logged_in_json_too(ran) -> None:
    answers, logs = ran("import no_such_package", AWS_LAMBDA_LOG_FORMAT="JSON")
    assert answers[0]["error"]["errorType"] == "Runtime.ImportModuleError"
    logged = json.loads(logs[0])
    assert logged["log_level"] == "ERROR"
    assert logged["errorType"] == "Runtime.ImportModuleError"
    assert "no_such_package" in logged["errorMessage"]


def test_a_function_may_have_modules_of_the_names_of_ours(ran, tmp_path) -> None:
    (tmp_path / "lambda_logs.py").write_text("mine = True\n")
    code = "import lambda_logs\ndef handler(event, context):\n    return lambda_logs.mine\n"
    assert ran(code)[0][1] == {"result": True}


@pytest.mark.parametrize(
    ("status", "out_of_memory", "expected"),
    [
        (0, False, ("Runtime.ExitError", "Runtime exited without providing a reason")),
        (3, False, ("Runtime.ExitError", "Runtime exited with error: exit status 3")),
        (-9, False, ("Runtime.ExitError", "Runtime exited with error: signal: killed")),
        (-9, True, ("Runtime.OutOfMemory", "Runtime exited with error: signal: killed")),
        (-11, True, ("Runtime.ExitError", "Runtime exited with error: signal: segmentation fault")),
    ],
)
def test_the_end_of_a_process_has_lambdas_name(status, out_of_memory, expected) -> None:
    assert ENDS["end_of"](status, out_of_memory=out_of_memory) == expected


def test_the_runtime_has_these_packages_and_no_other(tmp_path) -> None:
    folder = runtime_packages.link(tmp_path / "runtime")
    modules = {path.stem for path in folder.iterdir() if path.suffix != ".dist-info"}
    assert modules == {
        *("aws_durable_execution_sdk_python", "boto3", "botocore", "dateutil", "jmespath"),
        *("s3transfer", "six", "urllib3"),
    }
    assert (folder / "boto3" / "__init__.py").exists()
    before = folder.stat().st_ino
    assert runtime_packages.link(tmp_path / "runtime").stat().st_ino == before, (
        "nothing has changed"
    )
