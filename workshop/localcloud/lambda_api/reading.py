"""Reads the values in a request's texts and bytes; raises ``UnreadableError``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.message import Message
from typing import Any, NoReturn
from urllib.parse import parse_qs, unquote

from botocore.model import Shape
from botocore.utils import parse_timestamp

TARGET = re.compile(r"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*")
HEADER_TEXT = re.compile(r"[\t -~]*")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
LONGEST_TIMESTAMP = 64


class UnreadableError(ValueError):
    """A part of a request that cannot be read, in one sentence."""


def query(target: str) -> dict[str, list[str]]:
    """Return the query of a request's target; the target as a whole must be an address."""
    if not TARGET.fullmatch(target):
        raise UnreadableError("The address of the request must be ASCII and percent-encoded.")
    try:
        return parse_qs(target.partition("?")[2], keep_blank_values=True, errors="strict")
    except ValueError:
        raise UnreadableError("The query of the request must be UTF-8.") from None


def label(text: str) -> str:
    """Return a part of the path, decoded."""
    try:
        return unquote(text, errors="strict")
    except ValueError:
        raise UnreadableError("The path of the request must be UTF-8.") from None


def check_headers(headers: Message) -> None:
    """Refuse headers that other software reads differently, or not at all."""
    for name, text in headers.items():
        if not HEADER_TEXT.fullmatch(text):
            raise UnreadableError(f"The header {name} must be printable ASCII.")


def from_texts(name: str, shape: Shape, texts: Sequence[str]) -> Any:
    """Return a parameter from the path, the query or a header."""
    if shape.type_name == "list":
        return list(texts)
    if len(texts) > 1:
        raise UnreadableError(f"{name} must be given once.")
    text = texts[0]
    match shape.type_name:
        case "boolean":
            if text.lower() not in ("true", "false"):
                raise UnreadableError(f"{name} must be true or false.")
            return text.lower() == "true"
        case "integer" | "long":
            if not WHOLE_NUMBER.fullmatch(text):
                raise UnreadableError(f"{name} must be a whole number.")
            return int(text)
        case "timestamp":
            return timestamp(name, text)
        case _:
            return text


def timestamp(name: str, value: Any) -> datetime:
    """Return a time, from any of the formats that AWS accepts."""
    try:
        parsed = parse_timestamp(value if len(str(value)) <= LONGEST_TIMESTAMP else None)
        zoned: datetime = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, RuntimeError, OSError):
        raise UnreadableError(f"{name} must be a timestamp.") from None


def members(shapes: Mapping[str, Shape], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that the model knows; AWS ignores all others, and null values."""
    return {
        name: _known(name, shape, fields[name])
        for name, shape in shapes.items()
        if fields.get(name) is not None
    }


def _known(name: str, shape: Any, value: Any) -> Any:
    match shape.type_name, value:
        case "structure", dict():
            return members(shape.members, value)
        case "list", list():
            return [_known(name, shape.member, item) for item in value]
        case "map", dict():
            return {key: _known(name, shape.value, item) for key, item in value.items()}
        case "timestamp", _:
            return timestamp(name, value)
        case _:
            return value


def json_object(body: bytes) -> dict[str, Any]:
    """Return the body of most operations; an empty one has no fields."""
    fields = json_value(body)
    if not isinstance(fields, dict):
        raise UnreadableError("The request body must be a JSON object.")
    return fields


def json_value(body: bytes) -> Any:
    """Return any strict JSON: UTF-8, no NaN, and not nested too deeply to parse."""
    try:
        return json.loads(body.decode() or "{}", parse_constant=_no_number)
    except UnicodeDecodeError:
        raise UnreadableError("The request body must be UTF-8.") from None
    except RecursionError:
        raise UnreadableError("The request body is nested too deeply.") from None
    except ValueError:
        raise UnreadableError("The request body must be a JSON object.") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
