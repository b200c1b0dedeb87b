"""Bad input is answered by 4xx with every problem named, and starts nothing."""

import json

import pytest
import requests

from tests.integration.bad_orders import bad_order
from workshop.orders import client as orders

GOOD = orders.example()


def item(**changes):
    return {**GOOD, "items": [{**GOOD["items"][0], **changes}]}


def without(name):
    return {key: value for key, value in GOOD.items() if key != name}


BAD_ORDERS = {
    "no items": {**GOOD, "items": []},
    "items that are no list": {**GOOD, "items": {"productId": "a"}},
    "too many items": {**GOOD, "items": GOOD["items"] * 51},
    "an item that is no object": {**GOOD, "items": [1]},
    "no customer": without("customerId"),
    "a blank customer": {**GOOD, "customerId": "  "},
    "no email": without("customerEmail"),
    "a bad email": {**GOOD, "customerEmail": "nobody"},
    "no quantity": item(quantity=None),
    "quantity zero": item(quantity=0),
    "a negative quantity": item(quantity=-1),
    "half a piece": item(quantity=0.5),
    "a huge quantity": item(quantity=10**30),
    "a quantity in words": item(quantity="two"),
    "a quantity that is a boolean": item(quantity=True),
    "price zero": item(price=0),
    "a negative price": item(price=-0.01),
    "a price of three decimals": item(price=0.999),
    "a huge price": item(price=1e300),
    "a price in words": item(price="45.99"),
    "a price that is a list": item(price=[45.99]),
    "an unknown field": {**GOOD, "coupon": "FREE"},
    "an unknown field of an item": item(discount=1),
    "a number for a name": item(name=7),
    "a long name": item(name="x" * 10_000),
    "a control character": item(name="a\u0000b"),
    "a list": [GOOD],
    "a number": 42,
    "null": None,
}

BAD_BODIES = {
    "nothing": b"",
    "not JSON": b"{customerId: 1}",
    "half an order": json.dumps(GOOD).encode()[:-5],
    "NaN": json.dumps(item(price=float("nan"))).encode(),
    "Infinity": json.dumps(item(quantity=float("inf"))).encode(),
    "not UTF-8": b'{"customerId": "\xff\xfe"}',
    "half a surrogate": json.dumps(GOOD).replace("Mug", "\\ud800").encode(),
    "deep nesting": b"[" * 50_000 + b"]" * 50_000,
    "a huge number": b'{"customerId": ' + b"9" * 10_000 + b"}",
}


def send(stack, body: bytes, **headers):
    return requests.post(
        f"{stack.api_url}/orders", data=body, headers={"x-api-key": stack.api_key, **headers}
    )


def details(answer) -> list[str]:
    """What is wrong, by the errors of a problem."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [error["detail"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("what", BAD_ORDERS)
def test_a_bad_order_is_refused_and_starts_nothing(stack, started, what):
    before = started()
    answer = orders.post(stack, BAD_ORDERS[what])
    assert answer.status_code == 400
    assert details(answer)
    assert started() == before


@pytest.mark.parametrize("what", BAD_BODIES)
def test_a_bad_body_is_refused_and_starts_nothing(stack, started, what):
    before = started()
    answer = send(stack, BAD_BODIES[what])
    assert answer.status_code == 400
    assert details(answer)
    assert started() == before


def test_a_body_over_the_limit_is_refused(stack):
    assert send(stack, json.dumps(item(name="x" * 200_000)).encode()).status_code == 413


def test_every_problem_is_named_at_once(stack):
    bad = {**item(quantity=0, price=-1), "customerEmail": "nobody", "coupon": 1}
    found = " ".join(details(orders.post(stack, bad)))
    assert all(word in found for word in ("quantity", "price", "customerEmail", "coupon"))


def test_unicode_is_welcome(stack):
    order = {**item(name="Käffchen ☕ 咖啡"), "customerId": "Zoë"}
    order_id = orders.submit(stack, order)
    assert orders.wait(stack, order_id)["items"][0]["name"] == "Käffchen ☕ 咖啡"


def test_the_same_key_and_body_is_the_same_order(stack, started):
    first = orders.post(stack, GOOD, "key-1")
    before = started()
    again = orders.post(stack, GOOD, "key-1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["orderId"] == first.json()["orderId"]
    assert again.headers["Location"] == first.headers["Location"]
    assert started() == before


def test_the_same_key_with_another_body_is_refused(stack, started):
    orders.submit(stack, GOOD, "key-2")
    before = started()
    assert orders.post(stack, item(quantity=3), "key-2").status_code == 422
    assert started() == before


def test_two_customers_may_use_the_same_key(stack):
    ada, bob = (orders.example(customer_id=name) for name in ("cust-ada", "cust-bob"))
    assert orders.submit(stack, ada, "key-3") != orders.submit(stack, bob, "key-3")


@pytest.mark.parametrize(
    "content_type",
    ["image/png", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
)
def test_what_is_not_json_is_refused(stack, started, content_type):
    before = started()
    answer = send(stack, json.dumps(GOOD).encode(), **{"Content-Type": content_type})
    assert answer.status_code == 415
    assert started() == before


def test_a_status_that_the_client_has_is_not_sent_again(stack):
    order_id = orders.submit(stack, GOOD)
    orders.wait(stack, order_id)
    address, key = f"{stack.api_url}/orders/{order_id}", {"x-api-key": stack.api_key}
    first = requests.get(address, headers=key)
    again = requests.get(address, headers={**key, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("key", ["x" * 256, "caf\u00e9", ""])
def test_a_malformed_key_is_refused(stack, key):
    answer = send(stack, json.dumps(GOOD).encode(), **{"Idempotency-Key": key.encode("latin-1")})
    assert answer.status_code == 400


def test_without_its_key_the_api_answers_nobody(stack):
    answer = requests.get(f"{stack.api_url}/orders/ord-{'0' * 32}")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/orders", "POST"),
        ("GET", "/orders", "POST"),
        ("POST", "/orders/x", "GET, HEAD"),
        ("PATCH", "/orders/x", "GET, HEAD"),
    ],
)
def test_another_method_is_refused_with_those_that_are_allowed(stack, method, path, allowed):
    answer = requests.request(method, stack.api_url + path, headers={"x-api-key": stack.api_key})
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_head_is_get_without_the_body(stack):
    address, key = f"{stack.api_url}/orders/{orders.submit(stack, GOOD)}", stack.api_key
    head = requests.head(address, headers={"x-api-key": key})
    assert (head.status_code, head.content, head.headers["Cache-Control"]) == (200, b"", "no-store")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/nowhere", "/orders/x/y"])
def test_an_unknown_address_is_refused_in_the_shape_of_the_api(stack, method, path):
    answer = requests.request(method, stack.api_url + path, headers={"x-api-key": stack.api_key})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/address-not-found"


def pytest_generate_tests(metafunc):
    """Send few generated orders, or with --all-requests all of them."""
    if "numbers" in metafunc.fixturenames:
        most = 1000 if metafunc.config.getoption("all_requests") else 50
        metafunc.parametrize("numbers", [range(most)], ids=[f"0-{most - 1}"])


def test_generated_bad_orders_are_refused_and_start_nothing(stack, started, numbers):
    before, accepted = started(), []
    for bad in map(bad_order, numbers):
        answer = send(stack, bad.body, **bad.headers)
        if not (answer.status_code == 413 or (answer.status_code == 400 and details(answer))):
            accepted.append(f"{bad}\n  {answer.status_code} {answer.text[:300]}")
    assert not accepted, "\n".join(accepted)
    assert started() == before
