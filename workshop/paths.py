"""Where things are. Setup and the local cloud write only under HOME and LAYER."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("WORKSHOP_HOME") or ROOT / ".workshop").absolute()
ENVS = HOME / "envs"
CLOUD = Path(os.environ.get("WORKSHOP_CLOUD") or HOME / "cloud").absolute()
LOGS = HOME / "logs"
TEMPORARY = HOME / "tmp"  # TMPDIR may belong to another user, or be open to everybody
LAYER = ROOT / "build" / "layer"
MY_WORK = ROOT / "my-work"
NOTEBOOKS = ROOT / "notebooks"
REQUIREMENTS = ROOT / "requirements"


def program(environment: str, name: str) -> Path:
    """Return the path of the command NAME in one of the environments."""
    if os.name == "nt":
        return ENVS / environment / "Scripts" / (name + ".exe")
    return ENVS / environment / "bin" / name


def python(environment: str) -> Path:
    """Return the Python interpreter of the environment `workshop`, `sam` or `ministack`."""
    return program(environment, "python")
