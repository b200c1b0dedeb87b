"""The order API, called as API Gateway calls it."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import store
from tests.unit.application.conftest import PROCESSOR
from tests.unit.order_api import Lambda, call, details, send
from tests.unit.samples import ORDER_ID, item, posted


def test_a_post_answers_at_once_with_an_id_and_where_to_follow_it(processor: Lambda) -> None:
    status, body, headers = call("POST", "/orders", posted())
    assert status == 202
    assert headers["Location"] == [f"./orders/{body['orderId']}"]
    assert body["orderId"].startswith("ord-")
    assert len(body["orderId"]) == 36


def test_a_post_starts_the_processor_by_its_alias_under_the_order_id(processor: Lambda) -> None:
    _, body, _ = call("POST", "/orders", posted(paymentToken="tok_declined"))
    (start,) = processor.started
    assert start["FunctionName"] == PROCESSOR
    assert start["InvocationType"] == "Event"
    assert start["DurableExecutionName"] == body["orderId"]
    event = json.loads(start["Payload"])
    assert event == {"orderId": body["orderId"]}


def test_an_order_can_be_read_as_soon_as_the_post_has_answered(processor: Lambda) -> None:
    _, body, _ = call("POST", "/orders", posted())
    status, order, _ = call("GET", f"/orders/{body['orderId']}")
    assert status == 200
    assert (order["status"], order["total"]) == ("received", 91.98)
    assert order["items"] == posted()["items"]
    assert list(order)[:2] == ["orderId", "status"]


@pytest.mark.parametrize(
    "order_id",
    [ORDER_ID, "ord-1", "x", "idempotency#1", "ORD-" + "0" * 32, "..%2f", "ord-" + "0" * 33, "é"],
)
def test_an_unknown_or_malformed_id_is_not_found(processor: Lambda, order_id: str) -> None:
    status, body, _ = call("GET", f"/orders/{order_id}")
    assert status == 404
    assert body["type"] == "/problems/order-not-found"


@pytest.mark.parametrize("path", ["/", "/order", f"/orders/{ORDER_ID}/x", "/a\n"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_an_unknown_address_is_not_found(processor: Lambda, method: str, path: str) -> None:
    status, body, _ = call(method, path, posted())
    assert status == 404
    assert body is None or body["type"] == "/problems/address-not-found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/orders", "POST"),
        ("DELETE", "/orders", "POST"),
        ("OPTIONS", "/orders", "POST"),
        ("PUT", f"/orders/{ORDER_ID}", "GET, HEAD"),
        ("POST", "/orders/anything", "GET, HEAD"),
        ("GET", f"/orders/{ORDER_ID}/cancel", "POST"),
        ("PUT", f"/orders/{ORDER_ID}/review", "POST"),
    ],
)
def test_another_method_is_refused_with_those_that_are_allowed(
    processor: Lambda, method: str, path: str, allowed: str
) -> None:
    status, body, headers = call(method, path, posted())
    assert (status, headers["Allow"]) == (405, [allowed])
    assert body["type"] == "/problems/method-not-allowed"


def test_a_refusal_is_a_problem_with_a_type_for_programs_and_texts_for_people(
    processor: Lambda,
) -> None:
    status, body, _ = call("POST", "/orders", posted(item(quantity=0)))
    assert status == 400
    assert body == {
        "type": "/problems/invalid-order",
        "title": "The order is not valid; nothing was started.",
        "status": 400,
        "detail": "Correct what `errors` names, and post again.",
        "errors": [
            {
                "pointer": "#/items/0/quantity",
                "detail": "items[0].quantity must be a whole number from 1 to 999",
            }
        ],
    }


@pytest.mark.parametrize(
    "content_type",
    [
        "image/png",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/jsonx",
        "json",
        ";",
    ],
)
def test_what_is_not_json_is_an_unsupported_media_type(
    processor: Lambda, orders: Any, content_type: str
) -> None:
    status, body, headers = call("POST", "/orders", posted(), Content_Type=content_type)
    assert (status, body["type"]) == (415, "/problems/body-not-json")
    assert headers["Accept"] == ["application/json"]
    assert (orders(), processor.started) == ([], [])


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/json ;"]
)
def test_json_may_have_parameters_and_capitals(processor: Lambda, content_type: str) -> None:
    assert call("POST", "/orders", posted(), Content_Type=content_type)[0] == 202


def test_a_client_is_told_when_to_ask(processor: Lambda) -> None:
    assert call("POST", "/orders", posted())[2]["Retry-After"] == ["1"]


def test_a_status_that_the_client_has_is_not_sent_again(processor: Lambda) -> None:
    order_id = call("POST", "/orders", posted())[1]["orderId"]
    path = f"/orders/{order_id}"
    (etag,) = call("GET", path)[2]["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        status, body, headers = call("GET", path, If_None_Match=known)
        assert (status, body, headers["ETag"]) == (304, None, [etag])
    store.advance(order_id, "validated")
    status, body, headers = call("GET", path, If_None_Match=etag)
    assert (status, body["status"]) == (200, "validated")
    assert headers["ETag"] != [etag]


def test_head_is_get_without_the_body(processor: Lambda) -> None:
    path = f"/orders/{call('POST', '/orders', posted())[1]['orderId']}"
    status, _, headers = call("GET", path)
    assert call("HEAD", path) == (status, None, headers)
    assert call("HEAD", f"/orders/{ORDER_ID}")[:2] == (404, None)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (None, "the body is empty"),
        ("", "the body is empty"),
        (" \n", "the body is empty"),
        ("hello", "the body is not valid JSON"),
        ("{", "the body is not valid JSON"),
        ("{}{}", "the body is not valid JSON"),
        ('{"items": NaN}', "the body is not valid JSON: NaN"),
        ('{"items": -Infinity}', "the body is not valid JSON: -Infinity"),
        ('{"a": 1, "a": 2}', "the body is not valid JSON: a field is given twice"),
        ('{"a": 1e9999999999999999999}', "a number in the body has too many digits"),
        ('{"a": ' + "9" * 5000 + "}", "the body is not valid JSON"),
        ("[" * 50_000, "the body is nested too deeply"),
        ('{"a":' * 15_000, "the body is nested too deeply"),
        ("[" * 21 + "]" * 21, "the body is nested too deeply"),
        ('"' + "[" * 50_000 + '"', "the order must be a JSON object"),
        ("[]", "the order must be a JSON object"),
        ("null", "the order must be a JSON object"),
        ('{"customerId": "\\ud800"}', "customerId must not contain control characters"),
        ('{"customerId": "\ud800"}', "the body is not UTF-8 text"),
        (json.dumps(posted(item(price=1))).replace('"price": 1', '"price": 1e400'), "items[0]."),
    ],
)
def test_a_bad_body_is_refused_and_starts_nothing(
    processor: Lambda, orders: Any, body: str | None, problem: str
) -> None:
    status, answer, _ = call("POST", "/orders", body)
    assert status == 400
    assert answer["type"] == "/problems/invalid-order"
    assert details(answer)[0].startswith(problem)
    assert (orders(), processor.started) == ([], [])


def test_every_problem_of_an_order_is_named(processor: Lambda, orders: Any) -> None:
    status, answer, _ = call("POST", "/orders", {"items": [item(quantity=0)]}, Idempotency_Key="é")
    assert status == 400
    assert details(answer) == [
        "customerId is missing",
        "customerEmail is missing",
        "items[0].quantity must be a whole number from 1 to 999",
        "the Idempotency-Key must be 1 to 255 printable ASCII characters",
    ]
    pointers = [error.get("pointer") for error in answer["errors"]]
    assert pointers == ["#/customerId", "#/customerEmail", "#/items/0/quantity", None]
    assert orders() == []


def test_a_body_over_100_kb_is_too_large_in_bytes(processor: Lambda, orders: Any) -> None:
    fits = json.dumps(posted()).ljust(100 * 1024)
    assert call("POST", "/orders", fits)[0] == 202
    assert call("POST", "/orders", fits + " ")[0] == 413
    assert call("POST", "/orders", json.dumps("é" * 60_000, ensure_ascii=False))[0] == 413
    assert len(orders()) == 1


def test_a_body_in_base64_is_read(processor: Lambda) -> None:
    body = base64.b64encode(json.dumps(posted()).encode()).decode()
    assert send({"body": body, "isBase64Encoded": True})[0] == 202


@pytest.mark.parametrize("body", ["%%%", "//79", base64.b64encode(b"\xff\xfe").decode()])
def test_bytes_that_are_no_text_are_refused(processor: Lambda, body: str) -> None:
    status, answer, _ = send({"body": body, "isBase64Encoded": True})
    assert status == 400
    assert details(answer) == ["the body is not UTF-8 text"]


def test_a_database_that_does_not_answer_is_one_clear_sentence(
    processor: Lambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise EndpointConnectionError(endpoint_url="http://nowhere")

    monkeypatch.setattr(store, "load", fail)
    status, answer, headers = call("GET", f"/orders/{ORDER_ID}")
    assert (status, headers["Retry-After"]) == (503, ["1"])
    assert answer["title"] == "The order service has a technical problem."


@given(st.text(st.characters(exclude_categories=())) | st.binary().map(lambda b: b.decode("latin")))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_ever_makes_a_server_error(processor: Lambda, body: str) -> None:
    assert call("POST", "/orders", body)[0] == 400


@given(st.text(st.characters(exclude_categories=())).filter(lambda text: text.strip("/")))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_id_ever_makes_a_server_error(processor: Lambda, order_id: str) -> None:
    assert call("GET", f"/orders/{order_id}")[0] == 404
