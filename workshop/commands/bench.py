"""`bench`: measure how fast orders are processed, on a local cloud of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from workshop.paths import HOME, ROOT


def run(arguments: list[str]) -> int:
    """Print each figure beside its limit, measured in the same run; `--clone` times a clone."""
    cloud = HOME / "bench-cloud"
    environment = {**os.environ, "WORKSHOP_CLOUD": str(cloud)}
    command = [sys.executable, "-m", "workshop.commands.benchmark", *arguments]
    try:
        return subprocess.call(command, cwd=ROOT, env=environment)
    finally:
        shutil.rmtree(cloud, ignore_errors=True)
