"""The notebooks, and a cloud that they share: none of the other tests deploys to it."""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from tests import prepared_checks
from workshop.course import application
from workshop.exercises import verdict
from workshop.paths import CLOUD, ROOT

MANIFEST = tomllib.loads((ROOT / "curriculum" / "manifest.toml").read_text(encoding="utf-8"))
FOLDERS = ("notebooks", "solutions")


@dataclass(frozen=True)
class Notebook:
    """One notebook file."""

    folder: str
    name: str

    @property
    def path(self) -> Path:
        return ROOT / self.folder / f"{self.name}.ipynb"

    @property
    def cells(self) -> list[nbformat.NotebookNode]:
        return nbformat.read(self.path, as_version=4).cells

    @property
    def text(self) -> str:
        """All of its Markdown."""
        return "\n\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")

    def __str__(self) -> str:
        return f"{self.folder}-{self.name}"


ALL = [Notebook(folder, name) for name in MANIFEST for folder in FOLDERS]
every_notebook = pytest.mark.parametrize("notebook", ALL, ids=str)


@pytest.fixture(scope="session")
def notebook_cloud() -> Path:
    """The folder of a local cloud; the first notebook that begins starts it."""
    folder = CLOUD.with_name(f"{CLOUD.name}-notebooks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def nobody_has_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check reads the learner's service, and these tests know none."""
    monkeypatch.setattr(application, "YOURS", application.Application(tmp_path, tmp_path))


@pytest.fixture(scope="session", autouse=True)
def checks_start_at_once() -> Iterator[None]:
    """Attempts are checked in processes that need no imports, where a process may fork."""
    if sys.platform != "linux":
        yield
        return
    with prepared_checks.server(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdict, "subprocess", prepared_checks)
        yield
