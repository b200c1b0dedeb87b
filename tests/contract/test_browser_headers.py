"""What a browser says of a page's request gets it refused, though its signature is good."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from tests.signing import signed_headers
from workshop.aws.target import Target

PARTS = {"ministack": "AWS_ENDPOINT_URL", "lambda": "AWS_ENDPOINT_URL_LAMBDA"}
PATHS = {
    "AWS's API": "/2015-03-31/functions/",
    "the order API": "/_aws/execute-api/abc/prod/orders",
    "an internal path": "/_ministack/health",
    "the cloud's own path": "/_workshop/clock",
}
NEVER_SENT_BYTES = 10_000_000_000
PROMPT_SECONDS = 60  # far more than an answer takes; a server that waits for the body waits longer
FOREIGN = "http://elsewhere.example"
# ``{own}`` is the cloud's own HOST:PORT.
OF_A_PAGE = {
    "a foreign origin": {"Origin": FOREIGN},
    "a hidden origin": {"Origin": "null"},
    "the cloud's own origin": {"Origin": "http://{own}"},
    "an empty origin": {"Origin": ""},
    "a page of another site": {"Sec-Fetch-Site": "cross-site"},
    "a page of another port": {"Sec-Fetch-Site": "same-site"},
    "a page, in capitals": {"sec-fetch-site": "CROSS-SITE"},
    "a link on a page": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    "a foreign referrer": {"Referer": f"{FOREIGN}/page"},
    "a referrer of another port": {"Referer": "http://127.0.0.1:1/"},
    "a referrer that only begins alike": {"Referer": "http://{own}.elsewhere.example/"},
    "a referrer with the cloud as a user": {"Referer": "http://{own}@elsewhere.example/"},
    "an upgrade to a socket": {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
    },
}
OF_ANOTHER_HOST = {
    "a foreign name": ["rebound.example:{port}"],
    "a name that only begins alike": ["127.0.0.1.rebound.example:{port}"],
    "a name that only ends alike": ["rebound.localhost:{port}"],
    "all addresses": ["0.0.0.0:{port}"],
    "another port": ["127.0.0.1:1"],
    "no port": ["127.0.0.1"],
    "no name": [""],
    "no header": [],
    "two headers": ["{own}", "{own}"],
    "two headers, one foreign": ["{own}", "rebound.example:{port}"],
}


@dataclass(frozen=True)
class Answer:
    """Status, names of the headers in lower case, and body."""

    status: int
    headers: list[str]
    body: bytes


@dataclass(frozen=True)
class Door:
    """One of the local cloud's ports, and who may knock: the cloud's owner."""

    target: Target
    own: str

    def knock(
        self,
        method: str,
        path: str,
        hosts: list[str] | None = None,
        request_target: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a signed request, of whose body nothing is sent."""
        place = {"own": self.own, "port": self.own.rpartition(":")[2]}
        filled = {name: value.format(**place) for name, value in (headers or {}).items()}
        named = [host.format(**place) for host in hosts] if hosts is not None else [self.own]
        signed_host = named[0] if named else self.own
        signed = signed_headers(
            self.target, method, f"http://{self.own}{path}", headers={"Host": signed_host}
        )
        connection = http.client.HTTPConnection(self.own, timeout=PROMPT_SECONDS)
        connection.putrequest(method, request_target or path, skip_host=True)
        for host in named:
            connection.putheader("Host", host)
        for name, value in {**signed, **filled}.items():
            if name != "Host":
                connection.putheader(name, value)
        connection.endheaders()
        return answer_of(connection)


def answer_of(connection: http.client.HTTPConnection) -> Answer:
    """What comes back on a connection, which ends with that."""
    response = connection.getresponse()
    names = [name.lower() for name, _ in response.getheaders()]
    answer = Answer(response.status, names, response.read())
    response.close()
    connection.close()
    return answer


@pytest.fixture(params=PARTS)
def door(request: pytest.FixtureRequest, target: Target) -> Door:
    return Door(target, target.variables[PARTS[request.param]].removeprefix("http://"))


@pytest.fixture(params=PATHS.values(), ids=list(PATHS))
def path(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


def check_refused(answer: Answer) -> None:
    """Refused, with nothing that invites other pages or tells of the cloud."""
    assert answer.status == 403
    assert [name for name in answer.headers if name.startswith("access-control-")] == []
    assert b"ministack" not in answer.body


BODY = {"Content-Length": str(NEVER_SENT_BYTES)}


@pytest.mark.parametrize("headers", OF_A_PAGE.values(), ids=OF_A_PAGE)
def test_a_request_of_a_page_is_refused_before_its_body(
    door: Door, path: str, headers: dict[str, str]
) -> None:
    check_refused(door.knock("POST", path, headers={**headers, **BODY}))


@pytest.mark.parametrize("headers", OF_A_PAGE.values(), ids=OF_A_PAGE)
def test_a_page_cannot_even_look(door: Door, path: str, headers: dict[str, str]) -> None:
    check_refused(door.knock("GET", path, headers=headers))


@pytest.mark.parametrize("hosts", OF_ANOTHER_HOST.values(), ids=OF_ANOTHER_HOST)
def test_a_request_to_another_host_is_refused(door: Door, path: str, hosts: list[str]) -> None:
    refused = door.knock("POST", path, hosts, headers=BODY)
    # A server may find a request without a valid Host to be none, before it asks who sent it.
    if hosts in ([], [""]) or len(hosts) > 1:
        assert refused.status in {400, 403}
    else:
        check_refused(refused)


@pytest.mark.parametrize("host", ["rebound.example", "{own}"])
def test_a_request_as_to_a_proxy_is_refused(door: Door, path: str, host: str) -> None:
    address = f"http://{host.format(own=door.own)}{path}"
    check_refused(door.knock("POST", path, request_target=address, headers=BODY))


def test_a_preflight_is_refused(door: Door, path: str) -> None:
    asked = {
        "Origin": FOREIGN,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-amz-target",
        "Access-Control-Request-Private-Network": "true",
    }
    check_refused(door.knock("OPTIONS", path, headers=asked))


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "none"}, {"Referer": "http://{own}/"}],
    ids=["of a program", "typed by a person", "referred by the cloud"],
)
def test_the_same_request_is_let_in(door: Door, headers: dict[str, str]) -> None:
    assert door.knock("GET", PATHS["AWS's API"], headers=headers).status == 200


def test_the_cloud_has_a_second_name(door: Door) -> None:
    assert door.knock("GET", PATHS["AWS's API"], ["localhost:{port}"]).status == 200


@pytest.fixture
def unsigned(door: Door) -> Callable[..., int]:
    def status(**headers: str) -> int:
        connection = http.client.HTTPConnection(door.own, timeout=PROMPT_SECONDS)
        connection.request("GET", PATHS["AWS's API"], headers=headers)
        return answer_of(connection).status

    return status


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_an_address_that_a_person_types_needs_a_signature(
    unsigned: Callable[..., int], site: str
) -> None:
    assert unsigned(**{"Sec-Fetch-Site": site}) == 403
