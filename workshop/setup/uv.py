"""uv, the installer: pip installs it into the repository, and it installs the rest."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from workshop import paths, private
from workshop.setup import installer_errors

VERSION = "0.13.9"
FOLDER = paths.HOME / "uv"
# pip's variables for the package index, by uv's names for them.
PIP_SETTINGS = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
    "PIP_CERT": "SSL_CERT_FILE",
}
INDEX_SETTINGS = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")
# Variables that would make uv or pip use other folders than ours.
HINDRANCES = (
    "CONDA_PREFIX",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_COMPILE_BYTECODE",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "UV_REQUIRE_HASHES",
    "UV_SYSTEM_PYTHON",
    "VIRTUAL_ENV",
)


def environment_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for uv and pip: the user's own, with every folder inside HOME."""
    variables = {name: value for name, value in environ.items() if name not in HINDRANCES}
    says_nothing_to_uv = not any(name in environ for name in INDEX_SETTINGS)
    for pip_name, uv_name in PIP_SETTINGS.items():
        told = environ.get(pip_name)
        if told and uv_name not in environ and (says_nothing_to_uv or uv_name == "SSL_CERT_FILE"):
            separator = "," if uv_name == "UV_FIND_LINKS" else " "
            variables[uv_name] = separator.join(told.split())
    variables.update(
        PIP_USER="0",
        TMPDIR=str(paths.TEMPORARY),
        UV_CACHE_DIR=str(paths.HOME / "cache" / "uv"),
        UV_NO_PROGRESS="1",
        UV_PYTHON_INSTALL_BIN="0",
        UV_PYTHON_INSTALL_DIR=str(paths.HOME / "python"),
        UV_PYTHON_INSTALL_REGISTRY="0",
    )
    return variables


def bring(pythons: Iterable[Sequence[str]]) -> str:
    """Return the path of uv: ours, or else the one on PATH.

    If ours is missing, the first of PYTHONS (commands that start one) with a pip installs it.
    """
    ours = find_in(FOLDER)
    if ours and (FOLDER / f"uv-{VERSION}.dist-info").is_dir():
        return ours
    log = paths.LOGS / "setup-uv.log"
    for python in pythons:
        if install(python, log):
            return str(find_in(FOLDER))
        if b"No module named pip" not in log.read_bytes():
            break
    on_path = shutil.which("uv")
    if on_path:
        return on_path
    raise installer_errors.explain("The installer uv could not be installed", log)


def find_in(folder: Path) -> str | None:
    """Return the uv program in a folder that pip has filled."""
    places = (folder / place / name for place in ("bin", "Scripts") for name in ("uv", "uv.exe"))
    return next((str(path) for path in places if path.exists()), None)


def install(python: Sequence[str], log: Path) -> bool:
    """Install uv into FOLDER with the pip of a Python; return whether that worked."""
    new = FOLDER.with_name("uv.new")
    shutil.rmtree(new, ignore_errors=True)
    command = [*python, "-m", "pip", "install", "--target", str(new), f"uv=={VERSION}", "--no-deps"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--only-binary", ":all:"]
    if finish(start(command, log)) != 0 or find_in(new) is None:
        return False
    shutil.rmtree(FOLDER, ignore_errors=True)
    new.replace(FOLDER)
    return True


def start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start uv or pip, with LOG as output."""
    private.folder(log.parent)
    private.folder(paths.TEMPORARY)
    with private.opened(log, "wb") as output:
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment_variables(os.environ),
        )


def finish(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process and return its exit code; end it if we are interrupted."""
    try:
        return process.wait()
    finally:
        process.kill()


def run(command: Sequence[str], what_failed: str, log: Path) -> None:
    """Run uv to its end; raise WorkshopError if it fails."""
    if finish(start(command, log)) != 0:
        raise installer_errors.explain(what_failed, log)
