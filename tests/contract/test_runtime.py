"""What a function finds in its process, and what Lambda says when it cannot be loaded or ends."""

import json
import shutil
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.contract.deploying import deploy
from tests.contract.waiting import events, until
from workshop.paths import CLOUD, ROOT

HERE = Path(__file__).parent / "runtime"


@pytest.fixture(scope="module")
def sam_deploy(target, tmp_path_factory):
    """Deploy the functions of this test under a stack's name; returns their names."""
    place = tmp_path_factory.mktemp("runtime") / "application"
    shutil.copytree(HERE, place)
    (place / "functions" / "unparsable.py").write_text("def handler(event, context)\n    pass\n")

    return partial(deploy, target, place)


@pytest.fixture(scope="module")
def names(sam_deploy):
    return sam_deploy("runtime")


@pytest.fixture(scope="module")
def ask(client, names):
    """Invoke a function; returns its result, or its error."""

    def invoke(name: str, do: str = "", **event: object):
        payload = json.dumps({"do": do, **event})
        answer = client.invoke(FunctionName=names[name], Payload=payload, Qualifier="live")
        return json.load(answer["Payload"])

    return invoke


@pytest.fixture
def lines(target, names):
    """The log lines of a function."""

    def read(name: str) -> list[str]:
        pages = target.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=f"/aws/lambda/{names[name]}")
        return [event["message"] for page in found for event in page["events"]]

    return read


NOT_LOADED = {
    "Unimportable": (
        "Runtime.ImportModuleError",
        "Unable to import module 'unimportable': No module named 'no_such_package'",
    ),
    "Unparsable": ("Runtime.UserCodeSyntaxError", "Syntax error in module 'unparsable': expected"),
    "Missing": ("Runtime.HandlerNotFound", "Handler 'missing' missing on module 'ordinary'"),
    "Unfinished": ("RuntimeError", "not finished"),
}


@pytest.mark.parametrize("name", NOT_LOADED)
def test_a_function_that_cannot_be_loaded_says_why_at_once_and_in_its_log(ask, lines, name):
    kind, message = NOT_LOADED[name]
    error = ask(name)
    assert error["errorType"] == kind
    assert error["errorMessage"].startswith(message)
    assert any(line.startswith(f"[ERROR] {kind}: {message}") for line in lines(name))


ENDED: dict[str, tuple[dict[str, Any], str]] = {
    "exit": ({"do": "leave", "status": 3}, "with error: exit status 3"),
    "end": ({"do": "leave", "status": 0}, "without providing a reason"),
    "kill": ({"do": "kill"}, "with error: signal: killed"),
}


@pytest.mark.parametrize("way", ENDED)
def test_a_process_that_ends_is_reported_as_lambda_does(ask, lines, way):
    event, words = ENDED[way]
    error = ask("Ordinary", **event)
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].startswith("RequestId: ")
    assert error["errorMessage"].endswith(words)
    assert any(error["errorMessage"] in line for line in lines("Ordinary"))
    assert ask("Ordinary", "write") == "answered", "the next invocation has a new process"


def test_a_timeout_is_reported_as_lambda_does_and_no_line_of_its_log_is_lost(ask, lines):
    error = ask("Impatient", "sleep", seconds=60)
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 3.00 seconds")
    logged = lines("Impatient")
    assert "good night" in logged
    assert any(error["errorMessage"] in line for line in logged)


def test_an_error_of_the_function_has_its_own_type_and_stack(ask, lines):
    error = ask("Ordinary", "refuse")
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no")
    assert 'raise ValueError("no")' in error["stackTrace"][-1]
    assert "bootstrap.py" not in "".join(error["stackTrace"])
    assert "[ERROR] ValueError: no" in lines("Ordinary")


def test_a_result_that_is_not_json_is_an_error_of_the_runtime(ask):
    error = ask("Ordinary", "give")
    assert error["errorType"] == "Runtime.MarshalError"


