"""Who is let in by their signature, and with which code others are turned away."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore import auth

from tests.unit.signed_requests import FORM, FUNCTION, HOST, OWNER, RPC, changed, code, signed
from workshop.localcloud.gate import signatures
from workshop.localcloud.gate.credentials import Credential
from workshop.localcloud.gate.requests import Head


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
