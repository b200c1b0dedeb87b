"""The order API as API Gateway calls it, and the Lambda API as it calls that."""

import json
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel

import api
import intake


class Lambda:
    """The Lambda API's end of a call: real parameter checks, no network."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.stopped: list[str] = []
        self.answered: list[tuple[str, str]] = []
        self.on_answer: Callable[[str, bytes], None] = lambda _callback_id, _result: None
        self.error: Exception | None = None
        client = intake.lambda_client()
        self._events = client.meta.events
        self._events.register("provide-client-params.lambda", self._note)
        self._events.register("before-call.lambda", self._answer)
        self.exceptions = client.exceptions

    def close(self) -> None:
        self._events.unregister("provide-client-params.lambda", self._note)
        self._events.unregister("before-call.lambda", self._answer)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self._params = params

    def _answer(self, model: OperationModel, **_: Any) -> tuple[Any, dict[str, Any]]:
        if self.error:
            raise self.error
        if model.name == "Invoke":
            self.started.append(self._params)
        elif model.name == "SendDurableExecutionCallbackSuccess":
            callback_id, result = self._params["CallbackId"], self._params["Result"]
            self.answered.append((callback_id, result))
            self.on_answer(callback_id, result.encode())
        else:
            self.stopped.append(self._params["DurableExecutionArn"])
        response = AWSResponse("", 202, HTTPHeaders(), None)
        return response, {"StatusCode": 202}


def call(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
    """Status, body and headers of one request."""
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    return send({"body": text, "isBase64Encoded": False}, method, path, **headers)


def details(answer: Any) -> list[str]:
    """What the errors of a problem say."""
    return [error["detail"] for error in answer["errors"]]


def send(
    fields: dict[str, Any], method: str = "POST", path: str = "/orders", **headers: str
) -> tuple[int, Any, Any]:
    """The same, for a body as API Gateway hands it over, from the caller of an `identity`."""
    identity = fields.get("identity", {})
    event = {
        "httpMethod": method,
        "path": path,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "requestContext": {"path": f"/prod{path}", "stage": "prod", "identity": identity},
        **fields,
    }
    answer = api.handler(event, None)
    named = answer["multiValueHeaders"]
    assert named["Cache-Control"] == ["no-store"]
    if answer["body"]:
        error = answer["statusCode"] >= 400
        expected = "application/problem+json" if error else "application/json"
        assert named["Content-Type"] == [expected]
    return answer["statusCode"], json.loads(answer["body"] or "null"), named
