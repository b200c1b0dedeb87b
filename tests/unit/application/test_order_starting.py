"""An order is started once, however often it is posted and whatever is lost on the way."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

import store
from tests.unit.order_api import Lambda, call, send
from tests.unit.samples import item, posted


def test_a_repeat_with_the_same_key_is_the_same_order(processor: Lambda, orders: Any) -> None:
    first = call("POST", "/orders", posted(), Idempotency_Key="key 1")
    differently = dict(reversed(posted().items()))
    again = call("POST", "/orders", json.dumps(differently, indent=2), idempotency_key="key 1")
    assert first[:2] == again[:2]
    assert first[0] == 202
    assert len(orders()) == 1
    assert len({start["Payload"] for start in processor.started}) == 1
    assert len({start["DurableExecutionName"] for start in processor.started}) == 1


def test_a_repeat_does_not_start_an_order_that_is_being_processed(processor: Lambda) -> None:
    _, body, _ = call("POST", "/orders", posted(), Idempotency_Key="key")
    store.advance(body["orderId"], "validated")
    assert call("POST", "/orders", posted(), Idempotency_Key="key")[1] == body
    assert len(processor.started) == 1


def test_a_key_used_for_another_order_is_refused(processor: Lambda, orders: Any) -> None:
    call("POST", "/orders", posted(), Idempotency_Key="key")
    status, answer, _ = call("POST", "/orders", posted(item(quantity=3)), Idempotency_Key="key")
    assert (status, answer["type"]) == (422, "/problems/idempotency-key-reused")
    assert len(orders()) == 1
    assert len(processor.started) == 1


def test_two_customers_may_use_the_same_key(processor: Lambda, orders: Any) -> None:
    for customer in ("cust-ada", "cust-bob", "cust-ada"):
        order = posted(customerId=customer)
        assert call("POST", "/orders", order, Idempotency_Key="key")[0] == 202
    assert sorted(order["customerId"] for order in orders()) == ["cust-ada", "cust-bob"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"apiKeyId": "shop"}, {"apiKeyId": "app"}),
        ({"apiKeyId": "shop"}, {}),
        ({"userArn": "arn:aws:iam::1:user/a"}, {"userArn": "arn:aws:iam::1:user/b"}),
    ],
)
def test_two_callers_may_use_the_same_key(
    processor: Lambda, orders: Any, first: dict[str, str], second: dict[str, str]
) -> None:
    body = {"body": json.dumps(posted())}
    for identity in (first, second, first):
        assert send({**body, "identity": identity}, Idempotency_Key="key")[0] == 202
    assert len(orders()) == 2


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "k\x7f", "schlüssel"])
def test_a_key_is_printable_ascii(processor: Lambda, orders: Any, key: str) -> None:
    assert call("POST", "/orders", posted(), Idempotency_Key=key)[0] == 400
    assert orders() == []


def test_posts_without_a_key_are_orders_of_their_own(processor: Lambda, orders: Any) -> None:
    for _ in range(2):
        call("POST", "/orders", posted())
    assert len(orders()) == 2


def test_an_order_that_cannot_be_started_is_withdrawn(processor: Lambda, orders: Any) -> None:
    processor.error = EndpointConnectionError(endpoint_url="http://nowhere")
    status, answer, _ = call("POST", "/orders", posted())
    assert status == 503
    assert (answer["title"], answer["detail"]) == ("The order was not started.", "Post it again.")
    (order,) = orders()
    assert order["status"] == "failed"


def test_an_order_under_a_key_is_kept_for_the_next_post(processor: Lambda, orders: Any) -> None:
    processor.error = EndpointConnectionError(endpoint_url="http://nowhere")
    status, answer, _ = call("POST", "/orders", posted(), Idempotency_Key="key")
    assert status == 503
    assert answer["detail"].endswith("post it again under the same key.")
    (order,) = orders()
    assert order["status"] == "received"


def test_an_order_that_did_start_is_not_withdrawn_when_the_answer_is_lost(
    processor: Lambda, orders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor.error = EndpointConnectionError(endpoint_url="http://nowhere")
    withdraw = store.withdraw

    def begin_first(order_id: str, reason: str) -> bool:
        store.advance(order_id, "validated")
        return withdraw(order_id, reason)

    monkeypatch.setattr(store, "withdraw", begin_first)
    assert call("POST", "/orders", posted())[0] == 202
    (order,) = orders()
    assert order["status"] == "validated"


def test_a_repeat_starts_an_order_whose_first_post_died_before_it_could(
    processor: Lambda, orders: Any
) -> None:
    processor.error = EndpointConnectionError(endpoint_url="http://nowhere")
    assert call("POST", "/orders", posted(), Idempotency_Key="key")[0] == 503
    (order,) = orders()
    assert order["status"] == "received"
    processor.error = None
    status, body, _ = call("POST", "/orders", posted(), Idempotency_Key="key")
    assert (status, body["orderId"]) == (202, order["orderId"])
    assert [start["DurableExecutionName"] for start in processor.started] == [order["orderId"]]


def test_an_order_that_is_already_started_counts_as_started(processor: Lambda) -> None:
    answer = {"Error": {"Code": "DurableExecutionAlreadyStartedException", "Message": ""}}
    processor.error = processor.exceptions.DurableExecutionAlreadyStartedException(answer, "Invoke")
    assert call("POST", "/orders", posted())[0] == 202
