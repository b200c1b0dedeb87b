"""`doctor`: check this machine and say how to fix it; works before setup."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator

from workshop import escape, paths
from workshop.setup import environments, findings, pythons
from workshop.setup.environments import Part
from workshop.setup.findings import Finding

USUAL_PORTS = (4566, 4567, 8888)
MAIN_MODULES = {"workshop": "jupyterlab", "sam": "samcli", "ministack": "ministack"}
FIND_MODULE = "import importlib.util as u, sys; sys.exit(u.find_spec({!r}) is None)"
# Runs in the workshop's environment, because its imports are installed only there.
ASK_LOCAL_CLOUD = """
from workshop import localcloud
cloud = localcloud.status()
print("running" if cloud.running else cloud.trouble or "stopped")
"""
ASK_AWS = """
import boto3, botocore.config, os, sys
patience = botocore.config.Config(connect_timeout=5, read_timeout=5, retries={"max_attempts": 1})
region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-2"
try:
    print(boto3.client("sts", region, config=patience).get_caller_identity()["Arn"])
except Exception as error:
    sys.exit(getattr(error, "response", {}).get("Error", {}).get("Code") or type(error).__name__)
"""


def run(arguments: list[str]) -> int:
    """Print a line for each check; return 1 if one finds a problem."""
    parser = argparse.ArgumentParser("python -m workshop doctor", description=__doc__)
    parser.add_argument("--target", choices=("local", "aws"), default="local")
    levels = []
    for finding in examine(parser.parse_args(arguments).target):
        print(escape.text(finding), flush=True)
        levels.append(finding.level)
    print(f"\nproblems: {levels.count('problem')}, warnings: {levels.count('warn')}")
    return 1 if "problem" in levels else 0


def examine(target: str) -> Iterator[Finding]:
    """Yield the findings of all checks for a target, `local` or `aws`."""
    folder = existing_folder()
    yield findings.on_python(pythons.find())
    yield findings.on_disk(
        shutil.disk_usage(folder).free, is_set_up=environments.ready() is not None
    )
    yield findings.on_folder(folder, is_writable=os.access(folder, os.W_OK))
    taken = [port for port in USUAL_PORTS if not can_listen(port)]
    yield findings.on_ports(can_listen(0), taken)
    yield findings.on_proxy(os.environ)
    for part in environments.PARTS:
        yield examine_part(part)
    answer, fault = ask(ASK_LOCAL_CLOUD)
    yield findings.on_local_cloud(None if fault == "SetUp" else answer or fault)
    if target == "aws":
        yield findings.on_credentials(*ask(ASK_AWS))


def existing_folder() -> str:
    """Return the folder that setup writes to, or the nearest one above it that exists."""
    folder = paths.HOME
    while not folder.exists():
        folder = folder.parent
    return str(folder)


def can_listen(port: int) -> bool:
    """Return whether a program may listen on a port of the loopback; port 0 means any."""
    with socket.socket() as listener:
        if os.name != "nt":  # on Windows it would share a port that is in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def examine_part(part: Part) -> Finding:
    """Check whether a part exists, is up to date, and works."""
    environment = environments.recorded(part)
    works = True
    if environment and part is not environments.LAYER:
        search = FIND_MODULE.format(MAIN_MODULES[part.name])
        works = subprocess.call([str(environment.executable), "-c", search]) == 0
    is_current = environments.made(part) is not None
    return findings.on_part(
        part, part.stamp.exists(), is_current, environment is not None and works
    )


def ask(question: str) -> tuple[str | None, str]:
    """Run a program in the workshop's environment; return its output, or its last error line.

    The error is `SetUp` if that environment does not exist yet.
    """
    environment = environments.recorded(environments.WORKSHOP)
    if environment is None:
        return None, "SetUp"
    done = subprocess.run(
        [str(environment.executable), "-c", question],
        cwd=paths.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return done.stdout.strip(), ""
    return None, (done.stderr.strip().splitlines() or ["it ended without a message"])[-1]
