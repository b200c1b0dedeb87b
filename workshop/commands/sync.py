"""`sync`: make notebooks and solutions from curriculum/, and the reference from the code."""

from __future__ import annotations

import argparse

from workshop.authoring import build, sizes, sync
from workshop.commands.console import console
from workshop.errors import WorkshopError
from workshop.paths import ROOT


def run(arguments: list[str]) -> int:
    """Write notebooks, solutions and docs/reference.md from their sources."""
    parser = argparse.ArgumentParser("python -m workshop sync", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if there is drift")
    parser.add_argument(
        "--execute", action="store_true", help="also run the notebooks and store their outputs"
    )
    parser.add_argument("notebook", nargs="*", help="numbers, such as 01; without any, all")
    options = parser.parse_args(arguments)
    if options.check:
        found = [*sync.drift(), *(line for s in build.sources() for line in sizes.too_large(s))]
        for line in found:
            console.print(line, soft_wrap=True)
        return 1 if found else 0
    wanted = [s for s in build.sources() if not options.notebook or s.stem[:2] in options.notebook]
    if not wanted:
        raise WorkshopError("This notebook does not exist.", "Give numbers, such as: sync 01 02")
    for path in sync.write(wanted):
        console.print(f"wrote {path.relative_to(ROOT)}", soft_wrap=True)
    if options.execute:
        for path, seconds in sync.execute(wanted):
            console.print(f"ran {path.relative_to(ROOT)}  ({seconds:.1f} s)", soft_wrap=True)
    return 0
