"""Finds a Python for the environments on this machine; the most promising ones come first."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

PREFERRED = ((3, 13), (3, 14))
ACCEPTED = ((3, 12), (3, 11))
# A Python that can run the workshop: CPython, 64 bit, with a GIL, and with its optional modules.
PROBE = """
import ctypes, sqlite3, ssl, sys, sysconfig
fit = sys.implementation.name == "cpython" and sys.maxsize > 2**32
fit = fit and not sysconfig.get_config_var("Py_GIL_DISABLED")
print(*sys.version_info[:3], sys.executable) if fit else sys.exit(1)
"""


class Python(NamedTuple):
    """A usable interpreter: its version, such as `(3, 13, 0)`, and its path."""

    version: tuple[int, int, int]
    executable: str

    def is_one_of(self, minors: Collection[tuple[int, int]]) -> bool:
        """Return whether its minor version is one of these."""
        return self.version[:2] in minors

    def __str__(self) -> str:
        return "Python " + ".".join(map(str, self.version))


def find(commands: Iterable[list[str]] | None = None) -> Python | None:
    """Return the first preferred Python, or else the best accepted one, or None.

    COMMANDS are the candidates, by default all those of `candidates`. Start them only until one is
    a preferred Python, because each takes a moment.
    """
    second_best = None
    for command in candidates() if commands is None else commands:
        python = probe(command)
        if python is None:
            continue
        if python.is_one_of(PREFERRED):
            return python
        if python.is_one_of(ACCEPTED) and (second_best is None or python > second_best):
            second_best = python
    return second_best


def probe(command: list[str]) -> Python | None:
    """Start a candidate and ask for its version; return None if it cannot be used."""
    try:
        answer = subprocess.run(
            [*command, "-I", "-S", "-c", PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=True,
            encoding="utf-8",
        ).stdout
        major, minor, micro, executable = answer.strip().split(" ", 3)
        return Python((int(major), int(minor), int(micro)), executable)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def candidates() -> Iterator[list[str]]:
    """Yield commands that may start a Python: this one, those on PATH, of pyenv and of uv."""
    yield [sys.executable]
    minors = [f"{major}.{minor}" for major, minor in PREFERRED + ACCEPTED]
    for name in [f"python{minor}" for minor in minors] + ["python3", "python"]:
        path = shutil.which(name)
        if path:
            yield [path]
    launcher = shutil.which("py") if os.name == "nt" else None
    if launcher:
        yield from ([launcher, "-" + minor] for minor in minors)
    yield from ([str(path)] for path in pyenv_pythons(pyenv_root(os.environ)))


def pyenv_root(environ: Mapping[str, str]) -> Path:
    """Return the folder of pyenv (on Windows of pyenv-win), which may not exist."""
    root = environ.get("PYENV_ROOT") or environ.get("PYENV")
    if root:
        return Path(root)
    return Path("~").expanduser() / (".pyenv/pyenv-win" if os.name == "nt" else ".pyenv")


def pyenv_pythons(root: Path) -> list[Path]:
    """Return the interpreters that pyenv has installed, the most promising first.

    Look in its folder, because its shims work only for the selected versions.
    """
    inside = "python.exe" if os.name == "nt" else "bin/python"
    ranks = {minor: rank for rank, minor in enumerate(PREFERRED + ACCEPTED)}
    found = []
    for folder in root.glob("versions/3.*"):
        match = re.match(r"3\.(\d+)\.(\d+)$", folder.name)
        minor = (3, int(match[1])) if match else None
        if match and minor in ranks:
            found.append((ranks[minor], -int(match[2]), folder / inside))
    return [path for _, _, path in sorted(found)]
