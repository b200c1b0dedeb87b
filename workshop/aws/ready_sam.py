"""A SAM CLI that is ready before it is needed: a process that has imported it, and waits.

SAM CLI is a Python program, and a good part of a second goes by until it is imported. So a notebook
starts the next one while a learner reads. It waits for its command on its standard input, which
ends with the process that started it, and then so does it.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from workshop import private
from workshop.paths import program, python

# What `sam deploy` imports, in its own environment, before it does anything. The rest of the line
# is all that a plain `sam` does.
WAIT = """
import json, os, sys
import samcli.cli.main
import samcli.commands.deploy.command, samcli.commands.deploy.deploy_context
import samcli.commands.package.package_context, samtranslator.translator.translator
line = sys.stdin.readline()
if line:
    request = json.loads(line)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(request["folder"])
    sys.argv = ["sam", *request["command"]]
    sys.exit(samcli.cli.main.cli())
"""
Waiting = tuple[subprocess.Popen[str], Mapping[str, str]]
_lock = threading.Lock()
_waiting: list[Waiting] = []
END_SECONDS = 10


def prepare(environment: Mapping[str, str]) -> None:
    """Start a SAM CLI that waits for its command, unless one waits already."""
    with _lock:
        if not _waiting:
            started = _popen([str(python("sam")), "-c", WAIT], environment, None, subprocess.PIPE)
            _waiting.append((started, dict(environment)))


@atexit.register
def end() -> None:
    """End the SAM CLI that waits, if one does."""
    with _lock:
        found = _waiting.pop() if _waiting else None
    if found:
        _end(found[0])


def start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[str]:
    """Give a command to the SAM CLI that waits, or start one; its output is in `stdout`.

    One that waits is used only if it was started with the same environment and still lives.
    """
    with _lock:
        found = _waiting.pop() if _waiting else None
    if found:
        if found[1] == environment and _gave(found[0], command, folder):
            return found[0]
        _end(found[0])
    sam = [str(program("sam", "sam")), *command]
    return _popen(sam, environment, folder, subprocess.DEVNULL)


def _gave(waiting: subprocess.Popen[str], command: Sequence[str], folder: Path) -> bool:
    """Give it the command; return False if it has died."""
    assert waiting.stdin is not None
    try:
        waiting.stdin.write(json.dumps({"command": list(command), "folder": str(folder)}) + "\n")
        waiting.stdin.close()
    except OSError:
        return False
    return waiting.poll() is None


def _end(waiting: subprocess.Popen[str]) -> None:
    """Close its input, and it ends."""
    for end_of_pipe in (waiting.stdin, waiting.stdout):
        with suppress(OSError):
            if end_of_pipe:
                end_of_pipe.close()
    try:
        waiting.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        waiting.kill()
        waiting.wait()


def _popen(
    command: list[str], environment: Mapping[str, str], folder: Path | None, stdin: int
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        umask=private.UMASK,
    )
