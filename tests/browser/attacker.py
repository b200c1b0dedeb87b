"""A foreign web page in Chromium, and what it sees of the answers to what it sends."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.signing import signed_link
from workshop.aws.target import Target

SCRIPT = Path(__file__).with_name("attacker.js").read_text(encoding="utf-8")
# Without a Referer, so that the cloud has one sign less of where a request comes from.
PAGE = f"""<!doctype html><meta name="referrer" content="no-referrer"><body>
<script>{SCRIPT}</script>"""
PUBLIC = "public.example"
REBOUND = "rebound.example"
# Chromium has rules of its own for requests from the public to the local network. Other browsers
# have none, and so has this Chromium. Nor does it turn http:// into https://.
FLAGS = (
    f"--host-resolver-rules=MAP {PUBLIC} 127.0.0.1, MAP {REBOUND} 127.0.0.1",
    "--disable-features=LocalNetworkAccessChecks,HttpsUpgrades",
)
ANY = {"GET", "POST", "PUT", "DELETE"}
WAYS = {  # of attacker.js, with the methods they can send
    "fetch-no-cors": {"GET", "POST"},
    "fetch-cors": ANY,
    "fetch-cors-with-headers": ANY,
    "fetch-same-origin": ANY,
    "form-urlencoded": {"GET", "POST"},
    "form-text": {"POST"},
    "form-multipart": {"POST"},
    "form-window": {"POST"},
    "image": {"GET"},
    "script": {"GET"},
    "frame": {"GET"},
    "window": {"GET"},
    "socket": {"GET"},
    "events": {"GET"},
    "beacon": {"POST"},
}
FORGED = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "test/20260101/us-east-2/cloudformation/aws4_request",
    "X-Amz-Date": "20260101T000000Z",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "0",
}


@dataclass(frozen=True)
class Place:
    """Where a page comes from, and under which host name it reaches the local cloud."""

    name: str
    page: str
    cloud_host: str


PLACES = (
    Place("neighbor", "http://127.0.0.1:{attacker_port}/", "127.0.0.1"),
    Place("public", f"http://{PUBLIC}:{{attacker_port}}/", "localhost"),
    Place("rebound", f"http://{REBOUND}:{{cloud_port}}/page", REBOUND),
)


@dataclass(frozen=True)
class Request:
    """A request that a page would like the cloud to obey.

    Its address is signed with the cloud's own credentials, as if a signed link had leaked; a
    ``forged`` one has the signature ``0``.
    """

    method: str
    path: str
    service: str = "lambda"
    body: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=lambda: {"X-Custom": "1"})
    forged: bool = False

    def to(self, base: str, target: Target) -> dict[str, Any]:
        """The request as attacker.js takes it."""
        url = base + self.path
        if self.forged:
            url += ("&" if "?" in url else "?") + urlencode(FORGED)
        else:
            body = urlencode(self.fields) if "urlencoded" in self.type else self.body
            url = signed_link(target, self.method, url, self.service, body.encode())
        own = {name: getattr(self, name) for name in ("method", "body", "fields", "type")}
        return {**own, "url": url, "headers": {"Content-Type": self.type, **self.headers}}


class Attacker:
    """A page of one place for each port of the local cloud; ``answers`` is what came back."""

    def __init__(self, context: Any, place: Place, target: Target, attacker_port: int) -> None:
        self.place, self._context, self._target = place, context, target
        self._attacker_port = attacker_port
        self._pages: dict[int, Any] = {}
        self._ports = ports(target)
        self.answers: set[str] = set()
        context.on("response", self._note)

    def send(self, part: str, way: str, *requests: Request) -> list[str]:
        """Send those requests that can be sent this way; what the page learned from them."""
        port = self._ports[part]
        base = f"http://{self.place.cloud_host}:{port}"
        able = [request for request in requests if request.method in WAYS[way]]
        learned = self._page(port).evaluate(
            "([way, requests]) => attack(way, requests)",
            [way, [request.to(base, self._target) for request in able]],
        )
        named = zip(able, learned, strict=True)
        return [f"{r.method} {r.path}: {text}" for r, text in named if text is not None]

    def _page(self, port: int) -> Any:
        if port not in self._pages:
            url = self.place.page.format(attacker_port=self._attacker_port, cloud_port=port)
            page = self._context.new_page()
            if self.place.cloud_host == REBOUND:
                # What the name meant when the page was loaded. From then on it means the cloud.
                page.route(url, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
            page.goto(url)
            page.unroute_all()  # while there is a route, playwright answers preflights itself
            self._pages[port] = page
        return self._pages[port]

    def _note(self, response: Any) -> None:
        """Note an answer of the cloud that is no refusal, or one that invites other pages."""
        url = urlsplit(response.url)
        if url.port not in self._ports.values() or url.path == "/page":
            return
        invites = [name for name in response.headers if name.startswith("access-control-")]
        seen = " ".join([str(response.status), *invites])
        self.answers.add(seen if seen == "403" else f"{seen} {response.request.method} {url.path}")


def ports(target: Target) -> dict[str, int]:
    """The ports of the local cloud, by the names of its parts."""
    urls = {"ministack": "AWS_ENDPOINT_URL", "lambda": "AWS_ENDPOINT_URL_LAMBDA"}
    return {part: int(urlsplit(target.variables[name]).port or 0) for part, name in urls.items()}


class _Site(BaseHTTPRequestHandler):
    """A web site: its page, and addresses that lead elsewhere."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        elsewhere = parse_qs(url.query).get("to")
        self.send_response(307 if elsewhere else 200)
        if elsewhere:
            self.send_header("Location", elsewhere[0])
        if self.headers["Host"].startswith(PUBLIC):
            self.send_header("Content-Security-Policy", "treat-as-public-address")
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def site() -> Iterator[int]:
    """The port of a web site that runs meanwhile."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()
