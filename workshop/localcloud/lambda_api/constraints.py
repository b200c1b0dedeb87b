"""The constraints that a shape of the service model puts on a value."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import Shape

TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "blob": (str, bytes),  # Base64 in JSON, or the body itself
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (datetime,),
}
BITS = {"integer": 32, "long": 64}
JAVA_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s"}


def problems(shape: Any, value: Any, at: str) -> Iterator[str]:
    """Yield each constraint that a value violates, in AWS's words."""
    kind = shape.type_name
    if value is None:
        yield f"{_member(at)} not be null"
    elif not isinstance(value, TYPES[kind]) or isinstance(value, bool) != (kind == "boolean"):
        yield f"{_member(at)} be of type {kind}"
    elif kind in CHECKS:
        yield from CHECKS[kind](shape, value, at)


def _member(at: str) -> str:
    return f"Value at '{at}' failed to satisfy constraint: Member must"


def _structure_problems(shape: Any, value: Mapping[str, Any], at: str) -> Iterator[str]:
    prefix = f"{at}." if at else ""
    for name, member in shape.members.items():
        path = f"{prefix}{name[0].lower()}{name[1:]}"
        if name in value:
            yield from problems(member, value[name], path)
        elif name in shape.required_members:
            yield f"{_member(path)} not be null"


def _map_problems(shape: Any, value: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _size_problems(shape, len(value), at)
    for key, item in value.items():
        yield from problems(shape.key, key, f"{at}.key")
        yield from problems(shape.value, item, f"{at}.value")


def _list_problems(shape: Any, value: Sequence[Any], at: str) -> Iterator[str]:
    yield from _size_problems(shape, len(value), at)
    for number, item in enumerate(value, 1):
        yield from problems(shape.member, item, f"{at}.{number}.member")


def _size_problems(shape: Shape, size: int, at: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    if size < least:
        yield f"{_member(at)} have length greater than or equal to {least}"
    if most is not None and size > most:
        yield f"{_member(at)} have length less than or equal to {most}"


def _range_problems(shape: Shape, value: float, at: str) -> Iterator[str]:
    bits = BITS.get(shape.type_name)
    if (bits and not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)) or not _is_finite(value):
        yield f"{_member(at)} be of type {shape.type_name}"
        return
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    text = f"Value '{value}' at '{at}' failed to satisfy constraint: Member must have value"
    if least is not None and value < least:
        yield f"{text} greater than or equal to {least}"
    if most is not None and value > most:
        yield f"{text} less than or equal to {most}"


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _text_problems(shape: Any, value: str, at: str) -> Iterator[str]:
    too_long_or_short = list(_size_problems(shape, len(value), at))
    yield from too_long_or_short
    if not _is_unicode(value):
        yield f"{_member(at)} be Unicode text, without half of a surrogate pair"
        return
    pattern, words = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and not too_long_or_short and not _compiled(pattern).fullmatch(value):
        yield f"{_member(at)} satisfy regular expression pattern: {pattern}"
    if words and value not in words:
        yield f"{_member(at)} satisfy enum value set: [{', '.join(words)}]"


def _is_unicode(value: str) -> bool:
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern as Java does: only ASCII, unless it names Unicode classes."""
    flags = re.NOFLAG if r"\p{" in pattern else re.ASCII
    for java, python in JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, flags)


def _blob_problems(shape: Shape, value: str | bytes, at: str) -> Iterator[str]:
    try:
        content = base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except ValueError:
        yield f"{_member(at)} be Base64"
        return
    yield from _size_problems(shape, len(content), at)


CHECKS: dict[str, Callable[[Any, Any, str], Iterator[str]]] = {
    "structure": _structure_problems,
    "map": _map_problems,
    "list": _list_problems,
    "string": _text_problems,
    "blob": _blob_problems,
    **dict.fromkeys(("integer", "long", "float", "double"), _range_problems),
}
