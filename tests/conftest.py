"""A local cloud of the tests' own, started when the first test needs it and removed at the end.

Tests may run in several processes at once; each has a cloud of its own.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("WORKSHOP_HOME") or ROOT / ".workshop")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["WORKSHOP_CLOUD"] = str(HOME / "test-clouds" / f"{WORKER}-{os.getpid()}")

from workshop import localcloud  # noqa: E402 - after the variable above
from workshop.paths import CLOUD, program  # noqa: E402
from workshop.target import Target, connect  # noqa: E402

# These share what they have deployed, or a browser, and so a process.
TOGETHER = ("browser", "contract", "integration")


def pytest_configure():
    """Ctrl-C reaches what the tests start, though they themselves may run in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what belongs together when tests run in several processes."""
    for item in items:
        if item.path.parent.name in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))


def pytest_unconfigure():
    """Leave nothing running and nothing behind."""
    if CLOUD.exists():
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
