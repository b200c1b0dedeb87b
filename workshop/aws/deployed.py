"""Remembers what was deployed last, to see whether the sources have changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from workshop import private
from workshop.aws.stack import Stack
from workshop.course.application import Application
from workshop.paths import CLOUD


def fingerprint(app: Application, parameters: Mapping[str, object] | None = None) -> str:
    """Return a digest of everything that a deployment is made from."""
    digest = hashlib.sha256(json.dumps(dict(parameters or {}), sort_keys=True).encode())
    for path in [app.template, app.requirements, *sorted(app.modules.glob("*.py"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def remember(stack: Stack, app: Application, parameters: Mapping[str, object] | None) -> None:
    """Keep what this deployment was made from."""
    record = json.dumps(_record(stack, app, parameters))
    private.write(_path(stack.target.name, stack.name), record)


def forget(target: str, name: str) -> None:
    """Drop the record of a stack that has been deleted."""
    _path(target, name).unlink(missing_ok=True)


def is_current(stack: Stack, app: Application, parameters: Mapping[str, object] | None) -> bool:
    """Return whether this stack was deployed from these sources with these parameters."""
    return _remembered(stack) == _record(stack, app, parameters)


def is_outdated(stack: Stack, app: Application) -> bool:
    """Return whether the application has changed since this stack was deployed from here."""
    record, now = _remembered(stack), fingerprint(app)
    return isinstance(record, dict) and record.get("code", now) != now


def _record(
    stack: Stack, app: Application, parameters: Mapping[str, object] | None
) -> dict[str, str]:
    return {
        "sources": fingerprint(app, parameters),
        "code": fingerprint(app),
        "stack": stack.revision,
    }


def _path(target: str, name: str) -> Path:
    return CLOUD / f"deployed-{target}-{name}.json"


def _remembered(stack: Stack) -> object:
    try:
        return json.loads(_path(stack.target.name, stack.name).read_text())
    except (OSError, ValueError):
        return None
