"""The four things set-up makes, and the stamps that tell which are made and up to date.

A stamp is written when a part is complete, and says from which requirements it was made; so a
part that was interrupted half-way, or whose requirements have changed, is made again.
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
RECIPE = "2"  # raise it when the way a part is made changes


class Environment(NamedTuple):
    """What a part was made with: an interpreter, its version such as `3.13.0`, and a folder.

    The folder is the environment, or the layer; the fingerprint is the part's when it was made.
    """

    executable: Path
    prefix: Path
    version: str
    fingerprint: str = ""

    def is_running(self) -> bool:
        """Whether this very process runs in it."""
        return os.path.realpath(sys.prefix) == os.path.realpath(self.prefix)

    def exists(self) -> bool:
        """Whether it is still there; a folder of ours counts only if it is whole."""
        mark = {paths.ENVS: "pyvenv.cfg", paths.LAYER.parent: "python"}.get(self.prefix.parent, "")
        return self.executable.exists() and (self.prefix / mark).exists()


class Part(NamedTuple):
    """One thing to make: `workshop`, `sam` and `ministack` are environments, `lambda` the layer."""

    name: str
    title: str

    @property
    def requirements(self) -> Path:
        """The pinned requirements it is made from."""
        return paths.REQUIREMENTS / (self.name + ".txt")

    @property
    def stamp(self) -> Path:
        """The file that says the part is complete."""
        return STAMPS / (self.name + ".json")

    def fingerprint(self) -> str:
        """Changes when the requirements, or the way the part is made, change."""
        return hashlib.sha256(RECIPE.encode() + self.requirements.read_bytes()).hexdigest()


WORKSHOP = Part("workshop", "the workshop's environment")
SAM = Part("sam", "SAM CLI")
MINISTACK = Part("ministack", "the local AWS services")
LAYER = Part("lambda", "the Lambda layer")
PARTS = (WORKSHOP, SAM, MINISTACK, LAYER)


def write_stamp(part: Part, environment: Environment) -> None:
    """Record that a part is complete, and which Python it was made with."""
    record = {
        "fingerprint": part.fingerprint(),
        "executable": str(environment.executable),
        "prefix": str(environment.prefix),
        "version": environment.version,
    }
    private.write(part.stamp, json.dumps(record, indent=1))


def recorded(part: Part) -> Environment | None:
    """The environment a complete part was made with, if it is still there, up to date or not."""
    try:
        record = json.loads(part.stamp.read_text(encoding="utf-8"))
        executable, prefix = Path(record["executable"]), Path(record["prefix"])
        environment = Environment(executable, prefix, record["version"], record["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return environment if environment.exists() else None


def made(part: Part) -> Environment | None:
    """The environment a part was made with, if it is complete, still there and up to date."""
    environment = recorded(part)
    if environment is None or environment.fingerprint != part.fingerprint():
        return None
    return environment


def missing() -> list[Part]:
    """The parts that are not made, or not up to date."""
    return [part for part in PARTS if made(part) is None]


def ready() -> Environment | None:
    """The workshop's environment when nothing at all is missing."""
    return None if missing() else made(WORKSHOP)
