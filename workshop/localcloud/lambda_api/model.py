"""Requests to the Lambda API, read and checked with AWS's service model, a part of botocore.

Every request passes here before a handler or ministack gets it. Neither checks much of what AWS
checks: the emulator accepts names, sizes and numbers that AWS refuses, and ministack fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qs

from botocore.model import OperationModel, ServiceModel, Shape

from workshop.localcloud.lambda_api import reading
from workshop.localcloud.lambda_api.constraints import problems
from workshop.localcloud.lambda_api.errors import LambdaError

Parameters = dict[str, Any]
NOT_JSON = "InvalidRequestContentException"
REFUSALS = ("InvalidParameterValueException", NOT_JSON)  # the first one that an operation declares


@dataclass(frozen=True)
class Request:
    """One call: the operation's name and its parameters, as the service model names them."""

    operation: str
    parameters: Parameters


class Model:
    """The operations of the Lambda API."""

    def __init__(self, service: ServiceModel) -> None:
        routes = [_Route(service.operation_model(name)) for name in service.operation_names]
        # `…?List=ALL` is a different operation from the same path without it.
        self._routes = sorted(routes, key=lambda route: not route.fixed)

    def read(self, method: str, target: str, headers: Message, body: bytes) -> Request:
        """Return the request, or raise a ``LambdaError`` that names every violated constraint."""
        path, _, query = target.partition("?")
        for route in self._routes:
            labels = route.match(method, path, query)
            if labels is not None:
                return route.read(labels, target, headers, body)
        raise LambdaError(
            404, "UnknownOperationException", f"The operation {method} {path} does not exist"
        )


class _Route:
    """Where one operation's parameters are: in the path, the query, the headers, and the body."""

    def __init__(self, operation: OperationModel) -> None:
        self._operation = operation.name
        self._method = operation.http["method"]
        path, _, query = operation.http["requestUri"].partition("?")
        pattern = re.escape(path.rstrip("/")).replace(r"\{", "{").replace(r"\}", "}")
        self._path = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) + "/?")
        self.fixed = parse_qs(query)
        self._shape: Any = operation.input_shape
        members = self._shape.members if self._shape else {}
        self._members: Mapping[str, Shape] = members
        self._fields = {n: s for n, s in members.items() if "location" not in s.serialization}
        self._payload: str | None = self._shape and self._shape.serialization.get("payload")
        declared = [error.name for error in operation.error_shapes]
        self._refusal = next((r for r in REFUSALS if r in declared), "ValidationException")

    def match(self, method: str, path: str, query: str) -> dict[str, str] | None:
        """Return the labels in the path if a request is for this operation, else None."""
        found = self._path.fullmatch(path) if method == self._method else None
        if found is None or (self.fixed and not self.fixed.items() <= parse_qs(query).items()):
            return None
        return found.groupdict()

    def read(
        self, labels: Mapping[str, str], target: str, headers: Message, body: bytes
    ) -> Request:
        try:
            parameters = self._parameters(labels, target, headers, body)
            found = list(problems(self._shape, parameters, "")) if self._shape else []
        except reading.UnreadableError as error:
            raise LambdaError(400, self._refusal, str(error)) from None
        if found:
            errors = "error" if len(found) == 1 else "errors"
            message = f"{len(found)} validation {errors} detected: {'; '.join(found)}"
            raise LambdaError(400, self._refusal, message)
        return Request(self._operation, parameters)

    def _parameters(
        self, labels: Mapping[str, str], target: str, headers: Message, body: bytes
    ) -> Parameters:
        query = reading.query(target)
        reading.check_headers(headers)
        parameters: Parameters = {}
        for name, shape in self._members.items():
            wire_name = shape.serialization.get("name", name)
            match shape.serialization.get("location"):
                case "uri":
                    texts = [reading.label(labels[wire_name])]
                case "querystring":
                    texts = query.get(wire_name, [])
                case "header":
                    texts = headers.get_all(wire_name) or []
                case _:
                    continue
            if texts:
                parameters[name] = reading.from_texts(name, shape, texts)
        return parameters | self._content(body)

    def _content(self, body: bytes) -> Parameters:
        """Return the parameters in the body; a body without parameters must still be JSON."""
        if self._payload is None:
            return reading.members(self._fields, reading.json_object(body))
        shape = self._members[self._payload]
        if shape.type_name == "structure":
            fields = reading.members(shape.members, reading.json_object(body))
            return {self._payload: fields} if body else {}
        if self._operation.startswith("Invoke"):
            self._check_event(body)
        return {self._payload: body}

    def _check_event(self, body: bytes) -> None:
        try:
            reading.json_value(body)
        except reading.UnreadableError as error:
            message = f"Could not parse request body into json: {error}"
            raise LambdaError(400, NOT_JSON, message) from None
