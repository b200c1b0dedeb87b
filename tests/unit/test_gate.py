"""The gate: who is let in, who is turned away, and in which words."""

import json
import os
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from workshop.localcloud import client
from workshop.localcloud.gate import refusals, signatures
from workshop.localcloud.gate.credentials import Credential
from workshop.localcloud.gate.gate import Gate
from workshop.localcloud.gate.refusals import Refusal
from workshop.localcloud.gate.requests import Head

HOST, REGION = "127.0.0.1:4566", "us-east-2"
OWNER = Credential("AKIAOWNER", "secret of the owner")
ROLE = "arn:aws:iam::000000000000:role/orders"
FUNCTION = Credential("ASIAFUNCTION", "secret of a function", "its token", ROLE)
KNOWN = {each.access_key: each for each in (OWNER, FUNCTION)}
RPC = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def gate() -> Gate:
    hosts = [HOST, "localhost:4566"]
    return Gate(hosts, REGION, KNOWN.get, lambda key: key == "key of the API", port=4566)


def signed(
    method="POST",
    target="/",
    body=b"",
    headers=None,
    *,
    service="sts",
    region=REGION,
    by=OWNER,
    signer=None,
) -> Head:
    """A request as botocore signs it."""
    signer = signer or (auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth)
    request = AWSRequest(method, f"http://{HOST}{target}", headers or {}, body)
    keys = Credentials(by.access_key, by.secret, by.token or None)
    signer(keys, service, region).add_auth(request)
    url = urlsplit(request.url)
    sent = f"{url.path}?{url.query}" if url.query else url.path
    return Head.of(method, sent, [("Host", HOST), *request.headers.items()])


def changed(head: Head, **headers: str | None) -> Head:
    """The same request with other headers; None leaves one out."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = [(name, value) for name, value in head.fields if name not in names]
    added = [(name, value) for name, value in names.items() if value is not None]
    return Head.of(head.method, head.target, kept + added)


def code(gate: Gate, head: Head, body: bytes = b"") -> str:
    """AWS's code of the refusal; empty if the request is let in."""
    try:
        gate.admit(head).check(body)
    except Refusal as refusal:
        text = refusals.answer(refusal, head).body.decode()
        return json.loads(text)["__type"] if text[0] == "{" else text.split("Code>")[1][:-2]
    return ""


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (
            lambda: signed(body=b"Action=GetCallerIdentity", headers=FORM),
            b"Action=GetCallerIdentity",
        ),
        (lambda: signed(body=b"{}", headers=RPC, service="dynamodb"), b"{}"),
        (lambda: signed("PUT", "/bucket/a%20b/../c%2Fd?x=1&a=%C3%A4", b"x", service="s3"), b"x"),
        (
            lambda: signed("GET", "/2015-03-31/functions/a%3Ab/?Qualifier=live", service="lambda"),
            b"",
        ),
        (lambda: signed("GET", "/bucket//twice?b=2&b=1&c", service="s3"), b""),
        (
            lambda: signed("GET", "/", headers={"X-Amz-Meta": "  two   spaces "}, service="lambda"),
            b"",
        ),
        (lambda: signed("GET", "/", service="iam", region="us-east-1"), b""),
        (lambda: signed(by=FUNCTION), b""),
        (lambda: signed("GET", "/bucket/key", service="s3", signer=auth.S3SigV4QueryAuth), b"any"),
        (lambda: signed("GET", "/", service="sts", signer=auth.SigV4QueryAuth), b""),
        (lambda: signed("GET", "/", signer=auth.SigV4QueryAuth, by=FUNCTION), b""),
    ],
)
def test_what_botocore_signs_is_let_in(gate, request_, body):
    head = request_()  # now, not when tests were collected: a signature is good for five minutes
    assert code(gate, head, body) == ""
    assert code(gate, changed(head, sec_fetch_site="none"), body) == ""


@pytest.mark.parametrize(
    ("wrong", "as_json", "as_query", "as_s3"),
    [
        (
            {"by": Credential("AKIANOBODY", "x")},
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
        ),
        (
            {"by": Credential(OWNER.access_key, "another secret")},
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "SignatureDoesNotMatch",
        ),
        (
            {"region": "eu-west-1"},
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "AuthorizationHeaderMalformed",
        ),
        (
            {"by": Credential(FUNCTION.access_key, FUNCTION.secret, "another token")},
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidToken",
        ),
        (
            {"by": Credential(FUNCTION.access_key, FUNCTION.secret)},
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidToken",
        ),
        (
            {"by": Credential("test", "test")},
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
        ),
        (
            {"by": Credential("000000000000", "test")},
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
        ),
    ],
)
def test_a_wrong_credential_gets_the_code_that_aws_gives(gate, wrong, as_json, as_query, as_s3):
    assert code(gate, signed(headers=RPC, service="dynamodb", **wrong)) == as_json
    assert code(gate, signed(headers=FORM, **wrong)) == as_query
    assert code(gate, signed(service="s3", **wrong)) == as_s3


