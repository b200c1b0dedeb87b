"""A new service stands by itself: its tests pass, it deploys, and an execution ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.deploying import OWN
from workshop.aws import deployment, stack
from workshop.aws.stack import Stack
from workshop.aws.target import Target
from workshop.course import new_service
from workshop.orders import history
from workshop.paths import program

NAME = "my-shop"
EVENT = {"item": "a table for two", "quantity": 2}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere") / NAME
    new_service.make(folder)
    return folder


@pytest.fixture(scope="module")
def deployed(target: Target, service: Path) -> Iterator[Stack]:
    sam(service, "deploy", environment=target.environment)
    yield stack.get(target, NAME)
    deployment.delete(target, NAME)


def sam(service: Path, *words: str, environment: dict[str, str] | None = None) -> None:
    run(
        service,
        str(program("sam", "sam")),
        *words,
        environment={**(environment or os.environ), **OWN},
    )


def run(service: Path, *command: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=service, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def start(deployed: Stack, name: str, **changes: Any) -> history.Run:
    deployed.target.client("lambda").invoke(
        FunctionName=deployed.outputs["ProcessorAliasArn"],
        InvocationType="Event",
        DurableExecutionName=name,
        Payload=json.dumps({"reservationId": name, **EVENT, **changes}),
    )
    return list(history.watch(deployed, name, timeout_seconds=60))[-1]


def test_its_tests_pass_where_the_workshop_cannot_be_imported(
    service: Path, tmp_path: Path
) -> None:
    (tmp_path / "workshop.py").write_text("raise ImportError")
    kept = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(tmp_path)}
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    command = [sys.executable, "-P", "-m"]
    run(service, *command, "pytest", "-p", "no:cacheprovider", environment=kept)
    run(service, *command, "ruff", "check", "--no-cache", ".", environment=kept)
    run(service, *command, "ruff", "format", "--no-cache", "--check", ".", environment=kept)


def test_its_template_is_valid(service: Path) -> None:
    sam(service, "validate", "--lint", "--region", "us-east-2")


def test_a_reservation_is_confirmed_by_the_deployed_function(deployed: Stack) -> None:
    ended = start(deployed, "r-1")
    assert (ended.state, ended.names) == ("succeeded", ["reserve", "hold", "confirm"])
    stored = deployed.target.table(deployed.outputs["ReservationsTableName"])
    assert stored.get_item(Key={"reservationId": "r-1"})["Item"]["state"] == "confirmed"


def test_an_execution_that_fails_lands_in_the_dead_letter_queue(deployed: Stack) -> None:
    assert start(deployed, "r-2", quantity="many").state == "failed"
    client = deployed.target.client("sqs")
    queue = client.get_queue_url(QueueName=f"{NAME}-dead-letters")["QueueUrl"]
    received = client.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
    assert "r-2" in received["Messages"][0]["Body"]
