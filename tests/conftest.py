"""A local cloud of the tests' own, started when the first test needs it and removed at the end.

Tests may run in several processes at once; each has a cloud of its own.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("WORKSHOP_HOME") or ROOT / ".workshop")
WORKER = os.environ.get("PYTEST_XDIST_WORKER")
if WORKER is None:  # the only process, or the leader of several
    os.environ["WORKSHOP_TEST_CLOUDS"] = str(HOME / "test-clouds" / str(os.getpid()))
CLOUDS = Path(os.environ["WORKSHOP_TEST_CLOUDS"])
os.environ["WORKSHOP_CLOUD"] = str(CLOUDS / (WORKER or "main"))

from workshop import localcloud  # noqa: E402 - after the variable above
from workshop.authoring import copying  # noqa: E402
from workshop.aws.target import Target, connect  # noqa: E402
from workshop.localcloud import state  # noqa: E402
from workshop.localcloud.processes import DEFAULT_PORTS  # noqa: E402
from workshop.paths import CLOUD, program  # noqa: E402


def pytest_addoption(parser):
    """Let somebody ask for what takes minutes."""
    parser.addoption("--all-requests", action="store_true", help="send all generated bad requests")
    parser.addoption("--minutes", action="store_true", help="watch schedules for three minutes")
    parser.addoption("--all-faults", action="store_true", help="meet all faults at all moments")
    parser.addoption("--unsolved", action="store_true", help="run the unsolved notebooks, too")
    parser.addoption("--all-notebooks", action="store_true", help="run each in the browser, too")
    parser.addoption("--orders", type=int, default=20, help="how many orders the long tests send")
    parser.addoption("--seed", type=int, default=1, help="which fates they meet")


def pytest_configure():
    """Ctrl-C reaches what the tests start, though they themselves may run in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if WORKER is not None:
        keep_ports(int(WORKER.removeprefix("gw")))


def keep_ports(worker: int) -> None:
    """While this process's cloud is stopped, no other cloud takes its ports: it finds its own."""
    first = 14_566 + 10 * worker
    ports = {name: first + place for place, name in enumerate(DEFAULT_PORTS)}
    state.write(state.State(ports=ports))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole notebooks come first: no other process can take over the rest of a long test."""
    items.sort(key=lambda item: item.path.name != "test_running.py")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    """Stop this process's own cloud, before the leader of several looks for what is left."""
    if CLOUD.exists():
        localcloud.stop()


def pytest_unconfigure():
    """Leave nothing running and nothing behind, also if tests were interrupted."""
    if WORKER is None and CLOUDS.exists():
        for cloud in CLOUDS.iterdir():
            stop_cloud(cloud)
        shutil.rmtree(CLOUDS, ignore_errors=True)


def stop_cloud(cloud: Path) -> None:
    """Stop the local cloud of this folder, which may be another than that of this process."""
    program = "from workshop import localcloud; localcloud.stop()"
    environment = copying.environment(ROOT, cloud)
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


@pytest.fixture(scope="session")
def target() -> Target:
    """The running local cloud."""
    return connect("local")


@pytest.fixture
def sam(target: Target, tmp_path: Path) -> Callable[..., str]:
    """Run SAM CLI with nothing but the variables that `env` prints; returns what it says."""

    def run(*words: str) -> str:
        own = {"SAM_CLI_TELEMETRY": "0", "__SAM_CLI_APP_DIR": str(HOME / "sam"), "COLUMNS": "300"}
        command = [str(program("sam", "sam")), *words]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=target.environment | own,
            input="y\n",  # `sync` asks whether the stack is for development
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
