"""Checks of exercises in processes forked from one that has imported everything.

Of the CPU time of a check, three quarters are imports of the SDK and of moto. A test that judges
an answer need not pay for them; that a check starts by itself is shown by the solved notebooks.
As a program, this file is the process that forks.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
PIPE, STDOUT, DEVNULL = subprocess.PIPE, subprocess.STDOUT, subprocess.DEVNULL
TimeoutExpired = subprocess.TimeoutExpired

_server: subprocess.Popen[bytes] | None = None


class Popen:
    """A check, as `subprocess.Popen` gives it to `verdict`."""

    def __init__(self, command: Sequence[str], *, cwd: Path, **_: Any) -> None:
        self.returncode: int | None = None
        self._command = command
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed at the exit
        program = command.index("workshop.exercises.check_process")
        path = f"/proc/{os.getpid()}/fd/{self._output.fileno()}"
        self._pid = int(_ask([command[program + 1 :], str(cwd), path]))

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        if self.returncode is None:
            self.returncode = int(_answer(timeout, self._command))
        self._output.seek(0)
        return self._output.read().decode("utf-8", "replace"), None

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self._pid, signal.SIGKILL)
            self.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._output.close()


@contextmanager
def server() -> Iterator[None]:
    """The process that forks; it does its imports while tests run that need it not yet."""
    global _server
    command = [sys.executable, "-m", "tests.prepared_checks"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=PIPE, stdout=PIPE, bufsize=0
    ) as _server:
        yield
        _server.communicate()


def _ask(request: list[Any]) -> bytes:
    assert _server is not None
    assert _server.stdin is not None
    _server.stdin.write(json.dumps(request).encode() + b"\n")
    return _answer(None, [])


def _answer(timeout: float | None, command: Sequence[str]) -> bytes:
    assert _server is not None
    assert _server.stdout is not None
    if not select.select([_server.stdout], [], [], timeout)[0]:
        raise TimeoutExpired(command, timeout or 0)
    return _server.stdout.readline()


def serve() -> None:
    """Fork one check for each line of the input; print its process id, and later its exit code."""
    from workshop.exercises import check_process, check_runner

    check_runner.prepare()
    check_runner.prepare = lambda: None  # each fork finds it done
    for line in sys.stdin:
        words, folder, output = json.loads(line)
        child = os.fork()
        if child == 0:
            become(folder, output)
            exercise_id, _, attempt, cpu_seconds, wait_seconds = words
            check_process.main(
                exercise_id, Path(folder), attempt, float(cpu_seconds), float(wait_seconds)
            )
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def become(folder: str, output: str) -> None:
    """Take over the folder and the output that a process of its own would have."""
    os.chdir(folder)
    sys.path[0] = folder
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    written = os.open(output, os.O_WRONLY)
    os.dup2(written, 1)
    os.dup2(written, 2)


if __name__ == "__main__":
    serve()
