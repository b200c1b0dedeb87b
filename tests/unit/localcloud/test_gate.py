"""The gate: who is let in, who is turned away, and in which words."""

import os

import pytest
from botocore import auth
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.signed_requests import FUNCTION, HOST, KNOWN, OWNER, REGION, changed, code, signed
from workshop.localcloud import client
from workshop.localcloud.gate.gate import Gate
from workshop.localcloud.gate.requests import Head

FOREIGN = [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": f"http://{HOST}"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"referer": "http://evil.example/page"},
    {"referer": f"http://{HOST}.evil.example/"},
    {"referer": "http://[broken"},
    {"host": "evil.example:4566"},
    {"host": "127.0.0.1:80"},
    {"host": "127.0.0.1"},
    {"host": ""},
    {"host": None},
    {"upgrade": "websocket"},
    {"access_control_request_method": "PUT"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_browser_cannot_be_the_messenger_though_it_had_the_keys(gate, headers):
    assert code(gate, changed(signed(service="lambda"), **headers)) == "AccessDeniedException"
    api = Head.of("GET", "/_aws/execute-api/a/b", [("Host", HOST), ("x-api-key", "key of the API")])
    assert code(gate, api) == ""
    assert code(gate, changed(api, **headers)) == "AccessDeniedException"


def test_a_whole_address_or_a_fragment_in_the_target_is_refused(gate):
    head = signed("GET", "/a")
    assert code(gate, Head("GET", f"http://{HOST}/a", head.fields)) == "AccessDeniedException"
    assert code(gate, Head("GET", "/a#b", head.fields)) == "AccessDeniedException"


def test_only_the_white_space_of_http_is_stripped_from_a_header(gate):
    """ministack strips no more, so that it would find no key where the gate found one."""
    head = signed()
    for mark in ("\x1c", "\xa0", "\u2003"):
        assert code(gate, changed(head, authorization=mark + head.first("authorization")))


def test_the_clients_of_a_deployed_api_need_its_key(gate):
    def ask(path: str, *keys: str) -> str:
        fields = [("Host", HOST), *(("x-api-key", key) for key in keys)]
        return code(gate, Head.of("POST", path, fields))

    assert ask("/_aws/execute-api/id/prod/orders", "key of the API") == ""
    assert ask("/_aws/execute-api/id/prod/orders", "another key")
    assert ask("/_aws/execute-api/id/prod/orders")
    assert ask("/_aws/execute-api/id/prod/orders", "key of the API", "key of the API")
    for elsewhere in ("/_aws/execute-api/", "/_aws/execute-api/id", "/_aws/execute-api/id/"):
        assert ask(elsewhere, "key of the API"), elsewhere
    for elsewhere in ("/", "/_ministack/reset", "/_aws/sqs/messages", "//_aws/execute-api/x"):
        assert ask(elsewhere, "key of the API"), elsewhere
    assert ask("/_aws/lambda-url/id/", "key of the API")


@pytest.mark.parametrize(
    "path",
    [
        "/_ministack/reset",
        "/_workshop/clock",
        "/_aws/sqs/messages",
        "/%5Fministack/reset",
        "/Latest/",
    ],
)
def test_a_function_has_no_business_with_internal_paths(gate, path):
    assert code(gate, signed("POST", path, by=OWNER)) == ""
    assert code(gate, signed("POST", path, by=FUNCTION)) == "AccessDeniedException"


def test_a_function_may_call_an_api_and_a_function_url(gate):
    for path in ("/_aws/execute-api/id/prod/orders", "/_aws/lambda-url/id/"):
        assert code(gate, signed("POST", path, by=FUNCTION)) == ""


SCRAPS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *(HOST, "AWS4-HMAC-SHA256", "Credential=AKIAOWNER/20260101/us-east-2/sts/aws4_request"),
            *("99991231T235959Z", "00010101T000000Z", "Fri, 31 Dec 9999 23:59:59 +0000", "0" * 64),
            *("Mon, 01 Jan 0001 00:00:00 +0000", "UNSIGNED-PAYLOAD", "http://[", "%ff"),
        ]
    ),
)
NAMES = st.sampled_from(
    ["Authorization", "Host", "X-Amz-Date", "Date", "X-Amz-Security-Token", "Referer", "x-api-key"]
)
QUERY_NAMES = st.sampled_from(
    ["X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Algorithm", "X-Amz-Signature", "a"]
)


@given(
    changes=st.lists(st.tuples(NAMES, SCRAPS), max_size=4),
    query=st.lists(st.tuples(QUERY_NAMES, SCRAPS), max_size=5),
    path=st.text(max_size=20),
    body=st.binary(max_size=20),
    in_link=st.booleans(),
)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_whatever_arrives_is_let_in_or_refused(changes, query, path, body, in_link):
    base = signed("GET", "/", signer=auth.SigV4QueryAuth) if in_link else signed()
    gate = Gate([HOST], REGION, KNOWN.get, lambda key: key == "key of the API")
    kept = [f for f in base.fields if f[0] not in {name.lower() for name, _ in changes}]
    more = "&".join(f"{name}={value}" for name, value in query)
    head = Head.of("POST", f"{base.target}{path}?{more}", [*kept, *changes])
    assert isinstance(code(gate, head, body), str)


def test_only_the_owner_is_told_who_answers(gate):
    mine, theirs = gate.admit(signed()), gate.admit(signed(by=FUNCTION))
    assert mine.proof == OWNER.prove(4566, mine.signature.value)
    assert mine.proof != OWNER.prove(4567, mine.signature.value), (
        "one port cannot speak for another"
    )
    assert theirs.proof == ""


def test_a_credential_is_made_once_and_only_the_owner_can_read_it(tmp_path, monkeypatch):
    file = tmp_path / "new" / "credentials"
    monkeypatch.setattr(client, "CREDENTIALS", file)
    made = client.owner()
    assert client.owner() == made
    assert os.name == "nt" or file.stat().st_mode & 0o077 == 0
    assert made.secret not in repr(made)
    file.unlink()
    assert client.owner() != made
