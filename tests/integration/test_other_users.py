"""Other users of the machine: they read nothing of the local cloud's, and call nothing of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.conftest import stop_cloud
from workshop.localcloud import state
from workshop.paths import CLOUD, LOGS, ROOT, TEMPORARY

ANOTHER_USER = Path(__file__).with_name("another_user.py")
FIRST_ORDER = """
from workshop.aws import deployment
from workshop.aws.target import connect
from workshop.orders import client as orders
stack = deployment.ensure(connect("local"))
assert orders.wait(stack, orders.submit(stack, orders.example()))["status"] == "completed"
"""
GUESSES = {"nobody": None, "test": "test", "000000000000": "test", "AKIAIOSFODNN7EXAMPLE": "guess"}
CALLS = (
    ("GET", "/"),
    ("POST", "/"),
    ("GET", "/bucket/key"),
    ("GET", "/2015-03-31/functions"),
    ("GET", "/2025-12-01/durable-executions/any"),
    ("GET", "/_workshop/health"),
    ("PUT", "/_workshop/clock"),
    ("GET", "/_ministack/health"),
    ("GET", "/_ministack/ready"),
    ("GET", "/_aws/execute-api/any/any/orders"),
)


def processes(cloud: Path) -> list[psutil.Process]:
    """The supervisor, the parts, and the functions that run."""
    supervisor = state.read(cloud / "state.json").supervisor
    assert supervisor
    process = psutil.Process(supervisor.pid)
    return [process, *process.children(recursive=True)]


def another_user(paths: list[str], requests: list[Any]) -> dict[str, Any]:
    """What another user can read of these paths, and how these requests of theirs are answered."""
    done = subprocess.run(
        [sys.executable, "-I", str(ANOTHER_USER)],
        input=json.dumps({"paths": paths, "requests": requests}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture
def careless_cloud(tmp_path: Path) -> Iterator[Path]:
    """A cloud with an order, of a user whose umask, cloud folder and TMPDIR are for everybody."""
    cloud, temporary = tmp_path / "cloud", tmp_path / "tmp"
    for folder in (cloud, temporary):
        folder.mkdir()
        folder.chmod(0o777)
    os.utime(temporary, (0, 0))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own = {"WORKSHOP_CLOUD": str(cloud), "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", FIRST_ORDER], env=kept | own, umask=0, check=True)
    yield cloud
    stop_cloud(cloud)


@pytest.mark.skipif(os.name == "nt", reason="there the profile folder is private")
def test_all_that_is_written_is_only_for_the_owner_though_the_user_is_careless(careless_cloud):
    written = [careless_cloud, *careless_cloud.rglob("*"), LOGS, LOGS / "sam-deploy.log", TEMPORARY]
    open_to_others = []
    for path in written:
        with suppress(FileNotFoundError):  # a draft that has taken its place
            if path.lstat().st_mode & 0o077 and not path.is_symlink():  # a link's mode says nothing
                open_to_others.append(path)
    assert len(written) > 100
    assert open_to_others == []
    assert (careless_cloud.parent / "tmp").stat().st_mtime == 0  # nothing has ever been in it
    for process in processes(careless_cloud):
        temporary = Path(process.environ()["TMPDIR"])
        assert temporary == TEMPORARY or careless_cloud in temporary.parents


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can become another user"
)
def test_another_user_reads_nothing_of_the_cloud_or_its_processes(stack):
    paths = [*CLOUD.rglob("*"), CLOUD, *LOGS.rglob("*"), LOGS, TEMPORARY]
    for process in processes(CLOUD):
        paths += [Path("/proc", str(process.pid), name) for name in ("environ", "mem", "fd")]
    answer = another_user([*map(str, paths), os.devnull], [])
    assert answer["user"] != os.geteuid()
    assert answer["read"] == [os.devnull]


def test_no_process_has_a_secret_among_its_arguments(stack):
    secrets = [stack.api_key, stack.target.variables["AWS_SECRET_ACCESS_KEY"]]
    for process in processes(CLOUD):
        words = " ".join(process.cmdline())
        assert not any(secret in words for secret in secrets)


def test_another_user_calls_nothing_with_guessed_keys_or_none(stack):
    order_api = ("GET", stack.api_url.partition("/_aws/")[2].join(("/_aws/", "/orders/any")))
    tried = [
        (port, *call, key)
        for port in state.read().ports.values()
        for call in (*CALLS, order_api)
        for key in GUESSES
    ]
    answer = another_user([], [request(*each) for each in tried])
    let_in = {
        each: status
        for each, status in zip(tried, answer["statuses"], strict=True)
        if status != 403
    }
    assert let_in == {}


def request(port: int, method: str, path: str, key: str) -> tuple[Any, ...]:
    """A request, signed with a guessed key if there is one."""
    body = {"POST": "Action=ListStacks&Version=2010-05-15", "PUT": "skip"}.get(method, "")
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    made = AWSRequest(method, f"http://127.0.0.1:{port}{path}", headers, body)
    if secret := GUESSES[key]:
        service = "lambda" if path.startswith("/20") else "cloudformation"
        SigV4Auth(Credentials(key, secret), service, "us-east-2").add_auth(made)
    return port, method, path, dict(made.headers), body
