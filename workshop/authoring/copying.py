"""A copy of the repository to run notebooks in, so that nothing in the checkout changes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from workshop.paths import HOME, LAYER, ROOT

FOLDERS = (
    *("curriculum", "docs", "jupyter", "modules", "notebooks", "requirements", "solutions"),
    *("skeleton", "workshop"),
)


def make(destination: Path) -> Path:
    """Make what is a fresh clone to notebooks; it shares the layer."""
    skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in FOLDERS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, destination / name, ignore=skip)
    for name in ("samconfig.toml", "template.yaml"):
        shutil.copy2(ROOT / name, destination)
    layer = destination / LAYER.relative_to(ROOT)
    layer.parent.mkdir(parents=True)
    try:
        layer.symlink_to(LAYER, target_is_directory=True)
    except OSError:  # Windows, without the right to make links
        shutil.copytree(LAYER, layer)
    return destination


def environment(copy: Path, cloud: Path) -> dict[str, str]:
    """Return the environment of kernels in the copy: its code, our environments, its own cloud."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTEST_")) and name != "WORKSHOP_TARGET"
    }
    return {
        **kept,
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "WORKSHOP_HOME": str(HOME),
        "WORKSHOP_CLOUD": str(cloud),
        "WORKSHOP_PROGRESS": "off",
    }
