"""JupyterLab shows the pictures in a notebook's stored outputs only if it trusts the notebook.

The notebooks of the repository deserve that as much as its code does, as long as they are as they
were committed. One that was changed, or came from elsewhere, is left to JupyterLab's own rules.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from workshop.course.stages import SOLUTIONS
from workshop.paths import NOTEBOOKS, ROOT

FOLDERS = (NOTEBOOKS, SOLUTIONS)


def sign(data: Path, root: Path = ROOT) -> list[Path]:
    """Sign the unchanged notebooks for the JupyterLab that keeps its data in DATA; answers which.

    Without git, nobody can tell what is unchanged, and none is signed. Takes about 0.4 s.
    """
    data.mkdir(parents=True, exist_ok=True)
    notary = NotebookNotary(data_dir=str(data))
    signed = unchanged(root)
    try:
        for path in signed:
            notary.sign(nbformat.read(path, as_version=4))
    finally:
        notary.store.close()
    return signed


def unchanged(root: Path) -> list[Path]:
    """The notebooks that are as they were committed."""
    folders = [str(folder.relative_to(ROOT)) for folder in FOLDERS]
    committed = _git(root, "ls-tree", "-r", "--name-only", "HEAD", "--", *folders)
    changed = _git(root, "diff", "--name-only", "--relative", "HEAD", "--", *folders)
    if committed is None or changed is None:
        return []
    return [root / name for name in committed if name.endswith(".ipynb") and name not in changed]


def _git(root: Path, *words: str) -> list[str] | None:
    """The lines that git answers; None if it cannot tell."""
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotePath=false", *words],  # noqa: S607 - the user's own git
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return None
    return done.stdout.splitlines() if done.returncode == 0 else None
