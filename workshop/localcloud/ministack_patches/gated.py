"""The gate before ministack, as an ASGI application around ministack's."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import callers
from gate.credentials import CREDENTIAL, PROOF, as_json
from gate.gate import Gate, Visitor
from gate.refusals import Refusal, answer
from gate.requests import BODY_BYTES, Head

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

BODY_SECONDS = 60  # for a body to arrive
# These headers let pages of other sites read a response; ministack sends some of them.
CORS = b"access-control-"


class Hindered(Exception):
    """A body that is too large or does not arrive; the status says which."""


class GatedApp:
    """Lets requests in to the application, and passes its other messages on."""

    def __init__(self, app: App, gate: Gate) -> None:
        self._app, self._gate = app, gate

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:  # a WebSocket that is closed before it is accepted gets 403
            await send({"type": "websocket.close", "code": 1008})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        head = head_of(scope)
        try:
            visitor = self._gate.admit(head)
            body = await read(receive, head)
            visitor.check(body)
        except Refusal as refusal:
            refused = answer(refusal, head)
            await respond(send, refused.status, refused.headers, refused.body)
        except Hindered as hindered:
            await respond(send, hindered.args[0], {"connection": "close"}, b"")
        else:
            send = marked(visitor, send)
            if head.path == CREDENTIAL:
                await give_credential(send, body.decode())
            else:
                await self._app(scope, replayed(body, receive), send)


def head_of(scope: Message) -> Head:
    """Return the head of an ASGI request."""
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    headers = ((name.decode("latin-1"), _text(value)) for name, value in scope["headers"])
    return Head.of(scope["method"], target.decode("latin-1"), headers)


def _text(value: bytes) -> str:
    """Return a header's value; clients sign it as UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def read(receive: Receive, head: Head) -> bytes:
    """Return the whole body. Raises ``Hindered``."""
    length = head.first("content-length") or "0"
    if not length.isdecimal() or int(length) > BODY_BYTES:
        raise Hindered(413)
    chunks, size, more = [], 0, True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Hindered(400)
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > BODY_BYTES:
                    raise Hindered(413)
                more = message.get("more_body", False)
    except TimeoutError:
        raise Hindered(408) from None
    return b"".join(chunks)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a channel that gives the body that was read, and then the next messages."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message


def marked(visitor: Visitor, send: Send) -> Send:
    """Send responses without CORS headers, and with the proof for the owner."""

    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [h for h in message.get("headers", []) if not h[0].lower().startswith(CORS)]
            if visitor.proof:
                headers.append((PROOF.encode(), visitor.proof.encode()))
            message = {**message, "headers": headers}
        await send(message)

    return send_marked


async def give_credential(send: Send, access_key: str) -> None:
    """Tell another part of the local cloud whose key this is."""
    found = callers.find(access_key)
    status, body = (200, as_json(found)) if found else (404, json.dumps(None).encode())
    await respond(send, status, {"content-type": "application/json"}, body)


async def respond(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    """Send one answer."""
    fields = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
    fields.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
