"""A request as its server sees it before it reads the body."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

BODY_BYTES = 100 * 1024 * 1024  # the largest body that a server reads


@dataclass(frozen=True)
class Head:
    """The first line and the headers of a request.

    ``target`` is the path and the query string as they were sent, ``fields`` the headers with names
    in lower case.
    """

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, method: str, target: str, headers: Iterable[tuple[str, str]]) -> Head:
        """Return the head that has these headers; their names may be in any case."""
        # Only what HTTP calls white space: the server behind the gate strips nothing else.
        fields = tuple((name.lower(), value.strip(" \t")) for name, value in headers)
        return cls(method, target, fields)

    @cached_property
    def headers(self) -> dict[str, list[str]]:
        """Return the values of each header, in the order in which they were sent."""
        found: dict[str, list[str]] = {}
        for name, value in self.fields:
            found.setdefault(name, []).append(value)
        return found

    def first(self, name: str) -> str:
        """Return the first value of a header, or an empty text."""
        return self.headers.get(name, [""])[0]

    @property
    def raw_path(self) -> str:
        """The path as it was sent."""
        return self.target.partition("?")[0]

    @property
    def path(self) -> str:
        """The path without percent-encoding, by which servers route."""
        return unquote(self.raw_path)

    @property
    def query(self) -> str:
        """The query string as it was sent."""
        return self.target.partition("?")[2]
