"""Replaces what differs between runs of a cell, with the same rules as nbval."""

from __future__ import annotations

import re
from collections.abc import Sequence
from configparser import ConfigParser
from functools import cache
from typing import Any

from workshop.authoring.build import SOURCES

RULES = SOURCES / "sanitize.cfg"


@cache
def rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return pattern and replacement of each rule."""
    parser = ConfigParser(interpolation=None)
    parser.read(RULES, encoding="utf-8")
    return tuple(
        (re.compile(parser[name]["regex"]), parser[name]["replace"]) for name in parser.sections()
    )


def sanitize(value: Any) -> Any:
    """Return a value with a name instead of each part that differs between runs."""
    if isinstance(value, dict):
        return {key: sanitize(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [sanitize(part) for part in value]
    if isinstance(value, str):
        for pattern, replacement in rules():
            value = pattern.sub(replacement, value)
    return value


def same_outputs(old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Return whether two runs of a cell showed the same."""
    return [_comparable(output) for output in old] == [_comparable(output) for output in new]


def _comparable(output: Any) -> Any:
    return sanitize({key: part for key, part in dict(output).items() if key != "execution_count"})
