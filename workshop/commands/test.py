"""`test`: run the tests; other arguments go to pytest, as in `test -k money`."""

from __future__ import annotations

import os
import subprocess
import sys

from workshop import paths

# The tests wait more than they work, so use more processes than a machine with two cores has.
SIDE_BY_SIDE = ["--numprocesses", "4", "--dist", "worksteal"]


def run(arguments: list[str]) -> int:
    """Run pytest with the arguments given; in several processes, unless they choose tests."""
    all_of_them = all(argument.startswith("--") for argument in arguments)
    command = [sys.executable, "-m", "pytest", *(SIDE_BY_SIDE if all_of_them else []), *arguments]
    # SAM packages modules/ as it is, so no test may leave bytecode there.
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, cwd=paths.ROOT, env=environ) as tests:
        while True:
            try:
                return tests.wait()
            except KeyboardInterrupt:
                continue  # Ctrl-C has reached the tests, too; wait for their cleanup
