"""AWS's tools at the local cloud's door: let in with its credentials, refused in AWS's words."""

import json
import shutil
import socket
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.auth
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.contract.waiting import until
from workshop import localcloud
from workshop.aws.target import Target
from workshop.localcloud import client as cloud
from workshop.localcloud import state
from workshop.localcloud.gate import signing

CALLS: dict[str, Callable[[Any], Any]] = {
    "dynamodb": lambda client: client.list_tables(),
    "lambda": lambda client: client.list_functions(),
    "s3": lambda client: client.list_buckets(),
    "sts": lambda client: client.get_caller_identity(),
}
WRONG_SIGNATURE = {
    "dynamodb": "InvalidSignatureException",
    "lambda": "InvalidSignatureException",
    "s3": "SignatureDoesNotMatch",
    "sts": "SignatureDoesNotMatch",
}


@pytest.fixture
def caller(target: Target) -> Callable[..., Any]:
    """Make a boto3 client: ``caller("s3", secret="wrong")``."""

    def make(service: str, key: str = "", secret: str = "", region: str = target.region) -> Any:
        variables = target.variables
        specific = variables.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        return boto3.client(
            service,
            endpoint_url=specific or variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=key or variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret or variables["AWS_SECRET_ACCESS_KEY"],
            region_name=region,
            config=Config(retries={"total_max_attempts": 1}),
        )

    return make


def refusal(service: str, client: Any) -> str:
    with pytest.raises(ClientError) as caught:
        CALLS[service](client)
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize("service", CALLS)
def test_boto3_is_let_in_and_wrong_callers_get_awss_codes(caller, service, monkeypatch):
    CALLS[service](caller(service))
    assert refusal(service, caller(service, secret="wrong")) == WRONG_SIGNATURE[service]
    unknown = {"s3": "InvalidAccessKeyId", "sts": "InvalidClientTokenId"}
    expected = unknown.get(service, "UnrecognizedClientException")
    assert refusal(service, caller(service, key="test", secret="test")) == expected
    elsewhere = refusal(service, caller(service, region="eu-west-1"))
    assert elsewhere == {"s3": "AuthorizationHeaderMalformed"}.get(
        service, WRONG_SIGNATURE[service]
    )
    past = datetime.now(UTC) - timedelta(minutes=20)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: past)
    too_old = {"s3": "RequestTimeTooSkewed"}.get(service, WRONG_SIGNATURE[service])
    assert refusal(service, caller(service)) == too_old


@pytest.mark.parametrize("service", ["dynamodb", "lambda", "s3"])
def test_a_body_that_was_changed_on_the_way_is_refused(caller, service):
    changing = caller(service)

    def change(request, **_):
        request.body = b'{"changed": true}'
        request.headers["Content-Length"] = str(len(request.body))

    changing.meta.events.register("before-send", change)
    calls = {
        "dynamodb": lambda: changing.describe_table(TableName="orders"),
        "lambda": lambda: changing.invoke(FunctionName="f", Payload=b"{}"),
        "s3": lambda: changing.put_object(Bucket="b", Key="k", Body=b"{}"),
    }
    with pytest.raises(ClientError) as caught:
        calls[service]()
    assert caught.value.response["Error"]["Code"] == WRONG_SIGNATURE[service]


def test_a_presigned_link_is_good_for_only_its_object(caller):
    s3 = caller("s3")
    here = {"LocationConstraint": s3.meta.region_name}
    s3.create_bucket(Bucket="links", CreateBucketConfiguration=here)
    s3.put_object(Bucket="links", Key="a", Body=b"one")
    s3.put_object(Bucket="links", Key="b", Body=b"two")
    link = s3.generate_presigned_url("get_object", Params={"Bucket": "links", "Key": "a"})
    assert got(link) == b"one"
    assert b"SignatureDoesNotMatch" in got(link.replace("/a?", "/b?"))
    assert b"Missing Authentication Token" in got(link.partition("?")[0])


def got(link: str) -> bytes:
    """What a browser gets, which signs nothing."""
    return urllib3.request("GET", link, retries=False).data


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_signs_as_aws_does(target):
    variables = target.variables
    user = f"{variables['AWS_ACCESS_KEY_ID']}:{variables['AWS_SECRET_ACCESS_KEY']}"

    def curl(*words: str, user: str = user) -> str:
        command = ["curl", "-sS", "--user", user, *words]
        return subprocess.check_output(command, text=True)

    sts = ["--aws-sigv4", "aws:amz:us-east-2:sts", variables["AWS_ENDPOINT_URL"]]
    identity = ["-d", "Action=GetCallerIdentity&Version=2011-06-15"]
    assert ":root</Arn>" in curl(*sts, *identity)
    assert "SignatureDoesNotMatch" in curl(*sts, *identity, user=user + "x")
    functions = variables["AWS_ENDPOINT_URL_LAMBDA"] + "/2015-03-31/functions/"
    assert "Functions" in json.loads(curl("--aws-sigv4", "aws:amz:us-east-2:lambda", functions))


def test_a_functions_code_is_downloaded_only_by_its_link(caller, functions):
    found = caller("lambda").get_function(FunctionName=functions["Short"])
    link = found["Code"]["Location"]
    assert got(link).startswith(b"PK")
    assert b"Missing Authentication Token" in got(link.partition("?")[0])


def test_a_custom_resource_answers_by_its_link(functions):
    assert functions["Answered"] == "yes"


def test_a_function_cannot_sign_with_what_can_be_guessed(caller, call):
    seen = json.loads(call("Environment", {})["Payload"].read())
    key = seen["AWS_ACCESS_KEY_ID"]
    assert refusal("sts", caller("sts", key=key, secret="guess")) == "InvalidClientTokenId"
    secrets = {seen["AWS_SECRET_ACCESS_KEY"], seen["AWS_SESSION_TOKEN"]}
    assert len(secrets) == 2
    assert min(map(len, secrets)) >= 40


@pytest.fixture
def half_open() -> Any:
    """Many connections that begin a request and never finish it."""
    lines = [b"", b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9\r\nHost: a\r\n\r\n"]
    opened = []
    for port in state.read().ports.values():
        for number in range(150):
            opened.append(socket.create_connection(("127.0.0.1", port)))
            opened[-1].sendall(lines[number % 3])
    yield opened
    for connection in opened:
        connection.close()


def test_slow_and_half_open_requests_hold_nobody_up(caller, half_open):
    for service, call in CALLS.items():
        call(caller(service))
    assert localcloud.status().running


def test_a_request_that_says_it_is_huge_is_refused_unread(target):
    for port in state.read().ports.values():
        headers = signing.signed(cloud.owner(), target.region, "POST", f"http://127.0.0.1:{port}/")
        lines = [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Host: 127.0.0.1:{port}", f"Content-Length: {10**12}"]
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall("\r\n".join(["POST / HTTP/1.1", *lines, "", ""]).encode())
            assert connection.recv(100).split()[1] == b"413"


def test_a_connection_that_sends_nothing_is_closed(target):
    with socket.create_connection(("127.0.0.1", state.read().ports["lambda"])) as connection:
        connection.settimeout(60)
        until(lambda: connection.recv(1) == b"", "the end of the connection")
