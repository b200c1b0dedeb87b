"""The processes of the local cloud: how each is started, and how to tell that it is up."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop import private
from workshop.localcloud.ports import HOST
from workshop.paths import CLOUD, ROOT, python

REGION = "us-east-2"
RUNTIME = Path(__file__).parent / "function_runtime"
PATCHES = Path(__file__).parent / "ministack_patches"
ACCOUNT_ID = "000000000000"
SERVING = CLOUD / "ministack" / "serving"  # what each function's process works on right now
DEFAULT_PORTS = {"ministack": 4566, "lambda": 4567}


@dataclass(frozen=True)
class Part:
    """One process: its name, command, environment, port, and the path that answers when up."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int
    health_path: str

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return CLOUD / "logs" / f"{self.name}.log"

    def is_up(self) -> bool:
        """Whether it answers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", self.health_path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def aws_variables(ports: Mapping[str, int]) -> dict[str, str]:
    """The variables that point any AWS tool at the local cloud."""
    return {
        "AWS_ENDPOINT_URL": f"http://{HOST}:{ports['ministack']}",
        "AWS_ENDPOINT_URL_LAMBDA": f"http://{HOST}:{ports['lambda']}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def clean_environment(ports: Mapping[str, int]) -> dict[str, str]:
    """This process's environment without the user's AWS settings, and with the local cloud's.

    The user's credentials must never reach a local function, nor a local call reach AWS.
    """
    unwanted = ("AWS_", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, **aws_variables(ports), "PYTHONUNBUFFERED": "1"}


def ministack(ports: Mapping[str, int]) -> Part:
    """Everything of AWS but durable functions."""
    home = CLOUD / "ministack"
    temporary = private.folder(home / "tmp")
    settings = {
        "GATEWAY_PORT": str(ports["ministack"]),
        "BIND_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "TMPDIR": str(temporary),
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": os.pathsep.join((str(RUNTIME), str(PATCHES))),
        "WORKSHOP_SERVING": str(SERVING),
    }
    return Part(
        "ministack",
        [str(python("ministack")), "-m", "ministack"],
        {**clean_environment(ports), **settings},
        ports["ministack"],
        "/_ministack/ready",
    )


def lambda_front(ports: Mapping[str, int], clock: str) -> Part:
    """The Lambda API with the durable execution service."""
    command = [sys.executable, "-m", "workshop.localcloud.lambda_api"]
    command += ["--port", str(ports["lambda"]), "--ministack-port", str(ports["ministack"])]
    command += ["--database", str(CLOUD / "executions.sqlite"), "--region", REGION]
    command += ["--clock", clock]
    environment = {**clean_environment(ports), "PYTHONPATH": str(ROOT)}
    return Part("lambda", command, environment, ports["lambda"], "/_workshop/health")


def all_parts(ports: Mapping[str, int], clock: str) -> list[Part]:
    """Every part, in the order they start."""
    return [ministack(ports), lambda_front(ports, clock)]
