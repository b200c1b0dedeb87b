"""Mapping templates of REST APIs: Velocity, with the variables of API Gateway.

Fixes: ministack knows a few references and #set. AWS has all of Velocity, and JSONPath.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import airspeed.operators
import jsonpath
from ministack.services import apigateway_v1

ESCAPES = {"'": "\\'", '"': '\\"', "\\": "\\\\", "/": "\\/"}
# What Java's strings have and the library's do not.
airspeed.operators.__additional_methods__[str] |= {
    "endsWith": str.endswith,
    "equals": str.__eq__,
    "isEmpty": lambda text: not text,
    "toLowerCase": str.lower,
    "toString": str,
    "toUpperCase": str.upper,
    "trim": str.strip,
}


def negated(operator: Any, namespace: Any, loader: Any) -> bool:
    """Return the opposite of a value; the library says that what is missing has none."""
    return not operator.value.calculate(namespace, loader)


airspeed.operators.UnaryOperatorValue.calculate = negated


class NotJson(Exception):
    """A template reads a body as JSON that is not JSON."""


class BadTemplate(Exception):
    """A template that is not Velocity."""


class Map(dict[str, Any]):
    """A JSON object with the methods and the text that it has in Java."""

    def __str__(self) -> str:
        return "{" + ", ".join(f"{name}={text(value)}" for name, value in self.items()) + "}"

    def containsKey(self, name: str) -> bool:  # noqa: N802 - as templates call it
        """Return whether it has a name."""
        return name in self

    def entrySet(self) -> "List":  # noqa: N802
        """Return its names and values."""
        return List(Map(key=name, value=value) for name, value in self.items())

    def keySet(self) -> "List":  # noqa: N802
        """Return its names."""
        return List(self)

    def put(self, name: str, value: Any) -> None:
        """Set a value."""
        self[name] = value

    def putAll(self, others: dict[str, Any]) -> None:  # noqa: N802
        """Set several values."""
        self.update(others)

    def isEmpty(self) -> bool:  # noqa: N802
        """Return whether nothing is in it."""
        return not self

    def size(self) -> int:
        """Return how many values it has."""
        return len(self)


class Headers(Map):
    """The headers of a request, whose names may be written in any case."""

    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a header."""
        return super().get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


class List(list[Any]):
    """A JSON array with the methods and the text that it has in Java."""

    def __str__(self) -> str:
        return "[" + ", ".join(map(text, self)) + "]"

    def add(self, value: Any) -> bool:
        """Append a value."""
        self.append(value)
        return True

    def contains(self, value: Any) -> bool:
        """Return whether it has a value."""
        return value in self

    def get(self, index: int) -> Any:
        """Return the value at an index."""
        return self[index]

    def isEmpty(self) -> bool:  # noqa: N802
        """Return whether nothing is in it."""
        return not self

    def size(self) -> int:
        """Return how many values it has."""
        return len(self)


def text(value: Any) -> str:
    """Return the text of a value in a template's output."""
    return str(airspeed.operators.value_to_string(value))


def as_java(value: Any) -> Any:
    """Return a JSON value with the methods that templates call."""
    if isinstance(value, dict):
        return Map((name, as_java(each)) for name, each in value.items())
    return List(map(as_java, value)) if isinstance(value, list) else value


def as_json(value: Any) -> str:
    """Return a value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass
class Input:
    """``$input``: a body, and the parameters of the request."""

    body: str
    parameters: Map

    @cached_property
    def document(self) -> Any:
        """The body as JSON; an empty one is an empty object."""
        try:
            return as_java(json.loads(self.body or "{}"))
        except ValueError as error:
            raise NotJson(str(error)) from None

    def path(self, path: str = "$") -> Any:
        """Return what a JSONPath finds: one value, or a list if it may find several."""
        try:
            compiled = jsonpath.compile(path)
        except jsonpath.JSONPathError as error:
            raise BadTemplate(f"{path}: {error}") from None
        found = List(compiled.findall(self.document))
        if compiled.singular_query():
            return found[0] if found else None
        return found

    def json(self, path: str = "$") -> str:
        """Return the same as JSON; what is missing is an empty string."""
        found = self.path(path)
        return '""' if found is None else as_json(found)

    def params(self, name: str | None = None) -> Any:
        """Return a parameter of the path, the query string or the headers, or all of them."""
        if name is None:
            return self.parameters
        kinds = (self.parameters[kind] for kind in ("path", "querystring", "header"))
        return next((kind.get(name) for kind in kinds if name in kind), "")


class Util:
    """``$util``."""

    def escapeJavaScript(self, value: Any) -> str:  # noqa: N802
        """Escape a text for a JavaScript string."""
        return "".join(ESCAPES.get(sign) or json.dumps(sign)[1:-1] for sign in text(value))

    def parseJson(self, value: str) -> Any:  # noqa: N802
        """Return the value of a JSON text."""
        return as_java(json.loads(value))

    def urlEncode(self, value: Any) -> str:  # noqa: N802
        """Encode a text for a URL."""
        return quote_plus(text(value), safe="*").replace("~", "%7E")

    def urlDecode(self, value: str) -> str:  # noqa: N802
        """Decode a text of a URL."""
        return unquote_plus(value)

    def base64Encode(self, value: Any) -> str:  # noqa: N802
        """Encode a text as Base64."""
        return base64.b64encode(text(value).encode()).decode()

    def base64Decode(self, value: str) -> str:  # noqa: N802
        """Decode a text from Base64."""
        return base64.b64decode(value).decode()


@dataclass
class Variables:
    """What a template of one request can use, apart from the body."""

    context: Map
    stage: Map
    parameters: Map


def render(template: str, body: str, variables: Variables) -> str:
    """Return what a template makes of a body. Raises ``NotJson`` or ``BadTemplate``."""
    names = {
        "input": Input(body, variables.parameters),
        "context": variables.context,
        "stageVariables": variables.stage,
        "util": Util(),
    }
    try:
        return str(_parsed(template).merge(names))
    except airspeed.operators.TemplateError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, NotJson):
            cause = cause.__cause__
        raise cause or BadTemplate(str(error)) from None


@lru_cache(maxsize=256)
def _parsed(template: str) -> Any:
    parsed = airspeed.operators.Template(template)
    parsed.ensure_compiled()
    return parsed


def parameters(
    path: dict[str, str] | None, query: dict[str, str] | None, headers: Iterable[tuple[str, str]]
) -> Map:
    """Return the parameters of a request as ``$input.params()`` has them."""
    lower = Headers((name.lower(), value) for name, value in headers)
    return Map(path=Map(path or {}), querystring=Map(query or {}), header=lower)


def render_for_service(
    template: str, body: str, given: dict[str, str], context: dict[str, Any] | None = None
) -> str:
    """Render a template of an integration that ministack maps itself, such as that of a queue."""
    every = parameters(given, None, given.items())
    return render(template, body, Variables(as_java(context or {}), Map(), every))


apigateway_v1._render_request_template_v1 = render_for_service
