"""The client does what the API's answers say: it waits as long as it is told, and no longer."""

from typing import Any

import pytest
import requests

from workshop.errors import WorkshopError
from workshop.orders import client as orders

Answer = tuple[int, Any, dict[str, str]]


class Stack:
    """Where the client sends its requests."""

    api_url, api_key = "http://localhost/prod", "key"


class Api:
    """An API with these answers in a row: status, body, headers. It notes how long clients wait."""

    def __init__(self, patch: pytest.MonkeyPatch, *answers: Answer) -> None:
        self._answers = list(answers)
        self.pauses: list[float] = []
        patch.setattr(orders._http, "request", self._answer)
        patch.setattr("time.sleep", self.pauses.append)

    def _answer(self, *_: Any, **__: Any) -> requests.Response:
        status, body, headers = self._answers.pop(0)
        answer = requests.Response()
        answer.status_code, answer.headers = (
            status,
            requests.structures.CaseInsensitiveDict(headers),
        )
        answer.json = lambda **_: body  # type: ignore[method-assign]
        return answer


ACCEPTED: Answer = (202, {"orderId": "ord-1"}, {"Retry-After": "1"})
BUSY: Answer = (429, {}, {"Retry-After": "3"})
AWAY: Answer = (503, {"title": "The order was not started.", "detail": "Post it again."}, {})
STACK: Any = Stack()


def test_a_throttled_post_is_sent_again_after_the_time_that_the_api_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api = Api(monkeypatch, BUSY, BUSY, ACCEPTED)
    assert orders.submit(STACK, orders.example()) == "ord-1"
    assert api.pauses == [3, 3]


def test_a_client_that_is_accepted_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(monkeypatch, ACCEPTED)
    orders.submit(STACK, orders.example())
    assert api.pauses == []


def test_a_post_that_may_have_arrived_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    Api(monkeypatch, AWAY)
    with pytest.raises(WorkshopError, match=r"\(503\): The order was not started. Post it again."):
        orders.submit(STACK, orders.example())


def test_a_question_about_a_status_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(monkeypatch, AWAY, (200, {"status": "received"}, {}))
    assert orders.get(STACK, "ord-1") == {"status": "received"}
    assert api.pauses == [1]


def test_a_client_gives_up_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    Api(monkeypatch, *[BUSY] * orders.ATTEMPTS)
    with pytest.raises(orders.ApiFailed):
        orders.get(STACK, "ord-1")


def test_every_error_of_a_refused_order_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [{"detail": "items is missing"}, {"detail": "customerId is missing"}]
    Api(monkeypatch, (400, {"title": "No", "errors": errors}, {}))
    with pytest.raises(WorkshopError, match="items is missing; customerId is missing"):
        orders.submit(STACK, orders.example())


def test_an_example_has_a_line_for_each_of_its_products() -> None:
    items = orders.example(products=("sku-mug", "sku-cup"))["items"]
    assert [item["productId"] for item in items] == ["sku-mug", "sku-cup"]
    assert [item["productId"] for item in orders.example()["items"]] == ["sku-mug"]
