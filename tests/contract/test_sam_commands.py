"""The commands of SAM CLI for development work on durable functions, as on AWS."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.contract.waiting import until
from workshop.aws import stack
from workshop.paths import program

HERE = Path(__file__).parent / "synced"
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
CAPABILITIES = ("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND")
SYNC = ("sync", "--stack-name", "synced")

EXECUTION = ("remote", "execution")


@pytest.fixture
def synced(sam, tmp_path, monkeypatch):
    """The folder of an application that `sam sync` has deployed."""
    # SAM CLI builds with an interpreter of the function's version that it finds here.
    path = os.pathsep.join([str(program("sam", "sam").parent), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True)
    template = tmp_path / "template.yaml"
    template.write_text(template.read_text().replace("python3.13", RUNTIME))
    sam(*SYNC, *CAPABILITIES)
    return tmp_path


def test_an_application_is_synced_invoked_looked_at_and_deleted(sam, synced, client, target):
    by_name = ("--stack-name", "synced")
    invoke = ("remote", "invoke", "Greeter", *by_name, "--event", '{"name": "Ada"}')
    assert '"hello Ada"' in sam(*invoke)

    module = synced / "functions" / "greeter.py"
    module.write_text(module.read_text().replace("hello", "good morning"))
    sam(*SYNC, "--code")
    assert '"good morning Ada"' in sam(*invoke)

    name = stack.get(target, "synced").outputs["Greeter"]
    arn = client.invoke(FunctionName=name, Payload=b'{"name": "Grace"}')["DurableExecutionArn"]
    found = json.loads(sam(*EXECUTION, "get", arn, "--format", "json"))
    assert found["Result"] == '"good morning Grace"'
    history = json.loads(sam(*EXECUTION, "history", arn, "--format", "json"))
    assert "StepSucceeded" in {event["EventType"] for event in history["Events"]}
    until(lambda: "greets Grace" in sam("logs", *by_name), "the function's log")

    sam("delete", *by_name, "--no-prompts")
    left = target.client("cloudformation").describe_stacks()["Stacks"]
    assert not [each["StackName"] for each in left if each["StackName"].startswith("synced")]
