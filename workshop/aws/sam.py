"""Runs the real SAM CLI; reports its progress, and the reason if it fails."""

from __future__ import annotations

import re
import subprocess
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from workshop import private
from workshop.aws import ready_sam
from workshop.aws.target import Target
from workshop.display import shorten
from workshop.errors import WorkshopError
from workshop.paths import HOME, LOGS, TEMPORARY

POLL_SECONDS = "0.2"  # SAM's default is 5 s, which makes a local deployment 4 s slower
REASON_CHARACTERS = 400
STACK_FAILED = "Failed to create/update the stack"
UNREACHED = "Could not connect to the endpoint URL"
RESOURCE = re.compile(r"^(CREATE|UPDATE|DELETE)_(\w+)\s+(AWS::\S+)\s+(\S+)")
CHANGE = re.compile(r"^([+*-]) (Add|Modify|Delete)\s+\S+")


@dataclass(frozen=True)
class Progress:
    """The progress of a deployment: ``done`` of ``total`` resources, and what happens now."""

    done: int
    total: int  # 0 until it is known
    text: str

    @property
    def count(self) -> str:
        """Return the progress as text; empty until it is known."""
        return f"{self.done} of {self.total}" if self.total else ""


Show = Callable[[Progress], None]


def run(target: Target, command: list[str], folder: Path, show: Show) -> None:
    """Run SAM CLI in a folder, report its progress, and raise its output if it fails."""
    log = private.folder(LOGS) / f"sam-{command[0]}.log"
    show(Progress(0, 0, "starting SAM CLI"))
    with private.opened(log, "w") as record, _started(command, folder, target) as sam:
        assert sam.stdout is not None
        output = _follow(sam.stdout, record.write, show)
    if sam.returncode != 0:
        why = reason(output)
        again = "The target stopped responding: run this again. " if UNREACHED in why else ""
        raise WorkshopError(
            f"SAM could not {command[0]} the application: {why}",
            f"{again}Its full output is in {log}.",
        )


def prepare(target: Target) -> None:
    """Let a SAM CLI start now that the next `run` for this target needs not wait for."""
    ready_sam.prepare(_environment(target))


def _started(command: list[str], folder: Path, target: Target) -> subprocess.Popen[str]:
    return ready_sam.start(command, folder, _environment(target))


def _environment(target: Target) -> dict[str, str]:
    # SAM keeps its own files here, not in the home folder.
    environment = target.environment | {
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(HOME / "sam"),
        "COLUMNS": "300",  # otherwise its tables cut off the types of resources
        "TMPDIR": str(private.folder(TEMPORARY)),
    }
    if target.variables:
        environment["SAM_CLI_POLL_DELAY"] = POLL_SECONDS
    return environment


def _follow(lines: Iterable[str], record: Callable[[str], object], show: Show) -> list[str]:
    """Turn SAM's lines into progress as they arrive; return the last few hundred."""
    kept: deque[str] = deque(maxlen=400)
    total, finished = 0, set()
    for line in lines:
        kept.append(line)
        record(line)
        if CHANGE.match(line):
            total += 1
        event = RESOURCE.match(line)
        if event:
            action, state, kind, logical_id = event.groups()
            if state == "COMPLETE":
                finished.add(logical_id)
            done = min(len(finished), total)
            show(Progress(done, total, f"{action.lower()} {kind.rpartition('::')[2]} {logical_id}"))
        elif line.startswith(("Uploading", "File with same data", "Waiting for")):
            show(Progress(len(finished), total, line.strip().split(" to ")[0].lower()))
    return list(kept)


def reason(output: Iterable[str]) -> str:
    """Return the last reason in SAM's output, in one line."""
    lines = [line.strip() for line in output if line.strip()] or ["it printed nothing"]
    errors = [n for n, line in enumerate(lines) if line.startswith(("Error", "ERROR"))]
    text = " ".join(lines[errors[-1] :]) if errors else lines[-1]
    return shorten(text.removeprefix("Error: "), REASON_CHARACTERS)
