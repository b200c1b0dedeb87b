"""`setup`: make the environments."""

from __future__ import annotations

import argparse

from workshop import paths, setup
from workshop.setup import environments
from workshop.setup.progress_display import say


def run(arguments: list[str]) -> int:
    """Make what is missing, or everything again, and say what exists."""
    parser = argparse.ArgumentParser("python -m workshop setup", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="make everything again")
    fresh = parser.parse_args(arguments).fresh
    environment = setup.ensure(fresh)
    names = ", ".join(part.title for part in environments.PARTS)
    say(f"Ready: {names}; Python {environment.version}, in {paths.HOME}.")
    return 0
