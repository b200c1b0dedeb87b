"""Writes the generated files, compares them with their sources, and stores outputs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from workshop import private
from workshop.authoring import build, copying, reference
from workshop.authoring.build import Built
from workshop.authoring.sanitizing import same_outputs
from workshop.course import stages
from workshop.errors import WorkshopError
from workshop.paths import NOTEBOOKS, ROOT, TEMPORARY

RUN = Path(__file__).with_name("execute.py")


def drift() -> Iterator[str]:
    """Yield a line for each file that differs from its source."""
    built = [notebook for source in build.sources() for notebook in build.build(source)]
    for one in built:
        if not one.path.exists():
            yield f"{_name(one.path)} is missing"
        elif _essence(_read(one.path)) != _essence(one.notebook):
            yield f"{_name(one.path)} differs from its source"
    expected = {one.path for one in built}
    for folder in (NOTEBOOKS, stages.SOLUTIONS):
        for path in sorted(folder.glob("*.ipynb")):
            if path not in expected:
                yield f"{_name(path)} has no source"
    solved = [one.notebook for one in built if one.path.parent == stages.SOLUTIONS]
    yield from build.unlike_modules(solved)
    yield from reference.drift()


def write(wanted: Sequence[Path]) -> list[Path]:
    """Write the notebooks of these sources and the reference; return the files that changed."""
    changed = []
    for source in wanted:
        for one in build.build(source):
            if one.path.exists():
                _keep_outputs(one.notebook, _read(one.path))
            if _write(one):
                changed.append(one.path)
    stages.codes.cache_clear()
    if reference.write():
        changed.append(reference.PAGE)
    return changed


def execute(wanted: Sequence[Path]) -> Iterator[tuple[Path, float]]:
    """Run both notebooks of each source in a copy of the repository and store their outputs."""
    import time

    with tempfile.TemporaryDirectory(prefix="sync-", dir=private.folder(TEMPORARY)) as folder:
        cloud = Path(folder) / "cloud"
        try:
            for source in wanted:
                for one in build.build(source):
                    started = time.monotonic()
                    copy = copying.make(Path(folder) / f"{one.path.parent.name}-{source.stem}")
                    _execute(one.path, copy, cloud)
                    yield one.path, time.monotonic() - started
        finally:
            _stop(cloud)


def _execute(path: Path, copy: Path, cloud: Path) -> None:
    there = copy / path.relative_to(ROOT)
    command = [sys.executable, str(RUN), str(there)]
    done = subprocess.run(
        command, env=copying.environment(copy, cloud), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise WorkshopError(f"{_name(path)} does not run:\n{(done.stdout + done.stderr)[-3000:]}")
    ran, stored = _read(there), _read(path)
    before = {cell["id"]: cell for cell in stored.cells}
    for cell in ran.cells:
        old = before.get(cell["id"])
        if cell.cell_type == "code" and old is not None and same_outputs(old.outputs, cell.outputs):
            cell.outputs = old.outputs  # a new id or time is not a change
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
    _write(Built(path, ran))


def _stop(cloud: Path) -> None:
    program = "from workshop import localcloud; localcloud.stop()"
    environment = copying.environment(ROOT, cloud)
    subprocess.run([sys.executable, "-c", program], env=environment, check=False)


def _keep_outputs(new: NotebookNode, old: NotebookNode) -> None:
    known = {cell["id"]: cell for cell in old.cells if cell.cell_type == "code"}
    for cell in new.cells:
        before = known.get(cell["id"])
        if before is not None:
            cell.outputs, cell.execution_count = before.outputs, before.execution_count


def _write(one: Built) -> bool:
    nbformat.validate(one.notebook)
    text = nbformat.writes(one.notebook, indent=1) + "\n"
    if one.path.exists() and stages.read(one.path) == text:
        return False
    one.path.parent.mkdir(parents=True, exist_ok=True)
    one.path.write_text(text, encoding="utf-8", newline="\n")
    return True


def _essence(notebook: NotebookNode) -> Any:
    """Return all of a notebook except its outputs."""
    return [(cell["id"], cell.cell_type, cell.source, cell.metadata) for cell in notebook.cells]


def _read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
