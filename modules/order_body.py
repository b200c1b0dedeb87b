"""Read the body of a request as JSON, or refuse it. Nothing in a body makes this fail otherwise."""

import base64
import binascii
import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from problems import InvalidOrder, Refusal

BODY_BYTES = 100 * 1024
BODY_DEPTH = 20  # an order needs 3
MEDIA_TYPE = "application/json"
STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)


def read_json(body: str | None, content_type: str | None, *, is_base64: bool) -> Any:
    """Return the JSON value of a body; its fractions are Decimals. Raises Refusal.

    A body without a Content-Type is taken for JSON, as API Gateway does.
    """
    if content_type and content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        detail = f"Send JSON, with the Content-Type {MEDIA_TYPE}."
        raise Refusal("body-not-json", detail, headers={"Accept": MEDIA_TYPE})
    text = _text(body or "", is_base64)
    if not text.strip():
        raise _invalid("the body is empty; send JSON")
    if _depth(text) > BODY_DEPTH:
        raise _invalid("the body is nested too deeply")
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_no_repeats
        )
    except InvalidOperation:
        raise _invalid("a number in the body has too many digits") from None
    except ValueError as error:
        raise _invalid(f"the body is not valid JSON: {error}") from None


def _invalid(detail: str) -> InvalidOrder:
    return InvalidOrder({"pointer": "#", "detail": detail})


def _text(body: str, is_base64: bool) -> str:
    """Return the body as text; API Gateway encodes a body in base64 if it takes it for binary."""
    try:
        data = base64.b64decode(body, validate=True) if is_base64 else body.encode()
        if len(data) > BODY_BYTES:
            detail = f"The body is larger than {BODY_BYTES // 1024} KB; send a smaller one."
            raise Refusal("body-too-large", detail)
        return data.decode()
    except (binascii.Error, UnicodeError):
        raise _invalid("the body is not UTF-8 text") from None


def _depth(text: str) -> int:
    """Return how deep the objects and arrays of a JSON text are nested.

    Counted before the text is parsed, because not every Python refuses to parse a deep one.
    """
    depth = deepest = 0
    for bracket in re.findall(r"[\[{}\]]", STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is given twice in the same object")
    return fields
