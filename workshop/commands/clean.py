"""`clean`: remove everything that setup, the local cloud and the tools have made."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from workshop import escape, paths
from workshop.errors import WorkshopError
from workshop.setup import environments

OURS = ("cache", "cloud", "envs", "jupyter", "logs", "python", "sam", "stamps", "tmp", "uv")
CACHES = (".aws-sam", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "build")
WITH_BYTECODE = ("workshop", "modules", "solutions", "tests", "tools")


def run(arguments: list[str]) -> int:
    """Stop the local cloud, remove files, and say what was removed and how many bytes."""
    parser = argparse.ArgumentParser("python -m workshop clean", description=__doc__)
    parser.add_argument("--force", action="store_true", help="even if the local cloud won't stop")
    stop_local_cloud(parser.parse_args(arguments).force)
    freed_bytes = 0
    for path in leftovers():
        freed_bytes += size_bytes(path)
        remove(path)
        if path.name != "__pycache__":
            name = path.relative_to(paths.ROOT) if paths.ROOT in path.parents else path
            print("removed", escape.text(name))
    print(f"Freed {freed_bytes / 1e6:.0f} MB. my-work/ is untouched.")
    return 0


def stop_local_cloud(force: bool) -> None:
    """Stop the local cloud with the environment it runs in, if it exists."""
    environment = environments.recorded(environments.WORKSHOP)
    if environment is None or not paths.CLOUD.exists():
        return
    command = [str(environment.executable), "-c", "from workshop import localcloud as c; c.stop()"]
    done = subprocess.run(
        command,
        cwd=paths.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0 and not force:
        reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise WorkshopError(
            f"The local cloud could not be stopped ({reason}), so nothing was removed.",
            "End its processes, then run `python -m workshop clean --force`.",
        )


def leftovers() -> Iterator[Path]:
    """All that can be made again. Never the learner's own work in my-work/."""
    ours = paths.HOME == paths.ROOT / ".workshop"  # and not a folder that WORKSHOP_HOME shares
    candidates = [paths.HOME] if ours else [paths.HOME / name for name in OURS]
    candidates += [paths.ROOT / name for name in CACHES]
    for folder in WITH_BYTECODE:
        candidates += sorted((paths.ROOT / folder).rglob("__pycache__"))
    return (path for path in candidates if path.exists())


def size_bytes(root: Path) -> int:
    """Return the bytes of a file or folder; a file with several names counts once."""
    facts = [path.lstat() for path in root.rglob("*")]
    return sum(
        {(fact.st_ino or number): fact.st_size for number, fact in enumerate(facts)}.values()
    )


def remove(path: Path) -> None:
    """Remove a folder; raise WorkshopError if something in it is in use."""
    try:
        shutil.rmtree(path)
    except OSError as error:
        raise WorkshopError(
            f"{error.filename} could not be removed ({error.strerror}).",
            "Close what uses it, such as JupyterLab, and run this again.",
        ) from error
