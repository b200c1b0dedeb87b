"""A SAM CLI that waits for its command does what a plain one does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from workshop.aws import ready_sam
from workshop.paths import ROOT

ENVIRONMENT = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
VERSION = ["--version"]
UNKNOWN = ["deploy", "--no-such-option"]


@pytest.fixture(autouse=True)
def _at_an_end() -> Iterator[None]:
    ready_sam.end()
    yield
    ready_sam.end()


def done(command: list[str], folder: Path = ROOT, **more: str) -> tuple[int, str, int]:
    """Return its exit code, its output, and the process that ran it."""
    with ready_sam.start(command, folder, ENVIRONMENT | more) as sam:
        assert sam.stdout is not None
        output = sam.stdout.read()
    return sam.returncode, output, sam.pid


def waiting() -> int:
    ready_sam.prepare(ENVIRONMENT)
    return ready_sam._waiting[0][0].pid


@pytest.mark.parametrize("command", [VERSION, UNKNOWN])
def test_it_ends_and_says_the_same_as_a_plain_one(command: list[str]) -> None:
    plain = done(command)
    pid = waiting()
    assert done(command) == (*plain[:2], pid)
    assert plain[2] != pid


def test_it_runs_in_the_folder_of_its_command(tmp_path: Path) -> None:
    waiting()
    code, output, _ = done(["validate"], tmp_path)
    assert code != 0
    assert str(tmp_path) in output.replace("\n", "")


def test_only_one_waits() -> None:
    assert waiting() == waiting()


def test_another_environment_gets_a_sam_of_its_own() -> None:
    pid = waiting()
    assert done(VERSION, AWS_REGION="eu-west-1")[2] != pid
    assert not psutil.pid_exists(pid)


def test_one_that_has_died_is_replaced() -> None:
    pid = waiting()
    os.kill(pid, signal.SIGTERM)
    ready_sam._waiting[0][0].wait()
    code, _, other = done(VERSION)
    assert (code, other != pid) == (0, True)


def test_it_ends_with_the_process_that_started_it() -> None:
    program = (
        "import os; from workshop.aws import ready_sam; ready_sam.prepare(dict(os.environ));"
        "print(ready_sam._waiting[0][0].pid, flush=True); os._exit(1)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, cwd=ROOT, check=False
    )
    psutil.wait_procs([psutil.Process(int(found.stdout))] if alive(int(found.stdout)) else [])
    assert not alive(int(found.stdout))


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
