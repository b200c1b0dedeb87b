"""The processes of the local cloud: how each is started, and how to tell that it is up."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from workshop import private
from workshop.localcloud import client, runtime_packages
from workshop.localcloud.client import REGION
from workshop.localcloud.ports import HOST
from workshop.paths import CLOUD, HOME, ROOT, python

BOOTSTRAP = Path(__file__).parent / "function_runtime" / "bootstrap.py"
PATCHES = Path(__file__).parent / "ministack_patches"
ACCOUNT_ID = "000000000000"
SERVING = CLOUD / "ministack" / "serving"  # what each function's process works on right now
HOSTS = (HOST, "localhost")
DEFAULT_PORTS = {"ministack": 4566, "lambda": 4567}
# What a part gets of its starter's environment: only what a program needs to run.
INHERITED = {
    *("COMSPEC", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH"),
    *("PATHEXT", "SYSTEMDRIVE", "SYSTEMROOT", "WINDIR"),
}


@dataclass(frozen=True)
class Part:
    """One process: its name, command, environment, port, and the path that shows that it is up.

    Whoever asks for its state describes it, too, so its environment is made only for a start.
    """

    name: str
    command: list[str]
    environment: Callable[[], dict[str, str]]
    port: int
    health_path: str

    @property
    def log(self) -> Path:
        """Return the file for its output."""
        return CLOUD / "logs" / f"{self.name}.log"

    def who_answers(self) -> client.Answerer:
        """Return who listens on its port: this part if it is ready, another program, or nobody."""
        return client.who_answers(self.port, self.health_path)

    def is_up(self) -> bool:
        """Return whether this part responds on its port, and not another program."""
        return self.who_answers() == "ours"


def aws_variables(ports: Mapping[str, int]) -> dict[str, str]:
    """Return the variables that point any AWS tool at the local cloud, as its owner."""
    owner = client.owner()
    return {
        "AWS_ENDPOINT_URL": f"http://{HOST}:{ports['ministack']}",
        "AWS_ENDPOINT_URL_LAMBDA": f"http://{HOST}:{ports['lambda']}",
        "AWS_ACCESS_KEY_ID": owner.access_key,
        "AWS_SECRET_ACCESS_KEY": owner.secret,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def clean_environment(ports: Mapping[str, int], home: Path) -> dict[str, str]:
    """Return the environment of a part: a little of the user's, and where its AWS is.

    The user's credentials and secrets must never reach a local function, and no local call AWS.
    """
    private.folder(home)
    return {
        **{name: value for name, value in os.environ.items() if name.upper() in INHERITED},
        **aws_variables(ports),
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONUNBUFFERED": "1",
        "WORKSHOP_HOSTS": " ".join(f"{h}:{p}" for h in HOSTS for p in ports.values()),
    }


def ministack(ports: Mapping[str, int]) -> Part:
    """Return the part for everything of AWS except durable functions."""
    return Part(
        "ministack",
        [str(python("ministack")), str(PATCHES)],
        partial(ministack_environment, ports),
        ports["ministack"],
        "/_ministack/ready",
    )


def ministack_environment(ports: Mapping[str, int]) -> dict[str, str]:
    """Return ministack's variables, and make the folder of the runtime's packages."""
    home = CLOUD / "ministack"
    settings = {
        "GATEWAY_PORT": str(ports["ministack"]),
        "BIND_HOST": HOST,  # the default is every interface
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "AUTH": "true",  # enforce the policies of functions' roles, as AWS does
        "PERSIST_STATE": "1",  # the default keeps everything in memory
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "IOT_MTLS_ENABLED": "0",  # these two listen on their own ports, which have no gate
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": os.pathsep.join((str(PATCHES), str(PATCHES.parent))),
        "WORKSHOP_INHERITED": " ".join(INHERITED),
        "WORKSHOP_BOOTSTRAP": str(BOOTSTRAP),
        "WORKSHOP_RUNTIME": str(runtime_packages.link(home / "runtime")),
        "WORKSHOP_SERVING": str(SERVING),
    }
    return {**clean_environment(ports, home / "tmp"), **settings}


def lambda_front(ports: Mapping[str, int], clock: str) -> Part:
    """Return the part for the Lambda API with the durable execution service."""
    command = [sys.executable, "-m", "workshop.localcloud.lambda_api"]
    command += ["--port", str(ports["lambda"]), "--ministack-port", str(ports["ministack"])]
    command += ["--database", str(CLOUD / "executions.sqlite"), "--region", REGION]
    command += ["--clock", clock]
    environment = partial(lambda_environment, ports)
    return Part("lambda", command, environment, ports["lambda"], "/_workshop/health")


def lambda_environment(ports: Mapping[str, int]) -> dict[str, str]:
    """Return the variables of the Lambda API."""
    places = {"PYTHONPATH": str(ROOT), "WORKSHOP_HOME": str(HOME), "WORKSHOP_CLOUD": str(CLOUD)}
    return {**clean_environment(ports, CLOUD / "lambda"), **places}


def all_parts(ports: Mapping[str, int], clock: str) -> list[Part]:
    """Return every part, in the order in which they start."""
    return [ministack(ports), lambda_front(ports, clock)]
