"""Requests to the Lambda API, read and checked by AWS's own service model, which botocore brings.

Mends: the emulator accepts names, sizes and numbers that AWS refuses, and knows fewer operations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.model import OperationModel, ServiceModel, Shape

from workshop.localcloud.lambda_api.errors import LambdaError, invalid_parameter

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One call: the operation's name and its parameters, as the service model names them."""

    operation: str
    parameters: Parameters


class Model:
    """The operations on durable executions."""

    def __init__(self, service: ServiceModel) -> None:
        names = [name for name in service.operation_names if "Durable" in name]
        self._operations = [_Route(service.operation_model(name)) for name in names]

    def read(self, method: str, target: str, body: bytes) -> Request:
        """The request, or a ``LambdaError`` that names every constraint it violates."""
        url = urlsplit(target)
        for route in self._operations:
            found = route.match(method, url.path)
            if found is not None:
                parameters = route.parameters(found, parse_qs(url.query), body)
                check(route.operation.input_shape, parameters)
                return Request(route.operation.name, parameters)
        raise LambdaError(404, "UnknownOperationException", f"There is no {method} {url.path}")


class _Route:
    """How one operation's parameters travel: in the path, the query, and the body."""

    def __init__(self, operation: OperationModel) -> None:
        self.operation = operation
        uri = re.escape(operation.http["requestUri"]).replace(r"\{", "{").replace(r"\}", "}")
        self._path = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", uri) + "/?")
        self._members: Mapping[str, Shape] = operation.input_shape.members
        self._payload: str | None = operation.input_shape.serialization.get("payload")

    def match(self, method: str, path: str) -> dict[str, str] | None:
        found = self._path.fullmatch(path) if method == self.operation.http["method"] else None
        return found.groupdict() if found else None

    def parameters(
        self, path: Mapping[str, str], query: Mapping[str, list[str]], body: bytes
    ) -> Parameters:
        parameters: Parameters = {name: unquote(value) for name, value in path.items()}
        for name, shape in self._members.items():
            if shape.serialization.get("location") == "querystring" and name in query:
                parameters[name] = _from_query(name, shape, query[name])
        if self._payload and self._members[self._payload].type_name == "blob":
            return parameters | {self._payload: body}
        fields = _parse(body)
        if self._payload:
            return parameters | ({self._payload: fields} if fields else {})
        return {**fields, **parameters}


def _parse(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise invalid_parameter("The request body must be a JSON object.")
    return {name: value for name, value in fields.items() if value is not None}


def _from_query(name: str, shape: Shape, values: list[str]) -> Any:
    match shape.type_name:
        case "list":
            return values
        case "boolean":
            return values[0].lower() == "true"
        case "integer":
            try:
                return int(values[0])
            except ValueError:
                raise invalid_parameter(f"{name} must be a whole number.") from None
        case _:
            return values[0]


def check(shape: Shape, value: Any) -> None:
    """Raise ``InvalidParameterValueException`` unless a value keeps a shape's constraints."""
    problems = list(_problems(shape, value, ""))
    if problems:
        errors = "error" if len(problems) == 1 else "errors"
        raise invalid_parameter(
            f"{len(problems)} validation {errors} detected: {'; '.join(problems)}"
        )


def _problems(shape: Shape, value: Any, at: str) -> Iterator[str]:
    expected = {"structure": dict, "list": list, "string": str, "integer": int, "boolean": bool}
    wanted = expected.get(shape.type_name)
    if wanted is not None and (not isinstance(value, wanted) or (wanted is int and value is True)):
        yield f"Value at '{at}' failed to satisfy constraint: Member must be a {shape.type_name}"
    elif shape.type_name == "structure":
        yield from _structure_problems(shape, value, at)
    elif shape.type_name == "list":
        yield from _size_problems(shape, len(value), at)
        for number, item in enumerate(value, 1):
            yield from _problems(shape.member, item, f"{at}.{number}.member")
    elif shape.type_name == "integer":
        yield from _range_problems(shape, value, at)
    elif shape.type_name in ("string", "blob"):
        size = len(value.encode()) if isinstance(value, str) else len(value)
        yield from _size_problems(shape, size, at)
        yield from _word_problems(shape, value, at)


def _structure_problems(shape: Any, value: Mapping[str, Any], at: str) -> Iterator[str]:
    prefix = f"{at}." if at else ""
    for name, member in shape.members.items():
        path = f"{prefix}{name[0].lower()}{name[1:]}"
        if value.get(name) is not None:
            yield from _problems(member, value[name], path)
        elif name in shape.required_members:
            yield f"Value at '{path}' failed to satisfy constraint: Member must not be null"


def _size_problems(shape: Shape, size: int, at: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    text = f"Value at '{at}' failed to satisfy constraint: Member must have length"
    if size < least:
        yield f"{text} greater than or equal to {least}"
    if most is not None and size > most:
        yield f"{text} less than or equal to {most}"


def _range_problems(shape: Shape, value: int, at: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    text = f"Value '{value}' at '{at}' failed to satisfy constraint: Member must have value"
    if least is not None and value < least:
        yield f"{text} greater than or equal to {least}"
    if most is not None and value > most:
        yield f"{text} less than or equal to {most}"


def _word_problems(shape: Any, value: str | bytes, at: str) -> Iterator[str]:
    text = f"Value at '{at}' failed to satisfy constraint: Member must satisfy"
    pattern, words = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern and isinstance(value, str) and not re.fullmatch(pattern, value):
        yield f"{text} regular expression pattern: {pattern}"
    if words and value not in words:
        yield f"{text} enum value set: [{', '.join(words)}]"
