"""A local cloud of the tests' own, started when the first test needs it and removed at the end."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("WORKSHOP_HOME") or ROOT / ".workshop")
if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker shares the cloud of its leader
    os.environ["WORKSHOP_CLOUD"] = str(HOME / "test-clouds" / str(os.getpid()))

from workshop import localcloud  # noqa: E402 - after the variable above
from workshop.paths import CLOUD, program  # noqa: E402
from workshop.target import Target, connect  # noqa: E402


def pytest_configure():
    """Ctrl-C reaches what the tests start, though they themselves may run in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure(config):
    """Leave nothing running and nothing behind."""
    if hasattr(config, "workerinput") or not CLOUD.exists():
        return
    localcloud.stop()
    shutil.rmtree(CLOUD, ignore_errors=True)


@pytest.fixture(scope="session")
def target() -> Target:
    """The running local cloud."""
    return connect("local")


@pytest.fixture
def sam(target: Target, tmp_path: Path) -> Callable[..., str]:
    """Run SAM CLI with nothing but the variables that `env` prints; returns what it says."""

    def run(*words: str) -> str:
        own = {"SAM_CLI_TELEMETRY": "0", "__SAM_CLI_APP_DIR": str(HOME / "sam"), "COLUMNS": "300"}
        command = [program("sam", "sam"), *words]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=target.environment | own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
