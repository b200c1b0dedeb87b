"""A cloud whose orders are followed: it answers as a test says, and counts the requests."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from workshop.notebook.timeline.source import Source
from workshop.orders import client as orders
from workshop.orders import history

PATIENCE_SECONDS = 60
LAMBDA = {"AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:1"}


class Cloud:
    """A cloud that answers from what a test puts into it, and counts the requests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str] = LAMBDA) -> None:
        self.events: list[dict[str, Any]] = []
        self.order: dict[str, Any] | None = {"status": "received"}
        self.trouble: Exception | None = None
        self.asked: Counter[str] = Counter()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.stack: Any = SimpleNamespace(
            target=SimpleNamespace(variables=variables, client=lambda _service: self)
        )
        monkeypatch.setattr(history, "find_execution", self._find)
        monkeypatch.setattr(history, "read_events", self._read)
        monkeypatch.setattr(orders, "get", self._get)

    def source(self) -> Source:
        return Source(self.stack, "ord-1", 512)

    def _answer(self, request: str, answer: Any) -> Any:
        self.asked[request] += 1
        if self.trouble:
            raise self.trouble
        return answer

    def _find(self, *_arguments: Any) -> str | None:
        return self._answer("find", "arn" if self.events else None)

    def _read(self, *_arguments: Any) -> list[dict[str, Any]]:
        return self._answer("history", list(self.events))

    def _get(self, *_arguments: Any) -> dict[str, Any] | None:
        return self._answer("status", self.order)

    def __getattr__(self, name: str) -> Any:
        return lambda **given: self.sent.append((name, given))
