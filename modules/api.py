"""The order API: post an order, ask for its status, cancel or review it. Only HTTP.

`openapi.yaml` describes it, and tests compare the two.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

import cancelling
import intake
import reviewing
import store
from money import to_json
from order_body import read_json
from problems import CONTENT_TYPE, RETRY_SECONDS, InvalidOrder, InvalidReview, Refusal
from rules import ORDER_ID, check_order, find_problems, find_review_problems
from status import describe

KEY = re.compile(r"[\x20-\x7e]{1,255}")
FIND = "Use the orderId that POST /orders returned."
METHODS = {
    r"/orders/*": "POST",
    r"/orders/[^/]+/*": "GET, HEAD",
    r"/orders/[^/]+/cancel/*": "POST",
    r"/orders/[^/]+/review/*": "POST",
}

NOT_PENDING = "It was already decided, its time limit has passed, or the order was cancelled."
ADDRESSES = "Use /orders or /orders/{orderId}, or /cancel or /review below it."

logger = Logger(service="order-api")
app = APIGatewayRestResolver()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one API Gateway REST event."""
    return app.resolve(event, context)


@app.post("/orders")
def post_order() -> Response[str]:
    """Accept an order: 202 with its id, and where to follow it."""
    headers = app.current_event.headers
    posted = _posted()
    key = headers.get("Idempotency-Key")
    order, _ = check_order(posted)
    errors = [] if order else [problem._asdict() for problem in find_problems(posted)]
    if key is not None and (not KEY.fullmatch(key) or not key.strip()):
        rule = "the Idempotency-Key must be 1 to 255 printable ASCII characters"
        errors.append({"header": "Idempotency-Key", "detail": rule})
    if order is None or errors:
        raise InvalidOrder(*errors)
    try:
        order_id = intake.accept(order, key, _caller())
    except intake.KeyUsed:
        raise Refusal("idempotency-key-reused", "Choose a new key for a new order.") from None
    except intake.NotStarted as error:
        logger.exception("the order processor could not be invoked")
        detail = "Post it again."
        if key is not None:
            detail = "The order may have been started; post it again under the same key."
        raise Refusal("order-not-started", detail) from error
    logger.info("order accepted", extra={"orderId": order_id})
    body = {"message": "The order was received and is being processed.", "orderId": order_id}
    # Relative to the address of the request, so it is right under every stage and domain.
    return _answer(202, body, {"Location": f"./orders/{order_id}", "Retry-After": RETRY_SECONDS})


@app.route("/orders/<order_id>", method=["GET", "HEAD"])
def get_order(order_id: str) -> Response[str]:
    """How an order is doing, from the table: the processor is not asked."""
    return _unless_known(describe(_found(order_id)))


@app.post("/orders/<order_id>/cancel")
def cancel_order(order_id: str) -> Response[str]:
    """Cancel an order that is not packaged yet; its execution undoes what was done."""
    _found(order_id)
    if not cancelling.cancel(order_id):
        raise Refusal("order-not-cancellable", "Ask for its status; it is packaged or has ended.")
    logger.info("order cancelled", extra={"orderId": order_id})
    body = {"message": "The order is being cancelled.", "orderId": order_id}
    return _answer(202, body, {"Retry-After": RETRY_SECONDS})


@app.post("/orders/<order_id>/review")
def review_order(order_id: str) -> Response[str]:
    """Approve or reject an order that waits for a person's review."""
    _found(order_id)
    try:
        posted = _posted()
    except InvalidOrder as invalid:
        raise InvalidReview(*invalid.errors) from None
    if problems := find_review_problems(posted):
        raise InvalidReview(*(problem._asdict() for problem in problems))
    if not reviewing.decide(order_id, reviewing.Answer(**posted)):
        raise Refusal("no-review-pending", NOT_PENDING)
    logger.info("order reviewed", extra={"orderId": order_id, "decision": posted["decision"]})
    body = {"message": "The decision was taken.", "orderId": order_id}
    return _answer(202, body, {"Retry-After": RETRY_SECONDS})


def _posted() -> Any:
    event = app.current_event
    content_type, is_base64 = event.headers.get("Content-Type"), bool(event.is_base64_encoded)
    return read_json(event.body, content_type, is_base64=is_base64)


def _found(order_id: str) -> dict[str, Any]:
    order = store.load(order_id) if ORDER_ID.fullmatch(order_id) else None
    if order is None:
        raise Refusal("order-not-found", FIND)
    return order


@app.exception_handler(Refusal)  # type: ignore[untyped-decorator]
def _refuse(refusal: Refusal) -> Response[str]:
    return _problem(refusal)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def _fail(error: Exception) -> Response[str]:
    logger.error("the request failed", exc_info=error)
    return _problem(Refusal("service-unavailable", "Try again in a moment."))


@app.not_found
def _not_found(_error: Exception) -> Response[str]:
    event = app.current_event
    for path, methods in METHODS.items():
        if re.fullmatch(path, event.path):
            if event.http_method in methods.split(", "):  # an id that no route matches
                return _problem(Refusal("order-not-found", FIND))
            detail = f"Use {methods.replace(', ', ' or ')}."
            return _problem(Refusal("method-not-allowed", detail, headers={"Allow": methods}))
    return _problem(Refusal("address-not-found", ADDRESSES))


def _caller() -> str:
    """Return who sent the request: the id of the API key, or the IAM identity. May be empty."""
    identity = app.current_event.raw_event["requestContext"].get("identity") or {}
    return str(identity.get("apiKeyId") or identity.get("userArn") or "")


def _unless_known(body: dict[str, Any]) -> Response[str]:
    """Return the answer with its ETag, or 304 if the client's If-None-Match has this ETag."""
    etag = f'"{sha256(to_json(body).encode()).hexdigest()[:32]}"'
    known = app.current_event.headers.get("If-None-Match") or ""
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    if tags & {etag, "*"}:
        return _answer(304, None, {"ETag": etag})
    return _answer(200, body, {"ETag": etag})


def _problem(refusal: Refusal) -> Response[str]:
    return _answer(refusal.status, refusal.body(), refusal.headers, CONTENT_TYPE)


def _answer(
    status: int,
    body: dict[str, Any] | None,
    headers: Mapping[str, str],
    content_type: str = "application/json",
) -> Response[str]:
    """Return a response. It is about a customer, so no cache may keep it; HEAD has no body."""
    text = to_json(body) if body and app.current_event.http_method != "HEAD" else ""
    named: dict[str, Any] = {"Cache-Control": "no-store", **headers}
    return Response(status, content_type if body else None, text, named)
