"""JupyterLab shows the pictures in a notebook's stored outputs only if it trusts the notebook.

The notebooks of the repository deserve that as much as its code does, as long as they are as they
were committed. So does a learner's copy that holds nothing else. One that was changed, or came from
elsewhere, is left to JupyterLab's own rules: it signs what it saves if the user has run it.

A merge makes a text that nobody has signed. Its outputs come from two files, the new notebook and
the former copy, and so it is signed if the one is as committed and the other was signed.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from workshop.course import notebook_copies
from workshop.course.notebook_copies import Change
from workshop.course.stages import SOLUTIONS
from workshop.paths import NOTEBOOKS, ROOT

FOLDERS = (NOTEBOOKS, SOLUTIONS)


def sign(data: Path, root: Path = ROOT, changes: Iterable[Change] = ()) -> list[Path]:
    """Sign the unchanged notebooks for the JupyterLab that keeps its data in DATA; return which.

    `changes` are those of the learner's copies since they were last signed. Without git, nobody
    can tell what is unchanged, and none is signed. Takes about half a second.
    """
    data.mkdir(parents=True, exist_ok=True)
    notary = NotebookNotary(data_dir=str(data))
    committed = unchanged(root)
    signed = [*committed, *_untouched_copies(root, committed)]
    try:
        signed += [
            change.copy
            for change in changes
            if change.former and change.original in committed and change.copy not in signed
            if notary.check_signature(nbformat.read(change.former, as_version=4))
        ]
        # A signature is of the content, so that one will do for a notebook and its equal copy.
        for path in {path.read_bytes(): path for path in signed}.values():
            notary.sign(nbformat.read(path, as_version=4))
    finally:
        notary.store.close()
    return signed


def _untouched_copies(root: Path, originals: Iterable[Path]) -> list[Path]:
    """The learner's copies that hold what the workshop has put there, and nothing else."""
    copies = [
        (original, notebook_copies.folder(root) / original.name)
        for original in originals
        if original.parent == root / NOTEBOOKS.name
    ]
    return [
        copy
        for original, copy in copies
        if copy.exists() and copy.read_bytes() == notebook_copies.given(original).encode()
    ]


def unchanged(root: Path) -> list[Path]:
    """Return the notebooks that are unchanged since the commit."""
    folders = [str(folder.relative_to(ROOT)) for folder in FOLDERS]
    committed = _git(root, "ls-tree", "-r", "--name-only", "HEAD", "--", *folders)
    changed = _git(root, "diff", "--name-only", "--relative", "HEAD", "--", *folders)
    if committed is None or changed is None:
        return []
    return [root / name for name in committed if name.endswith(".ipynb") and name not in changed]


def _git(root: Path, *words: str) -> list[str] | None:
    """Return the lines of git's output; None if it fails."""
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
