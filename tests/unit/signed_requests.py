"""Requests as botocore signs them, and what the gate says of each."""

import json
from urllib.parse import urlsplit

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from workshop.localcloud.gate import refusals
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
