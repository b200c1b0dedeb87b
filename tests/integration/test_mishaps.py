"""What learners do by accident: each is answered by one sentence, and nothing is lost."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from workshop.localcloud import state
from workshop.paths import ROOT

SECONDS = 120


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> Iterator[Path]:
    """A local cloud of this module's own, not yet started."""
    folder = tmp_path_factory.mktemp("cloud")
    yield folder
    workshop(folder, "stop").communicate(timeout=SECONDS)


def workshop(cloud: Path, *words: str) -> subprocess.Popen[str]:
    """Run a command as a learner does, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "workshop", *words],
        cwd=ROOT,
        env={**os.environ, "WORKSHOP_CLOUD": str(cloud)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def output(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=SECONDS)[0]


def wait_for_sam(pid: int) -> None:
    """Wait until the command runs SAM CLI."""
    deadline = time.monotonic() + SECONDS
    while not any("sam" in each.name() for each in psutil.Process(pid).children(recursive=True)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_first_orders_at_the_same_time_both_complete(cloud):
    both = [workshop(cloud, "order") for _ in range(2)]
    for process in both:
        text = output(process)
        assert '"status": "completed"' in text, text
        assert process.returncode == 0


def test_ctrl_c_during_a_deployment_leaves_nothing_that_blocks_the_next(cloud):
    process = workshop(cloud, "deploy", "-p", "WarehouseWaitSeconds=7")
    wait_for_sam(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    assert output(process).strip().endswith("Stopped.")
    assert process.returncode == 130
    again = workshop(cloud, "deploy")
    assert "is deployed" in output(again)


def test_taken_ports_are_passed_over(cloud):
    workshop(cloud, "reset").communicate(timeout=SECONDS)
    (cloud / "state.json").unlink(missing_ok=True)
    with socket.socket() as one, socket.socket() as two:
        for listener, port in ((one, 4566), (two, 4567)):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue  # another program has it, which is as good
            listener.listen()
        text = output(workshop(cloud, "start"))
    assert "down" not in text
    assert ":4566" not in text


def test_three_clouds_that_start_at_the_same_moment_get_ports_of_their_own(tmp_path):
    clouds = [tmp_path / name for name in ("one", "two", "three")]
    starting = [workshop(cloud, "start") for cloud in clouds]
    try:
        texts = [output(process) for process in starting]
        assert [process.returncode for process in starting] == [0, 0, 0], texts
        ports = [
            port for cloud in clouds for port in state.read(cloud / "state.json").ports.values()
        ]
        assert len(set(ports)) == 6
    finally:
        for stopping in [workshop(cloud, "stop") for cloud in clouds]:
            stopping.communicate(timeout=SECONDS)


@pytest.mark.parametrize("verb", ["deploy", "order", "delete"])
def test_aws_without_credentials_says_so_in_one_sentence(cloud, tmp_path, verb):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    none = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "workshop", verb, "--target", "aws"],
        cwd=ROOT, env={**kept, **none}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "AWS: there are no credentials. Sign in with `aws sso login`, or run `aws configure`."
    )
