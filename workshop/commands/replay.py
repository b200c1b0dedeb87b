"""`record` and `replay`: what orders in flight would make of changed code, before a deployment."""

from __future__ import annotations

import argparse
from pathlib import Path

from workshop.aws import stack as stacks
from workshop.aws.target import connect
from workshop.commands.console import console
from workshop.course.application import FINISHED
from workshop.orders import history
from workshop.replay import save
from workshop.replay.process import replay_files

HISTORIES = Path("histories")


def record(arguments: list[str]) -> int:
    """Save the history of an order as a file, with what is personal replaced."""
    parser = argparse.ArgumentParser("python -m workshop record", description=record.__doc__)
    parser.add_argument("order", help="its id, which is the name of its execution")
    parser.add_argument(
        "file", nargs="?", type=Path, help="where to save it (histories/ORDER.json)"
    )
    parser.add_argument("--target", choices=("local", "aws"), default="local")
    options = parser.parse_args(arguments)
    stack = stacks.get(connect(options.target))
    arn = history.arn_of(stack, options.order)
    path: Path = options.file or HISTORIES / f"{options.order}.json"
    save(path, history.read_events(stack, arn))
    console.print(f"Recorded in {path}.", soft_wrap=True)
    return 0


def replay(arguments: list[str]) -> int:
    """Replay recorded histories against the code; return 1 if one does not fit."""
    parser = argparse.ArgumentParser("python -m workshop replay", description=replay.__doc__)
    parser.add_argument("file", nargs="+", type=Path, help="a history that `record` has saved")
    parser.add_argument(
        "--code",
        type=Path,
        default=FINISHED.modules / "workflow.py",
        help="the file of the durable function (modules/workflow.py)",
    )
    parser.add_argument("--handler", default="handler", help="its name in that file (handler)")
    options = parser.parse_args(arguments)
    found = replay_files(options.file, options.code, options.handler)
    for path, each in zip(options.file, found, strict=True):
        console.print(f"{path.name}: {each}", soft_wrap=True)
    return 0 if all(each.fits for each in found) else 1
