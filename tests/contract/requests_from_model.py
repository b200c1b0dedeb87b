"""Bad requests to the Lambda API, made from AWS's own service model.

A request is made only from its number, so a failure can be repeated. None changes anything, even
if it is valid by accident: only operations that read, and those that an ended execution refuses,
get names that exist; an operation that creates something always lacks a required parameter.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from botocore.model import OperationModel, ServiceModel, Shape

from tests.spoiled import BODIES, HEADERS, METHODS, PATHS, TEXTS, TOKENS, VALUES

SEED = 11
DEEPEST = 6  # levels of generated parameters
OF_ENDED = ("Checkpoint", "Stop", "SendDurable")
ACCOUNT = "arn:aws:lambda:us-east-2:000000000000"
UNKNOWN = {
    "FunctionName": "nobody",
    "Resource": f"{ACCOUNT}:function:nobody",
    "ResourceArn": f"{ACCOUNT}:function:nobody",
    "Role": "arn:aws:iam::000000000000:role/nobody",
    "DurableExecutionArn": f"{ACCOUNT}:function:nobody:1/durable-execution/name/id",
    "CodeSigningConfigArn": f"{ACCOUNT}:code-signing-config:csc-00000000000000000",
    "UUID": "00000000-0000-4000-8000-000000000000",
    "Handler": "module.handler",
    "Qualifier": "live",
    "CallbackId": base64.b64encode(b'{"arn": "nobody", "op": "nothing"}').decode(),
    "CheckpointToken": base64.b64encode(b'{"arn": "nobody", "seq": 1}').decode(),
}


@dataclass
class Draft:
    """A request whose parts can still be spoiled."""

    operation: OperationModel
    method: str
    path: str
    labels: dict[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Request:
    """A request as it travels; text stands for its bytes in Latin-1."""

    number: int
    operation: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __str__(self) -> str:
        body = self.body if len(self.body) < 300 else self.body[:300] + b"..."
        target = self.target if len(self.target) < 500 else self.target[:500] + "..."
        return f"{self.number} {self.operation}: {self.method} {target} {self.headers} {body!r}"


class Requests:
    """Makes bad requests; ``known`` holds values, by parameter, that exist."""

    def __init__(self, model: ServiceModel, known: dict[str, str]) -> None:
        self._operations = [model.operation_model(name) for name in model.operation_names]
        own = [o for o in self._operations if "Durable" in o.name or o.name == "Invoke"]
        self._operations += own * 4  # about half of all
        self._known = known
        arn = known["DurableExecutionArn"]
        odd: tuple[object, ...] = (None, 1, [], "\ud800")
        contents = [{"arn": arn, "op": each, "seq": each, "inv": each} for each in odd]
        self._tokens = [base64.b64encode(json.dumps(each).encode()).decode() for each in contents]

    def number(self, number: int) -> Request:
        """The request of this number."""
        rng = random.Random(f"{SEED}/{number}")
        operation = rng.choice(self._operations)
        draft = self._draft(operation, rng)
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            rng.choice(SPOILERS)(draft, rng)
        if operation.name.startswith(("Create", "Publish", "Add", "Put")):
            for name in operation.input_shape.required_members:
                draft.fields.pop(name, None)
        return Request(
            number,
            operation.name,
            draft.method,
            _target(draft),
            tuple(draft.headers),
            json.dumps(draft.fields).encode() if draft.body is None else draft.body,
        )

    def _draft(self, operation: OperationModel, rng: random.Random) -> Draft:
        names = self._names(operation, rng)
        draft = Draft(operation, operation.http["method"], operation.http["requestUri"])
        for name, shape in members_of(operation).items():
            if name in operation.input_shape.required_members or rng.random() < 0.5:
                _put(draft, name, shape, names.get(name) or _valid(shape, rng, DEEPEST))
        return draft

    def _names(self, operation: OperationModel, rng: random.Random) -> dict[str, str]:
        """What to call things: only what cannot change may be given a name that exists."""
        harmless = operation.http["method"] == "GET" or operation.name.startswith(OF_ENDED)
        names = {**UNKNOWN, **self._known} if harmless and rng.random() < 0.7 else {**UNKNOWN}
        if rng.random() < 0.2:
            names |= dict.fromkeys(("CallbackId", "CheckpointToken"), rng.choice(self._tokens))
        return names


def members_of(operation: OperationModel) -> dict[str, Shape]:
    """The parameters of an operation."""
    return dict(operation.input_shape.members) if operation.input_shape else {}


def _put(draft: Draft, name: str, shape: Shape, value: Any) -> None:
    """Put a parameter where it travels."""
    wire_name = shape.serialization.get("name", name)
    match shape.serialization.get("location"):
        case "uri":
            draft.labels[wire_name] = _text(value)
        case "querystring":
            each = value if isinstance(value, list) else [value]
            draft.query += [(wire_name, _text(item)) for item in each]
        case "header":
            draft.headers.append((wire_name, _text(value)))
        case _ if name == draft.operation.input_shape.serialization.get("payload"):
            draft.body = b"{}" if shape.type_name == "blob" else json.dumps(value).encode()
        case _:
            draft.fields[name] = value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _target(draft: Draft) -> str:
    path, _, fixed = draft.path.partition("?")
    for name, value in draft.labels.items():
        path = path.replace(f"{{{name}}}", _wire(value))
    query = "&".join(
        [*([fixed] if fixed else []), *(f"{_wire(k)}={_wire(v)}" for k, v in draft.query)]
    )
    return f"{path}?{query}" if query else path


def _wire(text: str) -> str:
    """Percent-encode, except for what is spoiled already: a text that starts with ``raw:``."""
    return text.removeprefix("raw:") if text.startswith("raw:") else quote(text, safe="")


def _valid(shape: Shape, rng: random.Random, depth: int) -> Any:
    """A value that a shape allows, unless that is hard to make."""
    least = int(shape.metadata.get("min", 0))
    match shape.type_name:
        case "structure":
            chosen = [
                name
                for name in shape.members
                if name in shape.required_members or (depth > 0 and rng.random() < 0.4)
            ]
            return {
                name: UNKNOWN.get(name) or _valid(shape.members[name], rng, depth - 1)
                for name in chosen
            }
        case "list":
            return [_valid(shape.member, rng, depth - 1) for _ in range(max(least, 1))]
        case "map":
            return {_valid(shape.key, rng, 0): _valid(shape.value, rng, depth - 1)}
        case "boolean":
            return rng.random() < 0.5
        case "integer" | "long" | "double" | "float":
            return max(least, 1)
        case "timestamp":
            return "2026-01-01T00:00:00Z"
        case _:
            return rng.choice(shape.metadata.get("enum") or ["a" * max(least, 1)])


# Ways to spoil a draft


def _spoil_a_field(draft: Draft, rng: random.Random) -> None:
    places = list(_places(draft.fields))
    if places:
        holder, key = rng.choice(places)
        holder[key] = rng.choice(VALUES)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(inner):
        yield value, key
        if isinstance(item, (dict, list)):
            yield from _places(item)


def _add_any_field(draft: Draft, rng: random.Random) -> None:
    """One that the model knows with whatever value, or one that it does not know."""
    names = members_of(draft.operation)
    draft.fields[rng.choice([*names, "Unknown", "", "\ud800"])] = rng.choice(VALUES)


def _leave_out(draft: Draft, rng: random.Random) -> None:
    if draft.fields:
        del draft.fields[rng.choice(list(draft.fields))]


def _spoil_a_label(draft: Draft, rng: random.Random) -> None:
    if draft.labels:
        draft.labels[rng.choice(list(draft.labels))] = rng.choice([*TEXTS, *TOKENS])


def _spoil_the_query(draft: Draft, rng: random.Random) -> None:
    names = [
        shape.serialization.get("name", name)
        for name, shape in members_of(draft.operation).items()
        if shape.serialization.get("location") == "querystring"
    ]
    draft.query.append((rng.choice([*names * 3, "Unknown", ""]), rng.choice([*TEXTS, *TOKENS])))


def _repeat_the_query(draft: Draft, _: random.Random) -> None:
    draft.query *= 2


def _spoil_a_header(draft: Draft, rng: random.Random) -> None:
    draft.headers.append(rng.choice(HEADERS))


def _spoil_the_body(draft: Draft, rng: random.Random) -> None:
    draft.body = rng.choice(BODIES)


def _spoil_the_path(draft: Draft, rng: random.Random) -> None:
    draft.path = rng.choice(PATHS).format(path=draft.path)


def _spoil_the_method(draft: Draft, rng: random.Random) -> None:
    draft.method = rng.choice(METHODS)


SPOILERS: list[Callable[[Draft, random.Random], None]] = [
    *[_spoil_a_field] * 4,
    *[_add_any_field] * 2,
    *[_spoil_a_label] * 4,
    *[_spoil_the_query] * 4,
    *[_spoil_the_body] * 2,
    *[_spoil_a_header] * 2,
    _leave_out,
    _repeat_the_query,
    _spoil_the_path,
    _spoil_the_method,
]
