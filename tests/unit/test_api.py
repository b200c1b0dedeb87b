"""The order API, called as API Gateway calls it."""

import base64
import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import api
import intake
import store
from tests.unit.conftest import PROCESSOR
from tests.unit.samples import ORDER_ID, item, posted


class Lambda:
    """The processor's end of Invoke: real parameter checks, no network."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.error: Exception | None = None
        client = intake._lambda()
        events = client.meta.events
        events.register("provide-client-params.lambda.Invoke", self._note)
        events.register("before-call.lambda.Invoke", self._answer)
        self.exceptions = client.exceptions

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self._params = params

    def _answer(self, **_: Any) -> tuple[Any, dict[str, Any]]:
        if self.error:
            raise self.error
        self.started.append(self._params)
        response = AWSResponse("", 202, HTTPHeaders(), None)
        return response, {"StatusCode": 202}


@pytest.fixture
def processor(aws: Any) -> Lambda:
    return Lambda()


@pytest.fixture
def orders(aws: Any) -> Any:
    """All orders in the table."""

    def read() -> list[dict[str, Any]]:
        rows = aws.scan(TableName="orders")["Items"]
        return [row for row in rows if row["orderId"].startswith("ord-")]

    return read


def call(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
    """Status, body and headers of one request."""
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    return send({"body": text, "isBase64Encoded": False}, method, path, **headers)


def send(
    fields: dict[str, Any], method: str = "POST", path: str = "/orders", **headers: str
) -> tuple[int, Any, Any]:
    """The same, for a body as API Gateway hands it over."""
    event = {
        "httpMethod": method,
        "path": path,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "requestContext": {"path": f"/prod{path}", "stage": "prod", "requestId": "1"},
        **fields,
    }
    answer = api.handler(event, None)
    named = answer["multiValueHeaders"]
    assert named["Content-Type"] == ["application/json"]
    return answer["statusCode"], json.loads(answer["body"]), named


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
    assert event == {**posted(paymentToken="tok_declined"), "orderId": body["orderId"]}


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
    assert set(body) == {"message", "problems"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/orders"), ("DELETE", "/orders"), ("PUT", f"/orders/{ORDER_ID}")],
)
def test_an_unknown_address_is_not_found(processor: Lambda, method: str, path: str) -> None:
    status, body, _ = call(method, path, posted())
    assert status == 404
    assert body["message"].startswith("There is nothing here")


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
    assert answer["message"] == "The order is not valid; nothing was started."
    assert answer["problems"][0].startswith(problem)
    assert (orders(), processor.started) == ([], [])


def test_every_problem_of_an_order_is_named(processor: Lambda, orders: Any) -> None:
    status, answer, _ = call("POST", "/orders", {"items": [item(quantity=0)]}, Idempotency_Key="é")
    assert status == 400
    assert answer["problems"] == [
        "customerId is missing",
        "customerEmail is missing",
        "items[0].quantity must be a whole number from 1 to 999",
        "the Idempotency-Key must be 1 to 255 printable ASCII characters",
    ]
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
    assert answer["problems"] == ["the body is not UTF-8 text"]


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


def test_a_key_used_for_another_order_is_a_conflict(processor: Lambda, orders: Any) -> None:
    call("POST", "/orders", posted(), Idempotency_Key="key")
    status, answer, _ = call("POST", "/orders", posted(item(quantity=3)), Idempotency_Key="key")
    assert status == 409
    assert answer["message"].startswith("This Idempotency-Key was used")
    assert len(orders()) == 1
    assert len(processor.started) == 1


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
    assert answer["message"] == "The order was not started; post it again."
    (order,) = orders()
    assert order["status"] == "failed"


def test_an_order_under_a_key_is_kept_for_the_next_post(processor: Lambda, orders: Any) -> None:
    processor.error = EndpointConnectionError(endpoint_url="http://nowhere")
    status, answer, _ = call("POST", "/orders", posted(), Idempotency_Key="key")
    assert status == 503
    assert answer["message"].endswith("post it again under the same key.")
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


def test_a_database_that_does_not_answer_is_one_clear_sentence(
    processor: Lambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise EndpointConnectionError(endpoint_url="http://nowhere")

    monkeypatch.setattr(store, "load", fail)
    status, answer, _ = call("GET", f"/orders/{ORDER_ID}")
    assert status == 503
    assert answer["message"] == "The order service has a technical problem; try again in a moment."


@given(st.text(st.characters(exclude_categories=())) | st.binary().map(lambda b: b.decode("latin")))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_ever_makes_a_server_error(processor: Lambda, body: str) -> None:
    assert call("POST", "/orders", body)[0] == 400


@given(st.text(st.characters(exclude_categories=())))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_id_ever_makes_a_server_error(processor: Lambda, order_id: str) -> None:
    assert call("GET", f"/orders/{order_id}")[0] == 404