def test_a_body_that_was_changed_is_refused(gate):
    for service in ("dynamodb", "s3"):
        assert code(gate, signed(body=b"1", service=service), b"2")
    head = signed(body=b"1", headers={"X-Amz-Content-SHA256": "0" * 64}, service="lambda")
    assert code(gate, head, b"1")
    for payload in (signatures.UNSIGNED, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"):
        head = signed(body=b"1", headers={"X-Amz-Content-SHA256": payload}, service="lambda")
        assert code(gate, head, b"1")


def test_anything_else_that_was_changed_is_refused(gate):
    head = signed("GET", "/a?b=1", headers={"X-Amz-Target": "Get"}, service="lambda")
    assert code(gate, head) == ""
    for other in (
        Head("DELETE", head.target, head.fields),
        Head("GET", "/b?b=1", head.fields),
        Head("GET", "/a?b=2", head.fields),
        changed(head, x_amz_target="Delete"),
        changed(head, x_amz_target=None),
        changed(head, host="localhost:4566"),
        changed(head, x_amz_meta_more="not signed"),
    ):
        assert code(gate, other)


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24 * 365])
def test_a_request_of_another_time_is_refused(gate, minutes, monkeypatch):
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr(auth, "get_current_datetime", lambda: moment)
    assert code(gate, signed(headers=RPC, service="dynamodb")) == "InvalidSignatureException"
    assert code(gate, signed(service="s3")) == "RequestTimeTooSkewed"


def test_a_link_is_good_until_it_expires(gate, monkeypatch):
    def link(age_seconds: int, good_for_seconds: int) -> Head:
        moment = datetime.now(UTC) - timedelta(seconds=age_seconds)
        monkeypatch.setattr(auth, "get_current_datetime", lambda: moment)

        def signer(*names):
            return auth.S3SigV4QueryAuth(*names, expires=good_for_seconds)

        return signed("GET", "/bucket/key", service="s3", signer=signer)

    assert code(gate, link(3000, 3600)) == ""
    assert code(gate, link(3700, 3600)) == "RequestTimeTooSkewed"
    assert code(gate, link(0, 8 * 24 * 3600)), "a week at most"
    assert code(gate, Head("PUT", link(0, 60).target, link(0, 60).fields)), "for one method"


@pytest.mark.parametrize("header", ["", "Basic dGVzdDp0ZXN0", "Bearer x"])
def test_who_signs_nothing_is_not_let_in(gate, header):
    head = Head.of("GET", "/", [("Host", HOST), ("Authorization", header)])
    assert code(gate, head) == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(
    "header",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=test",
        "AWS4-ECDSA-P256-SHA256 Credential=test/20260101/s3/aws4_request, Signature=0",
        "AWS AKIAOWNER:0",
        (
            "AWS4-HMAC-SHA256 Credential=AKIAOWNER/20260101/us-east-2/sts/aws4_request, "
            f"SignedHeaders=x-amz-date, Signature={'0' * 64}"
        ),
    ],
)
def test_half_a_signature_is_incomplete(gate, header):
    head = Head.of("GET", "/", [("Host", HOST), ("Authorization", header)])
    assert code(gate, head) == "IncompleteSignatureException"


def test_no_server_behind_the_gate_can_read_another_key_in_a_request(gate):
    """ministack looks for `Credential=` anywhere in the header, and for the first of two."""
    head = signed(by=FUNCTION)
    theirs = head.first("authorization")
    for header in (
        theirs.replace("Credential=", "X=Credential=AKIAOWNER/x, Credential="),
        theirs + ", Credential=AKIAOWNER/x/x/x/x",
        theirs.replace("SignedHeaders=", "SignedHeaders=Credential=AKIAOWNER/;"),
    ):
        assert code(gate, changed(head, authorization=header)) == "IncompleteSignatureException"
    link = signed("GET", "/", signer=auth.SigV4QueryAuth, by=FUNCTION)
    for more in (
        "X-Amz-Credential=AKIAOWNER/x",
        "x-amz-credential=AKIAOWNER/x",
        "X-Amz-Credentia%6C=AKIAOWNER/x",
        "AWSAccessKeyId=AKIAOWNER",
    ):
        for target in (f"{link.target}&{more}", f"/?{more}&{link.query}"):
            assert code(gate, Head("GET", target, link.fields)) == "IncompleteSignatureException"
        assert code(gate, Head(head.method, f"/?{more}", head.fields))
    twice = Head(head.method, head.target, (*head.fields, ("authorization", theirs)))
    assert code(gate, twice) == "AccessDeniedException"


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
