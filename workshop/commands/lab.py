"""`lab`: start the local cloud and open JupyterLab."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import requests

from workshop import localcloud, paths, private
from workshop.commands import trusted_notebooks
from workshop.commands.console import Literal, waiting
from workshop.course import notebook_copies
from workshop.errors import WorkshopError

JUPYTER = paths.HOME / "jupyter"
DATA = JUPYTER / "data"
LOG = paths.LOGS / "jupyter.log"
START_SECONDS = 60
STOP_SECONDS = 15


def run(arguments: list[str]) -> int:
    """Open JupyterLab and keep it open until Ctrl-C."""
    parser = argparse.ArgumentParser("python -m workshop lab", description=__doc__)
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    open_browser = not parser.parse_args(arguments).no_browser
    stop_when_told()
    console = Literal(stderr=True)
    private.folder(JUPYTER)
    private.folder(paths.TEMPORARY)
    changes = notebook_copies.bring(in_use=is_running())
    for change in changes:
        if change.said:
            console.print(change.said, soft_wrap=True)
    trusted_notebooks.sign(DATA, changes=changes)
    with (
        tempfile.TemporaryDirectory(prefix="run-", dir=JUPYTER) as runtime,
        jupyter(Path(runtime), open_browser) as server,
    ):
        with waiting("starting the local cloud", console) as show:
            localcloud.start(on_wait=show)
            show("starting JupyterLab")
            info = wait_for(server, Path(runtime))
        try:
            console.print(f"JupyterLab: {address(info)}", soft_wrap=True)
            console.print("Ctrl-C stops it; the local cloud keeps running.")
            server.wait()
        except KeyboardInterrupt:
            console.print("\nStopping JupyterLab ...")
            shut_down(server, info)
    goes_on = localcloud.status().running
    cloud = " The local cloud keeps running; `make stop` stops it." if goes_on else ""
    console.print(f"JupyterLab has stopped.{cloud}")
    return 0


def first_document() -> str:
    """What JupyterLab opens with, as a path from the repository: the first notebook or README.

    It is the learner's copy, so that what they run and save changes no file that git tracks.
    """
    notebooks = sorted(notebook_copies.folder().glob("[0-9]*.ipynb"))
    return notebooks[0].relative_to(paths.ROOT).as_posix() if notebooks else "README.md"


def environment_variables(environ: Mapping[str, str], runtime: Path) -> dict[str, str]:
    """Return the environment of JupyterLab and its kernels: only our settings, all in HOME."""
    theirs = ("JUPYTER_", "JUPYTERLAB_", "IPYTHON")
    kept = {name: value for name, value in environ.items() if not name.startswith(theirs)}
    return {
        **kept,
        "IPYTHONDIR": str(JUPYTER / "ipython"),
        "JUPYTER_CONFIG_DIR": str(JUPYTER / "config"),
        "JUPYTER_CONFIG_PATH": str(paths.ROOT / "jupyter"),
        "JUPYTER_DATA_DIR": str(DATA),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(JUPYTER / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(JUPYTER / "workspaces"),
        "PYTHONPATH": str(paths.ROOT),
        "TMPDIR": str(paths.TEMPORARY),  # kernels name folders there after their process id
    }


def command(open_browser: bool) -> list[str]:
    """Return the command that starts JupyterLab, with JupyterLab's own strict access rules."""
    words = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={paths.ROOT}"]
    words += [f"--ServerApp.open_browser={open_browser}"]
    words += [f"--LabApp.default_url=/lab/tree/{quote(first_document())}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        words.append("--allow-root")  # everyone is root in a container; it listens only on loopback
    return words


def is_running() -> bool:
    """Whether a JupyterLab of this repository is open, which may show any of the notebooks."""
    for file in JUPYTER.glob("run-*/jpserver-*.json"):
        try:
            info = json.loads(file.read_text(encoding="utf-8"))
            if Path(info["root_dir"]) == paths.ROOT and _is_up(info):
                return True
        except (OSError, ValueError, KeyError, TypeError):
            continue  # it is being written, or removed
    return False


def _is_up(info: Mapping[str, str]) -> bool:
    """Whether that server still listens. Its file stays if it was killed; another may listen."""
    headers = {"Authorization": f"token {info['token']}"}
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between us and this machine
        try:
            return session.get(info["url"] + "api/status", headers=headers, timeout=5).ok
        except requests.Timeout:
            return True  # busy, so it is there
        except requests.RequestException:
            return False


@contextmanager
def jupyter(runtime: Path, open_browser: bool) -> Iterator[subprocess.Popen[bytes]]:
    """Run a JupyterLab in its own process group: Ctrl-C reaches only us, and we stop it."""
    private.folder(LOG.parent)
    with private.opened(LOG, "wb") as output:  # the token is in it
        process = subprocess.Popen(
            command(open_browser),
            cwd=paths.ROOT,
            env=environment_variables(os.environ, runtime),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_for(server: subprocess.Popen[bytes], runtime: Path) -> dict[str, str]:
    """Wait until JupyterLab listens; return its information: `url`, `token` and more."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        for file in runtime.glob("jpserver-*.json"):
            try:
                info: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
            except ValueError:
                continue  # the file is incomplete
            return info
        time.sleep(0.05)
    raise WorkshopError("JupyterLab did not start.", f"The reason is in {LOG}.")


def address(info: Mapping[str, str]) -> str:
    """Return the address that opens the first document, with the token."""
    return f"{info['url']}lab/tree/{quote(first_document())}?token={info['token']}"


def shut_down(server: subprocess.Popen[bytes], info: Mapping[str, str]) -> None:
    """Ask JupyterLab to end its kernels and itself; if it does not, the caller ends it."""
    headers = {"Authorization": f"token {info['token']}"}
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between us and this machine
        try:
            session.post(info["url"] + "api/shutdown", headers=headers, timeout=STOP_SECONDS)
            server.wait(STOP_SECONDS)
        except (requests.RequestException, subprocess.TimeoutExpired):
            return


def stop_when_told() -> None:
    """Handle a closed terminal, or a request to terminate, like Ctrl-C."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
