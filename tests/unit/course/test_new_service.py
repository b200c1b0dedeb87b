"""`python -m workshop new NAME`: a folder with a whole service, which never replaces anything."""

import re
from pathlib import Path

import pytest

from workshop.commands import new
from workshop.course import new_service, own_application
from workshop.errors import WorkshopError
from workshop.paths import REQUIREMENTS


@pytest.fixture(autouse=True)
def _without_a_layer(monkeypatch):
    """Its thousands of files are copied in tests/integration/test_new_service_runs.py."""
    monkeypatch.setattr(own_application, "bring_layer", lambda source, layer: None)


@pytest.fixture
def service(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert new.run(["shop"]) == 0
    return tmp_path / "shop"


def test_the_service_has_its_name_wherever_it_needs_one(service: Path) -> None:
    texts = {p: p.read_text("utf-8") for p in service.rglob("*") if is_ours(p, service)}
    assert not [path for path, text in texts.items() if "my-service" in text]
    assert 'stack_name = "shop"' in texts[service / "samconfig.toml"]
    assert texts[service / "README.md"].startswith("# shop\n")


def test_no_file_of_it_mentions_the_workshop(service: Path) -> None:
    for path in service.rglob("*"):
        if is_ours(path, service):
            assert "workshop" not in path.read_text("utf-8"), path


def test_its_packages_are_those_with_which_it_is_tested_here(service: Path) -> None:
    pinned = (REQUIREMENTS / "workshop.txt").read_text("utf-8").splitlines()
    first, *lines = (service / "requirements-dev.txt").read_text("utf-8").splitlines()
    assert first == "-r requirements.txt"
    assert set(lines) <= set(pinned)
    names = {line.partition("==")[0] for line in lines}
    assert names > {"moto", "pytest", "ruff", "werkzeug", "iniconfig"}  # and what they need
    assert "jupyterlab" not in names
    runtime = (REQUIREMENTS / "lambda.txt").read_text("utf-8")
    assert (service / "requirements.txt").read_text("utf-8") == runtime


def test_it_can_be_made_in_another_folder(tmp_path: Path) -> None:
    new.run([str(tmp_path / "far" / "away")])
    assert (tmp_path / "far" / "away" / "template.yaml").exists()


def test_a_folder_that_exists_is_never_changed(service: Path) -> None:
    (service / "README.md").write_text("mine")
    with pytest.raises(WorkshopError, match=r"shop exists, and nothing was changed\."):
        new.run(["shop"])
    assert (service / "README.md").read_text() == "mine"


@pytest.mark.parametrize("name", ["Shop", "1shop", "shop-", "a--b", "my shop", "..", "a" * 41, "ä"])
def test_a_name_that_no_stack_can_have_is_refused(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkshopError, match=f"'{re.escape(name)}' cannot be the name"):
        new.run([name])
    assert list(tmp_path.iterdir()) == []


def test_what_tools_left_in_the_skeleton_is_not_taken(tmp_path: Path, monkeypatch) -> None:
    skeleton = tmp_path / "skeleton"
    for name in ("README.md", ".gitignore", "build/a.py", "src/__pycache__/a.pyc", ".venv/b"):
        (skeleton / name).parent.mkdir(parents=True, exist_ok=True)
        (skeleton / name).write_text("here")
    monkeypatch.setattr(new_service, "SKELETON", skeleton)
    new_service.make(tmp_path / "shop")
    made = {path.name for path in (tmp_path / "shop").rglob("*")}
    assert made == {"README.md", ".gitignore", "requirements.txt", "requirements-dev.txt"}


def is_ours(path: Path, service: Path) -> bool:
    return path.is_file() and "build" not in path.relative_to(service).parts
