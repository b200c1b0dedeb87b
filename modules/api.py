"""The order API: POST /orders and GET /orders/{orderId}. Only HTTP, no rules of orders."""

import base64
import binascii
import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

import intake
import store
from money import to_json
from rules import ORDER_ID, check_order
from status import describe

BODY_BYTES = 100 * 1024
BODY_DEPTH = 20  # an order needs 3
STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
KEY = re.compile(r"[\x20-\x7e]{1,255}")

logger = Logger(service="order-api")
app = APIGatewayRestResolver()


class Refusal(Exception):
    """A request that the API refuses: HTTP status, one sentence, every problem."""

    def __init__(self, status: int, message: str, *problems: str) -> None:
        super().__init__(message)
        self.status, self.message, self.problems = status, message, problems


class BadOrder(Refusal):
    """The body is not a valid order."""

    def __init__(self, *problems: str, status: int = 400) -> None:
        super().__init__(status, "The order is not valid; nothing was started.", *problems)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one API Gateway REST event."""
    return app.resolve(event, context)


@app.post("/orders")
def post_order() -> Response[str]:
    """Accept an order: 202 with its id, and where to follow it."""
    key = app.current_event.headers.get("Idempotency-Key")
    order, problems = check_order(_json_body())
    if key is not None and (not KEY.fullmatch(key) or not key.strip()):
        problems.append("the Idempotency-Key must be 1 to 255 printable ASCII characters")
    if order is None or problems:
        raise BadOrder(*problems)
    try:
        order_id = intake.accept(order, key)
    except intake.KeyUsed:
        message = "This Idempotency-Key was used for another order; choose a new one."
        raise Refusal(409, message) from None
    except intake.NotStarted as error:
        logger.exception("the order processor could not be invoked")
        message = "The order was not started; post it again."
        if key is not None:
            message = "The order may not have been started; post it again under the same key."
        raise Refusal(503, message) from error
    logger.info("order accepted", extra={"orderId": order_id})
    body = {"message": "The order was received and is being processed.", "orderId": order_id}
    # Relative to the address of the request, so it is right under every stage and domain.
    return _answer(202, body, {"Location": f"./orders/{order_id}"})


@app.get("/orders/<order_id>")
def get_order(order_id: str) -> Response[str]:
    """How an order is doing, from the table: the processor is not asked."""
    order = store.load(order_id) if ORDER_ID.fullmatch(order_id) else None
    if order is None:
        raise Refusal(404, "No order has this id.")
    return _answer(200, describe(order))


@app.exception_handler(Refusal)  # type: ignore[untyped-decorator]
def _refuse(refusal: Refusal) -> Response[str]:
    return _answer(refusal.status, {"message": refusal.message, "problems": refusal.problems})


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def _fail(error: Exception) -> Response[str]:
    logger.error("the request failed", exc_info=error)
    message = "The order service has a technical problem; try again in a moment."
    return _answer(503, {"message": message, "problems": []})


@app.not_found
def _not_found(_error: Exception) -> Response[str]:
    message = "There is nothing here; use POST /orders or GET /orders/{orderId}."
    return _answer(404, {"message": message, "problems": []})


def _answer(
    status: int, body: dict[str, Any], headers: dict[str, Any] | None = None
) -> Response[str]:
    return Response(status, "application/json", to_json(body), headers)


def _json_body() -> Any:
    text = _text_body()
    if not text.strip():
        raise BadOrder("the body is empty; send the order as JSON")
    if _depth(text) > BODY_DEPTH:
        raise BadOrder("the body is nested too deeply")
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_no_repeats
        )
    except InvalidOperation:
        raise BadOrder("a number in the body has too many digits") from None
    except ValueError as error:
        raise BadOrder(f"the body is not valid JSON: {error}") from None


def _depth(text: str) -> int:
    """Return how deep the objects and arrays of a JSON text are nested.

    Counted before the text is parsed, because not every Python refuses to parse a deep one.
    """
    depth = deepest = 0
    for bracket in re.findall(r"[\[{}\]]", STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _text_body() -> str:
    """Return the body as text; API Gateway encodes a body in base64 if it takes it for binary."""
    event = app.current_event
    try:
        body = event.body or ""
        data = base64.b64decode(body, validate=True) if event.is_base64_encoded else body.encode()
        if len(data) > BODY_BYTES:
            raise BadOrder(f"the body is larger than {BODY_BYTES // 1024} KB", status=413)
        return data.decode()
    except (binascii.Error, UnicodeError):
        raise BadOrder("the body is not UTF-8 text") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is given twice in the same object")
    return fields
