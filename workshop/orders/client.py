"""Sends orders to the deployed API, and asks for their status."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests

from workshop.aws.stack import Stack
from workshop.errors import WorkshopError
from workshop.orders import tokens
from workshop.orders.contract import ENDED
from workshop.orders.polling import Polling

Order = dict[str, Any]
ATTEMPTS = 5
_http = requests.Session()
_http.trust_env = False  # no proxy is between you and the local cloud


class ApiFailed(WorkshopError):
    """The order API returned an unexpected response."""


def example(
    *,
    price: float = 45.99,
    quantity: int = 2,
    product_id: str = "sku-mug",
    customer_id: str = "cust-ada",
    payment_token: str = "tok_ok",
    products: Sequence[str] = (),
) -> Order:
    """Return an order as a client sends it; by default 2 × 45.99, which succeeds.

    With `products` it has a line for each of them, instead of one for `product_id`.
    """
    return {
        "customerId": customer_id,
        "customerEmail": "ada@example.com",
        "customerPhone": "+1-555-0100",
        "paymentToken": payment_token,
        "items": [
            {"productId": product, "name": "Mug", "quantity": quantity, "price": price}
            for product in (products or (product_id,))
        ],
    }


def post(stack: Stack, order: object, idempotency_key: str | None = None) -> requests.Response:
    """POST an order unchanged, and return the API's response unchanged."""
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    return _send("POST", stack, "/orders", json=order, headers=headers)


def submit(stack: Stack, order: Order, idempotency_key: str | None = None) -> str:
    """Send an order; return its id.

    Raises ``WorkshopError`` for an unknown test card, or with every problem that the API names.
    """
    if isinstance(order, dict):
        tokens.check(order.get("paymentToken"))
    answer = post(stack, order, idempotency_key)
    if answer.status_code == requests.codes.bad_gateway:
        raise _failed(answer)
    if answer.status_code != requests.codes.accepted:
        raise WorkshopError(f"The API refused the order ({answer.status_code}): {_why(answer)}")
    order_id: str = answer.json()["orderId"]
    return order_id


def cancel(stack: Stack, order_id: str) -> requests.Response:
    """Ask to cancel an order, and return the API's response unchanged."""
    return _send("POST", stack, f"/orders/{order_id}/cancel")


def review(stack: Stack, order_id: str, decision: str, *, by: str, note: str) -> requests.Response:
    """Approve or reject an order that waits for a review; return the API's response unchanged."""
    answer = {"decision": decision, "by": by, "note": note}
    return _send("POST", stack, f"/orders/{order_id}/review", json=answer)


def get(stack: Stack, order_id: str) -> Order | None:
    """Return the order as its customer sees it; None if it does not exist."""
    answer = _send("GET", stack, f"/orders/{order_id}")
    if answer.status_code == requests.codes.not_found:
        return None
    if answer.status_code != requests.codes.ok:
        raise _failed(answer)
    order: Order = answer.json()
    return order


def _why(answer: requests.Response) -> str:
    """Return what an error response says; the local cloud's own are not problem details."""
    body = answer.json()
    errors = "; ".join(error["detail"] for error in body.get("errors", []))
    return errors or body.get("message") or f"{body['title']} {body['detail']}"


def _failed(answer: requests.Response) -> ApiFailed:
    return ApiFailed(
        f"The order API failed ({answer.status_code}).",
        "Before notebook 06 has written its code it cannot run: what is deployed may be the code "
        "of an earlier notebook.",
    )


def wait(
    stack: Stack,
    order_id: str,
    *,
    until: str = "",
    timeout_seconds: float = 900,
    on_poll: Callable[[Order], None] = lambda _: None,
) -> Order:
    """Ask for the order until it has ended; return it then.

    With ``until``, return it as soon as it has had that status. Ask often at first, and every two
    seconds later. Raises ``WorkshopError`` after the timeout.
    """
    polling, last = Polling(timeout_seconds), None
    while True:
        order = get(stack, order_id)
        if order is None:
            raise WorkshopError(f"Order {order_id} does not exist.")
        on_poll(order)
        statuses = [entry["status"] for entry in order.get("timeline", [])]
        if order["status"] in ENDED or until in statuses:
            return order
        if polling.is_over:
            raise WorkshopError(
                f"Order {order_id} is still '{order['status']}' after {timeout_seconds:g} s.",
                "Look at its operations to see what it waits for.",
            )
        polling.pause(changed=order["status"] != last)
        last = order["status"]


def _send(
    method: str, stack: Stack, path: str, headers: Mapping[str, str] = {}, **options: Any
) -> requests.Response:
    """Send a request, and send it again when the API says so and a repeat changes nothing."""
    repeatable = {429, 503} if method == "GET" else {429}  # 429: it never reached the function
    for _attempt in range(ATTEMPTS - 1):
        answer = _send_once(method, stack, path, headers, **options)
        if answer.status_code not in repeatable:
            return answer
        pause = answer.headers.get("Retry-After", "")
        time.sleep(int(pause) if pause.isdecimal() else 1)
    return _send_once(method, stack, path, headers, **options)


def _send_once(
    method: str, stack: Stack, path: str, headers: Mapping[str, str], **options: Any
) -> requests.Response:
    try:
        return _http.request(
            method,
            stack.api_url + path,
            headers={"x-api-key": stack.api_key, **headers},
            timeout=60,
            **options,
        )
    except (requests.ConnectionError, requests.Timeout):
        raise WorkshopError(
            f"The order API at {stack.api_url} does not respond.",
            "If it is the local cloud, run: make start",
        ) from None
