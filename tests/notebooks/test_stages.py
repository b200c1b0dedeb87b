"""The modules at each stage of the workshop."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.course import application, stages
from workshop.paths import ROOT

WRITTEN = {
    code.module for code in stages.codes() if code.module and not application.stays(code.module)
}
NOTEBOOKS = [path.name[:2] for path in stages.solved()]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_modules_that_a_notebook_starts_from_import_each_other(notebook: str) -> None:
    modules = stages.before(notebook)
    known = modules.keys() | stages.complete().keys()
    for name, text in modules.items():
        for node in ast.walk(ast.parse(text)):
            wanted = [node.module] if isinstance(node, ast.ImportFrom) else []
            wanted += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            missing = {module for module in wanted if module in known} - modules.keys()
            later = {module for module in missing if module in WRITTEN}
            assert name == "api" or missing == later, f"{name} imports {missing}"


def test_a_module_knows_every_name_that_it_uses_at_each_stage(tmp_path: Path) -> None:
    """The linter sees only cells, and a part relies on what its module has."""
    for number, code in enumerate(stages.codes()):
        if code.module:
            name = f"{number}_{code.notebook}_{code.module}_{code.exercise}.py"
            (tmp_path / name).write_text(code.text, encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821,F811,E9"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_module_is_written_that_the_finished_application_does_not_have() -> None:
    assert stages.complete().keys() >= WRITTEN


def test_modules_here_are_the_finished_application() -> None:
    for name, text in stages.complete().items():
        assert stages.read(ROOT / "modules" / f"{name}.py") == text
