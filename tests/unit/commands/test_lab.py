"""JupyterLab's own rules about tokens, origins and hosts hold, wherever the workshop starts it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from workshop.commands import lab
from workshop.paths import ROOT

# What may differ from JupyterLab's defaults: nothing about who may use it, except the address.
HARMLESS = {
    *("allow_root", "default_url", "file_url_prefix", "jpserver_extensions"),
    *("open_browser", "port", "port_retries", "root_dir"),
}
HARMLESS_PARTS = {"ContentsManager", "LabApp", "MultiKernelManager"}
LOOSER = re.compile(
    r"ServerApp|NotebookApp|IdentityProvider|Authorizer|JUPYTER_|allow_origin|allow_credentials"
    r"|allow_remote|allow_unauthenticated|disable_check_xsrf|0\.0\.0\.0|--ip|appPort|visibility"
)
# Of somebody who has made their own JupyterLab as open as can be.
CARELESS = {
    "JUPYTER_TOKEN": "",
    "JUPYTER_ALLOW_INSECURE_WRITES": "1",
    "JUPYTER_SERVER_ALLOW_UNAUTHENTICATED_ACCESS": "1",
}
CARELESS_CONFIG = """
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.allow_origin = "*"
c.ServerApp.disable_check_xsrf = True
c.IdentityProvider.token = ""
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All that a JupyterLab of the workshop has set, for a learner who has set a lot."""
    home = tmp_path_factory.mktemp("home")
    (home / ".jupyter").mkdir()
    (home / ".jupyter" / "jupyter_server_config.py").write_text(CARELESS_CONFIG)
    careless = {**os.environ, **CARELESS, "HOME": str(home), "USERPROFILE": str(home)}
    shown = subprocess.run(
        [*lab.command(open_browser=False), "--show-config-json"],
        env=lab.environment_variables(careless, tmp_path_factory.mktemp("runtime")),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(shown.stdout)
    return {part: own for part, own in found.items() if own}


def test_it_listens_on_this_machine_only(settings: dict[str, Any]) -> None:
    assert settings["ServerApp"]["ip"] == "127.0.0.1"


def test_it_is_as_strict_as_by_default(settings: dict[str, Any]) -> None:
    assert settings.keys() - HARMLESS_PARTS == {"ServerApp"}
    assert settings["ServerApp"].keys() - HARMLESS == {"ip", "tornado_settings"}
    assert settings["ServerApp"]["tornado_settings"].keys() == {"static_custom_path"}


def test_the_token_of_another_server_is_not_taken_over() -> None:
    environment = lab.environment_variables(CARELESS, Path("runtime"))
    assert not environment.keys() & CARELESS.keys()


@pytest.mark.parametrize("folder", [".devcontainer", "binder"])
def test_codespaces_and_binder_start_it_no_looser(folder: str) -> None:
    files = sorted(file for file in (ROOT / folder).iterdir() if file.is_file())
    assert files
    found = {file.name: LOOSER.findall(file.read_text(encoding="utf-8")) for file in files}
    assert {name: words for name, words in found.items() if words} == {}


def test_no_configuration_lies_where_any_jupyterlab_would_find_it() -> None:
    """JupyterLab reads its configuration also from the folder that it is started in."""
    assert list(ROOT.glob("jupyter*config*")) == []


class Answering(BaseHTTPRequestHandler):
    """A server that knows its own token only, as JupyterLab does."""

    def do_GET(self) -> None:
        is_known = self.headers["Authorization"] == "token right"
        self.send_response(200 if is_known else 403)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a running server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a running JupyterLab says what it is."""
    monkeypatch.setattr(lab, "JUPYTER", tmp_path)
    (tmp_path / "run-1").mkdir()
    return tmp_path / "run-1" / "jpserver-1.json"


def test_a_running_jupyterlab_of_this_repository_is_noticed(jupyter: Path, server: str) -> None:
    assert not lab.is_running()
    said = {"url": server, "token": "right", "root_dir": str(ROOT)}
    jupyter.write_text(json.dumps(said))
    assert lab.is_running()


@pytest.mark.parametrize("other", [{"token": "wrong"}, {"root_dir": "elsewhere"}])
def test_a_server_of_somebody_else_is_none(
    jupyter: Path, server: str, other: dict[str, str]
) -> None:
    said = {"url": server, "token": "right", "root_dir": str(ROOT), **other}
    jupyter.write_text(json.dumps(said))
    assert not lab.is_running()


def test_a_killed_jupyterlab_does_not_run(jupyter: Path) -> None:
    said = {"url": "http://127.0.0.1:9/", "token": "right", "root_dir": str(ROOT)}
    jupyter.write_text(json.dumps(said))
    assert not lab.is_running()
    jupyter.write_text("{")
    assert not lab.is_running()


def test_it_opens_the_learners_copy_of_the_first_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "my-work" / "notebooks"
    monkeypatch.setattr("workshop.paths.ROOT", tmp_path)
    monkeypatch.setattr("workshop.course.notebook_copies.folder", lambda: copies)
    assert lab.first_document() == "README.md"
    copies.mkdir(parents=True)
    for name in ("01_a.ipynb", "00_start_here.ipynb"):
        (copies / name).touch()
    assert lab.first_document() == "my-work/notebooks/00_start_here.ipynb"
