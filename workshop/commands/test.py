"""`test`: run the tests; what follows goes to pytest, as in `test -k money`."""

from __future__ import annotations

import os
import subprocess
import sys

from workshop import paths

# The tests wait more than they work, so there are more processes than the two cores of a machine.
SIDE_BY_SIDE = ["--numprocesses", "3", "--dist", "worksteal"]


def run(arguments: list[str]) -> int:
    """Run pytest on the whole of tests/, in several processes, or on what the arguments name."""
    command = [sys.executable, "-m", "pytest", *(arguments or SIDE_BY_SIDE)]
    # Functions are packaged as they stand in modules/, so no test may leave bytecode there.
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, cwd=paths.ROOT, env=environ) as tests:
        while True:
            try:
                return tests.wait()
            except KeyboardInterrupt:
                continue  # it has reached the tests, too, which clean up behind them
