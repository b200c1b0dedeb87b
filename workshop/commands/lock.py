"""`lock`: pin the requirements again, from requirements/*.in to requirements/*.txt."""

from __future__ import annotations

import argparse
import os

from workshop import paths
from workshop.setup import pythons, uv

# The layer is pinned last, to the versions that the workshop tests with.
NAMES = ("workshop", "sam", "ministack", "lambda")
OPTIONS = ("--universal", "--python-version", "3.11", "--no-annotate", "--no-emit-index-url")


def run(arguments: list[str]) -> int:
    """Resolve each file; keep versions that still fit, unless --upgrade is given."""
    parser = argparse.ArgumentParser("python -m workshop lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    upgrade = ["--upgrade"] if parser.parse_args(arguments).upgrade else []
    installer = uv.bring(pythons.candidates())
    os.chdir(paths.ROOT)
    for name in NAMES:
        source, target = f"requirements/{name}.in", f"requirements/{name}.txt"
        command = [installer, "pip", "compile", *OPTIONS, *upgrade, source, "--output-file", target]
        command += ["--custom-compile-command", "make lock", "--quiet"]
        if name == "workshop":
            command += ["--excludes", "requirements/excluded.txt"]
        if name == "lambda":
            command += ["--constraints", "requirements/workshop.txt"]
        uv.run(command, f"{source} could not be resolved", paths.LOGS / f"lock-{name}.log")
        print(f"{target} is up to date with {source}")
    return 0
