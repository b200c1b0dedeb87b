"""The four parts that setup makes, and the stamps that say which are complete and up to date.

A stamp is written when a part is complete, and names its requirements. So a part that was
interrupted, or whose requirements have changed, is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

from workshop import paths, private

STAMPS = paths.HOME / "stamps"
RECIPE = "2"  # increase it when the way of making a part changes


class Environment(NamedTuple):
    """What a part was made with: an interpreter, its version such as `3.13.0`, and a folder.

    The folder is the environment, or the layer; the fingerprint is that of the part at the time.
    """

    executable: Path
    prefix: Path
    version: str
    fingerprint: str = ""

    def is_running(self) -> bool:
        """Return whether this process runs in it."""
        return os.path.realpath(sys.prefix) == os.path.realpath(self.prefix)

    def exists(self) -> bool:
        """Return whether it still exists; our own folder must also be complete."""
        mark = {paths.ENVS: "pyvenv.cfg", paths.LAYER.parent: "python"}.get(self.prefix.parent, "")
        return self.executable.exists() and (self.prefix / mark).exists()


class Part(NamedTuple):
    """One thing to make: `workshop`, `sam` and `ministack` are environments, `lambda` the layer."""

    name: str
    title: str

    @property
    def requirements(self) -> Path:
        """Return the pinned requirements of the part."""
        return paths.REQUIREMENTS / (self.name + ".txt")

    @property
    def stamp(self) -> Path:
        """Return the file that says that the part is complete."""
        return STAMPS / (self.name + ".json")

    def fingerprint(self) -> str:
        """Return a digest that changes with the requirements, or the way of making the part."""
        return hashlib.sha256(RECIPE.encode() + self.requirements.read_bytes()).hexdigest()


WORKSHOP = Part("workshop", "the workshop's environment")
SAM = Part("sam", "SAM CLI")
MINISTACK = Part("ministack", "the local AWS services")
LAYER = Part("lambda", "the Lambda layer")
PARTS = (WORKSHOP, SAM, MINISTACK, LAYER)


def write_stamp(part: Part, environment: Environment) -> None:
    """Write that a part is complete, and which Python made it."""
    record = {
        "fingerprint": part.fingerprint(),
        "executable": str(environment.executable),
        "prefix": str(environment.prefix),
        "version": environment.version,
    }
    private.write(part.stamp, json.dumps(record, indent=1))


def recorded(part: Part) -> Environment | None:
    """Return the environment of a complete part, if it still exists, even if out of date."""
    try:
        record = json.loads(part.stamp.read_text(encoding="utf-8"))
        executable, prefix = Path(record["executable"]), Path(record["prefix"])
        environment = Environment(executable, prefix, record["version"], record["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return environment if environment.exists() else None


def made(part: Part) -> Environment | None:
    """Return the environment of a part, if it is complete, still exists and is up to date."""
    environment = recorded(part)
    if environment is None or environment.fingerprint != part.fingerprint():
        return None
    return environment


def missing() -> list[Part]:
    """Return the parts that are not made, or not up to date."""
    return [part for part in PARTS if made(part) is None]


def ready() -> Environment | None:
    """Return the workshop's environment if nothing is missing, else None."""
    return None if missing() else made(WORKSHOP)
