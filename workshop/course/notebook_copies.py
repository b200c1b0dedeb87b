"""The learner's copies of the notebooks, in `my-work/notebooks/`.

A copy is made once. From then on it belongs to the learner, who runs, edits and saves it, so that
the files that git tracks stay as they are. When the repository's notebook changes, the copy gets
the new text and keeps what the learner made (see `notebook_merge`). What each copy was made from
is kept in `my-work/notebooks/.base/`: a merge needs it to tell what the learner has changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from workshop import private
from workshop.course.my_work import place_for_copy
from workshop.course.notebook_links import one_level_deeper
from workshop.course.notebook_merge import Merged, Notebook, dump, merge
from workshop.course.notebook_pairs import bare
from workshop.paths import ROOT


@dataclass(frozen=True)
class Change:
    """What happened to a copy, in a sentence; `former` is the file that was replaced, if any."""

    original: Path
    copy: Path
    said: str = ""
    former: Path | None = None


def folder(root: Path = ROOT) -> Path:
    """Return the folder of the learner's notebooks."""
    return root / "my-work" / "notebooks"


def bring(root: Path = ROOT, *, in_use: bool = False) -> list[Change]:
    """Make the copies that are missing and refresh those whose original has changed.

    While the copies are IN USE by a running JupyterLab, those that exist are left alone: an open
    notebook that changes on disk is a choice between two versions, and one of them would be lost.
    """
    originals = sorted((root / "notebooks").glob("[0-9]*.ipynb"))
    return [change for path in originals if (change := _bring(path, root, in_use))]


def given(original: Path) -> str:
    """Return the text that a fresh copy of a notebook has.

    Raises:
        ValueError: The original is no readable notebook whose cells have ids.
    """
    notebook = read(original.read_bytes())
    if not all("id" in cell for cell in notebook["cells"]):
        raise ValueError("a cell has no id")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = one_level_deeper("".join(cell["source"]))
            cell["source"] = text.splitlines(keepends=True)
    return dump(notebook)


def read(content: bytes) -> Notebook:
    """Return the notebook that a file holds.

    Raises:
        ValueError: It holds no notebook of format 4, which is all that a merge knows.
    """
    notebook = json.loads(content)
    try:
        for cell in notebook["cells"]:
            bare(cell), cell["cell_type"], cell["metadata"].keys()
        if (notebook["nbformat"], notebook["nbformat_minor"] >= 0) == (4, True):
            return {"metadata": {}, **notebook}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("a part is missing") from error
    raise ValueError("another format")


def _bring(original: Path, root: Path, in_use: bool) -> Change | None:
    copy = folder(root) / original.name
    try:
        new = given(original)
    except ValueError:
        name = f"notebooks/{original.name}"
        return Change(original, copy, f"{name} cannot be read. Restore it: git checkout {name}")
    base = _base(copy)
    if not copy.exists():
        _write(copy, new)
        return Change(original, copy)
    if in_use:
        return None if base == new else Change(original, copy, _later(copy))
    return _refresh(original, copy, base, new)


def _refresh(original: Path, copy: Path, base: str | None, new: str) -> Change | None:
    try:
        mine = read(copy.read_bytes())
    except ValueError:
        return _afresh(original, copy, new, "cannot be read")
    if base == new:
        return None
    if dump(mine) == new:
        _write(copy, new)
        return None
    if base is None:
        return _afresh(original, copy, new, "has lost the version that it was made from")
    before, after = read(base.encode()), read(new.encode())
    merged = merge(before, after, mine)
    former = None if dump(mine) == base else _keep(copy)
    _write(copy, new, dump(merged.notebook))
    said = _said(copy, _what_is_new(before, after), merged, former)
    return Change(original, copy, said, former)


def _afresh(original: Path, copy: Path, new: str, why: str) -> Change:
    """Replace a copy that cannot be merged; the answers are in `my-work/attempts/`, too."""
    former = _keep(copy)
    _write(copy, new)
    said = f"{_name(copy)} {why}, so there is a fresh one. The former file is {_name(former)}."
    return Change(original, copy, said, former)


def _base(copy: Path) -> str | None:
    """What a copy was made from; None if that is missing or broken."""
    try:
        text = _base_path(copy).read_text(encoding="utf-8")
        read(text.encode())
    except (OSError, ValueError):
        return None
    return text


def _base_path(copy: Path) -> Path:
    return copy.parent / ".base" / copy.name


def _write(copy: Path, base: str, text: str | None = None) -> None:
    """Write a copy, then what it was made from, so that a crash leads to another merge."""
    private.write(copy, base if text is None else text)
    private.write(_base_path(copy), base)


def _keep(copy: Path) -> Path:
    """Keep a copy as it is, as one more file that nobody will overwrite."""
    kept = place_for_copy(copy.parents[1], copy.name)
    private.write(kept, copy.read_bytes())
    return kept


def _what_is_new(before: Notebook, after: Notebook) -> str:
    same = [bare(cell) for cell in before["cells"]] == [bare(cell) for cell in after["cells"]]
    return "new outputs" if same else "new text"


def _said(copy: Path, what: str, merged: Merged, former: Path | None) -> str:
    """What was updated, and what of the learner's is still there."""
    yours = {
        "answer": len(merged.answers),
        "added cell": merged.added,
        "edited cell": merged.edited,
    }
    kept = [f"{n} {name}{'s' if n > 1 else ''}" for name, n in yours.items() if n]
    if kept:
        verb = "is" if sum(yours.values()) == 1 else "are"
        what += f"; your {' and '.join(filter(None, (', '.join(kept[:-1]), kept[-1])))} {verb} kept"
    said = [f"Notebook {copy.name[:2]} was updated: {what}."]
    if former:
        said.append(f"The former file is {_name(former)}.")
    for exercise_id in merged.restarted:
        shows = f'reset("{exercise_id}") shows the new one and keeps your answer.'
        said.append(f"The start of exercise {exercise_id} has changed: {shows}")
    return " ".join(said)


def _later(copy: Path) -> str:
    what = f"Notebook {copy.name[:2]} has a new version."
    return f"{what} Your copy gets it when you stop JupyterLab and start it again."


def _name(path: Path) -> str:
    """A file of `my-work/…/` as its path from the repository."""
    return path.relative_to(path.parents[2]).as_posix()
