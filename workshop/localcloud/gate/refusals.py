"""Refusals: in AWS's words, and in the form that the client reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from .requests import Head

Reason = Literal["foreign", "missing", "incomplete", "unknown", "token", "time", "scope", "wrong"]
Form = Literal["json", "query", "s3"]

UNKNOWN = "The security token included in the request is invalid."
WRONG = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)
# AWS's error codes, by the protocol of the service: JSON, the query protocol, and S3.
CODES: dict[Reason, dict[Form, str]] = {
    "foreign": {"json": "AccessDeniedException", "query": "AccessDenied", "s3": "AccessDenied"},
    "missing": {
        "json": "MissingAuthenticationTokenException",
        "query": "MissingAuthenticationToken",
        "s3": "AccessDenied",
    },
    "incomplete": {
        "json": "IncompleteSignatureException",
        "query": "IncompleteSignature",
        "s3": "AuthorizationHeaderMalformed",
    },
    "unknown": {
        "json": "UnrecognizedClientException",
        "query": "InvalidClientTokenId",
        "s3": "InvalidAccessKeyId",
    },
    "token": {
        "json": "UnrecognizedClientException",
        "query": "InvalidClientTokenId",
        "s3": "InvalidToken",
    },
    "time": {
        "json": "InvalidSignatureException",
        "query": "SignatureDoesNotMatch",
        "s3": "RequestTimeTooSkewed",
    },
    "scope": {
        "json": "InvalidSignatureException",
        "query": "SignatureDoesNotMatch",
        "s3": "AuthorizationHeaderMalformed",
    },
    "wrong": {
        "json": "InvalidSignatureException",
        "query": "SignatureDoesNotMatch",
        "s3": "SignatureDoesNotMatch",
    },
}
MALFORMED = {"AuthorizationHeaderMalformed", "InvalidToken"}


class Refusal(Exception):
    """A request that the gate refuses, and why."""

    def __init__(self, reason: Reason, message: str, service: str = "") -> None:
        super().__init__(message)
        self.reason, self.message, self.service = reason, message, service


@dataclass(frozen=True)
class Answer:
    """The response to a refused request."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(refusal: Refusal, head: Head) -> Answer:
    """Return the response that AWS's clients turn into the same error as on AWS."""
    form = _form(refusal.service, head)
    code = CODES[refusal.reason][form]
    if form == "json":
        rpc = "x-amz-target" in head.headers and refusal.reason != "foreign"
        body = {"__type": code, "message": refusal.message, "Message": refusal.message}
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
        return Answer(400 if rpc else 403, headers, json.dumps(body).encode())
    fields = f"<Code>{code}</Code><Message>{escape(refusal.message)}</Message>"
    if form == "query":
        fields = f"<ErrorResponse><Error><Type>Sender</Type>{fields}</Error></ErrorResponse>"
    else:
        fields = f"<Error>{fields}</Error>"
    status = 400 if code in MALFORMED else 403
    return Answer(status, {"Content-Type": "text/xml"}, fields.encode())


def _form(service: str, head: Head) -> Form:
    if service == "s3":
        return "s3"
    urlencoded = head.first("content-type").startswith("application/x-www-form-urlencoded")
    return "query" if urlencoded else "json"
