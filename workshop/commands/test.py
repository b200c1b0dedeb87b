"""`test`: run the tests; what follows goes to pytest, as in `test -k money`."""

from __future__ import annotations

import os
import subprocess
import sys

from workshop import paths


def run(arguments: list[str]) -> int:
    """Run pytest on the whole of tests/, or on what the arguments name."""
    command = [sys.executable, "-m", "pytest", *arguments]
    # Functions are packaged as they stand in modules/, so no test may leave bytecode there.
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.call(command, cwd=paths.ROOT, env=environ)
