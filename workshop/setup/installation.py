"""Makes the environments and the Lambda layer with uv, all at the same time."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from workshop import paths
from workshop.errors import WorkshopError
from workshop.setup import environments, installer_errors, layer, locking, pythons, uv
from workshop.setup.environments import LAYER, WORKSHOP, Environment, Part
from workshop.setup.progress_display import Line, say
from workshop.setup.pythons import Python

NEEDED_BYTES = 1_500_000_000


class Job(NamedTuple):
    """A part in the making: its installer's process, its log, and its environment."""

    part: Part
    environment: Environment
    installer: subprocess.Popen[bytes]
    log: Path


def make(fresh: bool) -> Environment:
    """Make the missing parts, or all of them if `fresh`; return the workshop's environment."""
    try:
        with locking.held(paths.HOME / "setup.lock"):
            wanted = list(environments.PARTS) if fresh else environments.missing()
            if wanted:
                make_parts(wanted, fresh)
    except OSError as error:
        raise installer_errors.explain_system_error(error) from error
    environment = environments.made(WORKSHOP)
    if environment is None:
        raise WorkshopError("The environments disappeared during setup.", "Run this again.")
    return environment


def make_parts(wanted: Sequence[Part], fresh: bool) -> None:
    """Make the wanted parts with one Python and one uv."""
    check_disk(shutil.disk_usage(paths.HOME).free)
    started = time.monotonic()
    say("Setting up in " + paths.HOME.name + "/, once:")
    python = pythons.find()
    installer = uv.bring(pythons.candidates())
    python = best(python, installer)
    say(f"  {python}, uv {uv.VERSION}  ({time.monotonic() - started:.1f} s)")
    jobs = []
    try:
        for part in wanted:
            if part is WORKSHOP and not fresh and is_satisfied_here():
                adopt_running_python()
            else:
                jobs.append(start(part, python, installer, fresh))
        finish(jobs)
    finally:
        for job in jobs:
            job.installer.kill()
            job.installer.wait()
    say(f"  all ready in {time.monotonic() - started:.1f} s")


def check_disk(free_bytes: int) -> None:
    """Raise WorkshopError unless the disk has room for everything."""
    if free_bytes < NEEDED_BYTES:
        raise WorkshopError(
            f"Only {free_bytes / 1e9:.1f} GB are free on this disk, and setup needs "
            f"{NEEDED_BYTES / 1e9:.1f}.",
            "Free some space, or set WORKSHOP_HOME to a folder on another disk. Run this again.",
        )


def best(found: Python | None, installer: str) -> Python:
    """Return the Python to use: a preferred one, one that uv downloads, or the second best."""
    if found and found.is_one_of(pythons.PREFERRED):
        return found
    brought = bring_python(installer)
    if brought:
        return brought
    if found:
        say(
            f"  No Python 3.13 or 3.14 here, so {found} is used; it works for the local cloud. "
            "Once you have 3.13, run `python -m workshop setup --fresh`."
        )
        return found
    raise WorkshopError(
        "The workshop needs Python 3.13 or 3.14, and none was found: not on PATH, not in pyenv, "
        "and uv could not download one.",
        "Install Python 3.13 (from python.org, your package manager, or `pyenv install 3.13`) "
        "and run this again.",
    )


def bring_python(installer: str) -> Python | None:
    """Return a Python that uv has downloaded, or downloads now if it can."""
    folder = paths.HOME / "python"
    inside = "python.exe" if os.name == "nt" else "bin/python3"
    if not any(folder.glob("cpython-3.13*")):
        say("  No Python 3.13 or 3.14 here; downloading one ...")
        command = [installer, "python", "install", layer.LAMBDA_PYTHON, "--no-bin"]
        uv.finish(uv.start(command, paths.LOGS / "setup-python.log"))
    return pythons.find([str(path / inside)] for path in sorted(folder.glob("cpython-3.13*")))


def is_satisfied_here() -> bool:
    """Return whether the running Python has every pinned package, as in conda and on Binder.

    Skip requirements with a marker: pip installed those that this system needs.
    """
    if sys.version_info < min(pythons.ACCEPTED) or paths.ENVS in Path(sys.prefix).parents:
        return False
    lines = WORKSHOP.requirements.read_text(encoding="utf-8").splitlines()
    pins = [match.groups() for match in map(re.compile(r"(\S+)==(\S+)$").match, lines) if match]
    try:
        return all(importlib.metadata.version(name) == version for name, version in pins)
    except importlib.metadata.PackageNotFoundError:
        return False


def adopt_running_python() -> None:
    """Use the running Python as the workshop's environment."""
    version = ".".join(map(str, sys.version_info[:3]))
    environment = Environment(Path(sys.executable), Path(sys.prefix), version)
    environments.write_stamp(WORKSHOP, environment)
    say(f"  {WORKSHOP.title}: this Python has it all")


def start(part: Part, python: Python, installer: str, fresh: bool) -> Job:
    """Start to make a part."""
    log = paths.LOGS / f"setup-{part.name}.log"
    if part is LAYER:
        version = ".".join(map(str, python.version))
        environment = Environment(Path(python.executable), paths.LAYER, version)
        command = layer.command(python, installer)
    else:
        environment = make_environment(part, python, installer, fresh)
        command = [installer, "pip", "sync", "--compile-bytecode"]
        command += ["--python", str(environment.executable), str(part.requirements)]
    return Job(part, environment, uv.start(command, log), log)


def make_environment(part: Part, python: Python, installer: str, fresh: bool) -> Environment:
    """Return an environment to install into: a complete one to update, or else a new one."""
    old = None if fresh else environments.recorded(part)
    part.stamp.unlink(missing_ok=True)
    prefix = paths.ENVS / part.name
    if old and old.prefix == prefix:
        return old
    command = [installer, "venv", "--clear", "--no-project", "--python", python.executable]
    log = paths.LOGS / f"setup-{part.name}.log"
    uv.run([*command, str(prefix)], f"{part.title} could not be made", log)
    return Environment(paths.python(part.name), prefix, ".".join(map(str, python.version)))


def finish(jobs: Sequence[Job]) -> None:
    """Wait for all jobs, complete each as it ends, and show how far they are."""
    line, started, running = Line(), time.monotonic(), list(jobs)
    while running:
        for job in [job for job in running if job.installer.poll() is not None]:
            line.clear()
            complete(job)
            running.remove(job)
            say(f"  {job.part.title}  ({time.monotonic() - started:.1f} s)")
        line.draw([(job.part.name, job.log) for job in running])
        time.sleep(0.1 if running else 0)


def complete(job: Job) -> None:
    """Finish a part and write its stamp; raise WorkshopError if uv failed."""
    if job.installer.returncode != 0:
        raise installer_errors.explain(f"{job.part.title} could not be made", job.log)
    if job.part is LAYER:
        layer.put_in_place(job.environment.executable)
    elif job.part is WORKSHOP:
        let_it_import_the_repository(job.environment)
    environments.write_stamp(job.part, job.environment)


def let_it_import_the_repository(environment: Environment) -> None:
    """Make `import workshop` work in the environment, in every folder."""
    minor = environment.version.rpartition(".")[0]
    libraries = "Lib" if os.name == "nt" else f"lib/python{minor}"
    path_file = environment.prefix / libraries / "site-packages" / "durable_orders.pth"
    path_file.write_text(f"{paths.ROOT}\n", encoding="utf-8")
