"""JupyterLab in a real Chromium, on a fresh copy of the repository with a cloud of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest

from workshop.authoring import copying
from workshop.authoring.build import KERNEL
from workshop.paths import CLOUD

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
QUIET = ("--disable-background-networking", "--disable-component-update")
LOCAL = re.compile(r"^(?:https?|wss?)://(?:127\.0\.0\.1|localhost)(?::\d+)?/|^(?:data|blob|about):")
ADDRESS = re.compile(r"JupyterLab: (http://\S+?)/lab/\S*\?token=(\w+)")
START_SECONDS = 90
RUN_SECONDS = 150
EXPECT_SECONDS = 60  # a slow order needs some twenty


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests cannot run, and they say so."""
    for item in items:
        if CHROMIUM is None and "browser" in Path(item.path).parent.name:
            item.add_marker(
                pytest.mark.skip("no Chromium: install it, or set CHROMIUM to its path")
            )


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: where it is, its token, and the copy of the repository it shows."""

    url: str
    token: str
    copy: Path


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab as `python -m workshop lab` starts it."""
    copy = commit(copying.make(tmp_path_factory.mktemp("lab") / "copy"))
    environment = copying.environment(copy, CLOUD.with_name(f"{CLOUD.name}-browser"))
    del environment["WORKSHOP_PROGRESS"]  # here a person sees the progress
    log = copy / "lab.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "workshop", "lab", "--no-browser"]
        process = subprocess.Popen(
            command, cwd=copy, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        url, token = address(process, log)
        yield Lab(url, token, copy)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def commit(copy: Path) -> Path:
    """The notebooks committed, as in a clone."""
    for words in (["init", "-q"], ["add", "notebooks", "solutions"], ["commit", "-qm", "All"]):
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
        subprocess.run(["git", *who, *words], cwd=copy, check=True)
    return copy


def address(process: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    """Where JupyterLab listens, and its token, once it says so."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = ADDRESS.search(log.read_text(errors="replace"))
        if found:
            return found[1], found[2]
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace"))


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Any]]:
    """Starts a browser, with flags of the caller's own."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=EXPECT_SECONDS * 1000)
    with sync_playwright() as playwright:
        yield lambda *flags: playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=[*FLAGS, *QUIET, *flags]
        )


@pytest.fixture(scope="session")
def chromium(launch):
    """One browser for all tests."""
    browser = launch()
    yield browser
    browser.close()


@dataclass
class Seen:
    """What went wrong on a page without a person seeing it."""

    outside: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@pytest.fixture
def open_notebook(lab: Lab, chromium, request) -> Iterator[Callable[..., Any]]:
    """Opens a notebook in a fresh window; fails if the page complained or asked for the world."""
    seen = Seen()
    context = chromium.new_context(
        viewport={"width": 1280, "height": 1000}, reduced_motion="reduce"
    )

    def refuse(route):
        seen.outside.append(route.request.url)
        route.abort()

    def note_answer(response):
        if response.status >= 400:
            seen.missing.append(f"{response.status} {response.url.partition('?')[0]}")

    def refuse_dialog(dialog):
        seen.dialogs.append(dialog.message)
        dialog.dismiss()

    context.route(lambda url: not LOCAL.match(url), refuse)
    page = context.new_page()
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    page.on("response", note_answer)
    page.on("dialog", refuse_dialog)

    def open_(path: str):
        workspace = f"test-{uuid.uuid4().hex[:8]}"
        page.goto(f"{lab.url}/lab/workspaces/{workspace}/tree/{path}?token={lab.token}")
        panel = page.locator(".jp-NotebookPanel:visible")
        panel.wait_for(timeout=60_000)
        idle(page)
        return page, panel

    yield open_
    pictures = os.environ.get("WORKSHOP_SCREENSHOTS")
    if pictures:
        page.screenshot(path=str(Path(pictures) / f"{request.node.name}.png"))
    context.close()
    assert seen == Seen()


@pytest.fixture
def open_cells(lab, open_notebook, request):
    """Opens a notebook made of these cells, with a kernel of its own, and runs all of it."""

    def open_(*cells: str):
        made = [nbformat.v4.new_code_cell(cell) for cell in cells]
        notebook = nbformat.v4.new_notebook(cells=made, metadata=KERNEL)
        path = f"notebooks/{request.node.name}.ipynb"
        nbformat.write(notebook, lab.copy / path)
        page, panel = open_notebook(path)
        run_all(page, panel)
        return page, panel.locator(".durable-timeline")

    return open_


def idle(page) -> None:
    """Wait until the kernel has nothing to do, and says so to the reader."""
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=60_000)


def run_all(page, panel, seconds: int = RUN_SECONDS) -> None:
    """Run → Run All Cells, and wait for the last cell."""
    from playwright.sync_api import expect

    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(panel.locator(".jp-InputPrompt", has_text="[*]")).not_to_have_count(0)
    expect(panel.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(
        0, timeout=seconds * 1000
    )
    idle(page)


def clear_outputs(page) -> None:
    """So that what is seen is new, not what was stored."""
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_role("menuitem", name="Clear Outputs of All Cells", exact=True).click()


def nothing_went_wrong(panel) -> bool:
    """No error output, and nothing that could not be drawn."""
    errors = panel.locator("[data-mime-type='application/vnd.jupyter.error']").all_inner_texts()
    assert errors == []
    assert panel.get_by_text(re.compile("Error displaying|Javascript Error")).count() == 0
    assert panel.get_by_text("Traceback (most recent call last)").count() == 0
    return True
