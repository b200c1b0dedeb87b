"""A new service of one's own: the files of `skeleton/`, with its name and pinned packages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from workshop import private
from workshop.course import own_application, stages
from workshop.course.application import FINISHED, SKELETON
from workshop.errors import WorkshopError
from workshop.paths import REQUIREMENTS

PLACEHOLDER = "my-service"
# The names of its function, queue and layer begin with it, and AWS allows 64 characters.
NAME = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){0,39}")
TESTED_WITH = ("aws-durable-execution-sdk-python-testing", "moto[dynamodb]", "pytest", "ruff")
MADE_BY_TOOLS = {"build", "__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".venv"}


def make(folder: Path) -> None:
    """Make a folder with a whole service, named as the folder.

    Raises:
        WorkshopError: The folder exists, or its name cannot be that of a stack.
    """
    if not NAME.fullmatch(folder.name):
        raise WorkshopError(
            f"'{folder.name}' cannot be the name of a service.",
            "Use up to 40 lowercase letters, digits and hyphens, such as shop.",
        )
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise WorkshopError(
            f"{folder} exists, and nothing was changed.", "Use another name."
        ) from None
    for path, text in _files(folder.name):
        made = folder / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text, "utf-8", newline="\n")
    if FINISHED.layer.is_dir():
        own_application.bring_layer(FINISHED.layer, folder / "build" / "layer")


def how_to_renew(folder: Path) -> tuple[str, ...]:
    """Say in which files a service differs from a new one, and how to get one; empty if in none."""
    new = _files(folder.name) if folder.is_dir() else ()
    changed = [path.as_posix() for path, text in new if private.read(folder / path) != text]
    if not changed:
        return ()
    where = f"{folder.parent.name}/{folder.name}"
    return (
        f"Your service differs from a new one in {', '.join(changed)}.",
        f"For a fresh one, rename the folder {where} and run the cell with new_service().",
    )


def _files(name: str) -> Iterator[tuple[Path, str]]:
    for path in sorted(SKELETON.rglob("*")):
        inside = path.relative_to(SKELETON)
        if path.is_file() and not MADE_BY_TOOLS & set(inside.parts):
            yield inside, stages.read(path).replace(PLACEHOLDER, name)
    yield Path("requirements.txt"), stages.read(FINISHED.requirements)
    pinned, needed = stages.read(REQUIREMENTS / "workshop.txt"), _needed(TESTED_WITH)
    ours = [line for line in pinned.splitlines() if line.partition("==")[0] in needed]
    yield Path("requirements-dev.txt"), "\n".join(["-r requirements.txt", *ours, ""])


def _needed(wanted: Iterable[str]) -> set[str]:
    """Return the names of packages and of all that they need, as they are installed here."""
    left, seen = list(wanted), set[str]()
    while left:
        requirement = Requirement(text := left.pop())
        if text not in seen:
            seen.add(text)
            extras = requirement.extras or {""}
            left += [
                str(needed)
                for needed in map(Requirement, metadata.requires(requirement.name) or ())
                if needed.marker is None
                or any(needed.marker.evaluate({"extra": extra}) for extra in extras)
            ]
    return {canonicalize_name(Requirement(text).name) for text in seen}
