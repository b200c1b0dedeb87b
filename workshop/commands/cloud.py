"""`start`, `status`, `logs`, `stop`, `reset`: the local cloud."""

from __future__ import annotations

import argparse

from rich.table import Table

from workshop import escape, localcloud
from workshop.commands.console import console, waiting
from workshop.errors import WorkshopError
from workshop.paths import CLOUD


def start(arguments: list[str]) -> int:
    """Start the local cloud, or set the clock of one that runs."""
    parser = argparse.ArgumentParser("python -m workshop start", description=start.__doc__)
    parser.add_argument("--clock", choices=("skip", "real"), help="waits take no time, or theirs")
    clock = parser.parse_args(arguments).clock
    with waiting("starting the local cloud") as show:
        localcloud.start(clock, on_wait=show)
    return status([])


def status(arguments: list[str]) -> int:
    """Show each part of the local cloud; return 1 if it is not running."""
    _refuse_options("status", status.__doc__, arguments)
    current = localcloud.status()
    drawn = Table("part", "state", "address", "log")
    for part in current.parts:
        state = escape.rich("up", "green") if part.up else escape.rich("down", "red")
        drawn.add_row(part.name, state, f"http://127.0.0.1:{part.port}", str(part.log))
    console.print(drawn)
    if current.trouble:
        console.print(f"Its last problem: {current.trouble}")
    waits = "take no time" if current.clock == "skip" else "take their real time"
    console.print(f"Clock: {current.clock}; waits {waits}.")
    if not current.running:
        console.print("The local cloud is not running. `make start` starts it.")
    return 0 if current.running else 1


def logs(arguments: list[str]) -> int:
    """Print the last lines of the logs, or of one part's."""
    parser = argparse.ArgumentParser("python -m workshop logs", description=logs.__doc__)
    parser.add_argument("part", nargs="?", help="ministack, lambda or supervisor")
    parser.add_argument("-n", type=int, default=40, metavar="LINES", help="how many lines (40)")
    options = parser.parse_args(arguments)
    files = sorted((CLOUD / "logs").glob(f"{options.part or '*'}.log"))
    if not files:
        raise WorkshopError(
            f"The log {options.part} does not exist." if options.part else "No log exists yet.",
            "`make start` writes three logs: ministack, lambda and supervisor.",
        )
    for file in files:
        console.rule(file.stem)
        lines = file.read_bytes().decode(errors="replace").removesuffix("\n").split("\n")
        for line in lines[-options.n :]:
            console.print(line.removesuffix("\r"), soft_wrap=True)
    return 0


def stop(arguments: list[str]) -> int:
    """Stop the local cloud; its state is kept."""
    _refuse_options("stop", stop.__doc__, arguments)
    with waiting("stopping the local cloud"):
        was_running = localcloud.stop()
    console.print("The local cloud has stopped." if was_running else "It was not running.")
    return 0


def reset(arguments: list[str]) -> int:
    """Stop the local cloud and forget every stack, order and table in it."""
    _refuse_options("reset", reset.__doc__, arguments)
    with waiting("resetting the local cloud"):
        localcloud.reset()
    console.print("The local cloud is empty. The next command starts it again.")
    return 0


def _refuse_options(verb: str, description: str | None, arguments: list[str]) -> None:
    """End with the verb's usage if it was given an option, as it has none but `--help`."""
    parser = argparse.ArgumentParser(f"python -m workshop {verb}", description=description)
    parser.parse_args(arguments)