def test_whatever_a_function_writes_is_in_its_log_and_not_in_its_answer(ask, lines):
    assert ask("Ordinary", "write") == "answered"
    written = lines("Ordinary")
    for text in ("printed", "said by another program", "written to the descriptor"):
        assert any(text in line for line in written), text
    assert any("written without an end of line" in line for line in written)


def test_a_durable_execution_tells_at_once_why_its_function_cannot_be_loaded(client, names):
    began = time.monotonic()
    name = f"{names['DurableMissing']}:live"
    arn = client.invoke(FunctionName=name, InvocationType="Event")["DurableExecutionArn"]
    (first, *_) = until(lambda: events(client, arn, "InvocationCompleted"), "an invocation")
    error = first["InvocationCompletedDetails"]["Error"]["Payload"]
    assert error["ErrorType"] == "Runtime.HandlerNotFound"
    assert error["ErrorMessage"] == "Handler 'missing' missing on module 'ordinary'"
    found = client.get_durable_execution(DurableExecutionArn=arn)
    assert found["Status"] == "RUNNING", f"after {time.monotonic() - began:.1f} s"
    client.stop_durable_execution(DurableExecutionArn=arn)


IN_THE_RUNTIME = ("aws_durable_execution_sdk_python", "boto3", "botocore", "dateutil", "jmespath")
ONLY_HERE = ("aws_lambda_powertools", "lambda_logs", "ministack", "psutil", "pydantic", "workshop")


def test_a_function_imports_what_lambdas_runtime_has_and_nothing_of_this_machine(ask):
    found = ask("Ordinary", "find", modules=[*IN_THE_RUNTIME, "s3transfer", "six", "urllib3"])
    assert {Path(path).is_relative_to(CLOUD) for path in found.values()} == {True}
    found = ask("Ordinary", "find", modules=ONLY_HERE)
    assert found == {name: f"No module named '{name}'" for name in ONLY_HERE}


def test_a_function_looks_in_its_package_then_its_layers_then_the_runtime(ask):
    package, *layers = ask("Layered", "path")
    assert package.endswith("/code")
    made = CLOUD / "ministack" / "runtime"
    runtime = next(at for at, path in enumerate(layers) if Path(path).parent == made)
    assert [path for path in layers[:runtime] if path.endswith("/python")]
    assert not [path for path in layers if path.endswith("site-packages") and "envs" in path]
    assert not [path for path in layers if path.startswith(str(ROOT / "workshop"))]
    assert ask("Layered", "find", modules=["from_the_layer"])["from_the_layer"].endswith(".py")
    missing = ask("Ordinary", "find", modules=["from_the_layer"])
    assert missing == {"from_the_layer": "No module named 'from_the_layer'"}


def test_a_durable_function_whose_package_has_no_sdk_uses_that_of_the_runtime(ask):
    assert ask("Durable") == "the runtime has the SDK"


def test_a_function_without_a_log_format_logs_text_from_warnings_on(ask, lines):
    ask("Durable")
    logged = lines("Durable")
    assert any(line.startswith("[WARNING]\t") and "warning" in line for line in logged)
    assert not any("information" in line for line in logged)


def test_a_deleted_function_has_no_process(sam_deploy, client, target):
    name = sam_deploy("short-lived")["Ordinary"]
    for version in "$LATEST", "live":
        payload = json.dumps({"do": "write"})
        client.invoke(FunctionName=name, Payload=payload, Qualifier=version)
    until(lambda: len(processes(name)) == 2, "both processes to begin")
    stacks = target.client("cloudformation")
    stacks.delete_stack(StackName="short-lived")
    stacks.get_waiter("stack_delete_complete").wait(
        StackName="short-lived", WaiterConfig={"Delay": 1}
    )
    until(lambda: not processes(name), "the end of its processes")


def processes(function: str) -> list[psutil.Process]:
    """The processes of a function in the tests' own cloud."""
    place = str(CLOUD / "ministack" / "tmp" / f"ministack-lambda-{function}-")
    found = psutil.process_iter(["cmdline"])
    return [each for each in found if (each.info["cmdline"] or [""])[-1].startswith(place)]
