"""`new`: a service of your own, without the sandbox and without the workshop."""

from __future__ import annotations

import argparse
from pathlib import Path

from workshop.commands.console import console
from workshop.course import new_service


def run(arguments: list[str]) -> int:
    """Make a folder with a durable service: code, tests, replay tests, template, pipeline."""
    parser = argparse.ArgumentParser("python -m workshop new", description=run.__doc__)
    parser.add_argument("folder", type=Path, help="the service's name, or a path that ends in it")
    folder: Path = parser.parse_args(arguments).folder
    new_service.make(folder)
    console.print(f"{folder} is your service. Begin with {folder / 'README.md'}.", soft_wrap=True)
    return 0
