"""Requests are read by the service model as AWS reads them, and what it forbids is refused."""

import base64
import json
import re
from datetime import UTC, datetime
from http.client import HTTPMessage
from urllib.parse import urlencode

import boto3
import pytest
from botocore.serialize import create_serializer

from workshop.localcloud.lambda_api.errors import LambdaError
from workshop.localcloud.lambda_api.model import Model

ARN = "arn:aws:lambda:us-east-2:000000000000:function:f:1/durable-execution/name/id"
CHECKPOINT = f"/2025-12-01/durable-executions/{ARN.replace('/', '%2F')}/checkpoint"
FUNCTIONS = "/2015-03-31/functions"
INVOKE = f"{FUNCTIONS}/f/invocations"
LIST = "/2025-12-01/functions/f/durable-executions"
TAGS = "/2017-03-31/tags/arn:aws:lambda:us-east-2:000000000000:function:f"
SERVICE = boto3.client("lambda", region_name="us-east-2").meta.service_model
ROLE = "arn:aws:iam::000000000000:role/r"
LAYER = "arn:aws:lambda:us-east-2:000000000000:layer:a"


@pytest.fixture(scope="module")
def model():
    return Model(SERVICE)


@pytest.fixture
def read(model):
    """Reads a request: ``read("GET", target)``."""

    def reader(method, target, body=b"", headers=()):
        message = HTTPMessage()
        for name, text in headers:
            message[name] = text
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return model.read(method, target, message, content)

    return reader


@pytest.fixture
def refusal(read):
    """The error that a request gets."""

    def refused(*request, **parts):
        with pytest.raises(LambdaError) as error:
            read(*request, **parts)
        return error.value

    return refused


WORDS = [
    *(
        "1",
        "a",
        "live",
        "*",
        "subnet-1",
        "sg-1",
        "o-1234567890",
        "lambda:GetLayerVersion",
        "1" * 36,
    ),
    *("00000000-0000-0000-0000-000000000000", ROLE, ARN, ARN.partition("/")[0], f"{LAYER}:1"),
    "arn:aws:lambda:us-east-2:000000000000:code-signing-config:csc-00000000000000000",
    "arn:aws:signer:us-east-2:000000000000:/signing-profiles/name/0123456789",
]


def example(shape):
    """A value that satisfies a shape."""
    match shape.type_name:
        case "structure":
            return {name: example(shape.members[name]) for name in shape.required_members}
        case "list":
            return [example(shape.member)]
        case "map":
            return {}
        case "blob":
            return b"{}"
        case "string":
            pattern = re.compile(re.sub(r"\\p\{\w}", "a-z", shape.metadata.get("pattern", ".*")))
            fitting = [word for word in WORDS if pattern.fullmatch(word)]
            length = shape.metadata.get("min", 0)
            return next(w for w in shape.enum or fitting if len(w) >= length)
        case _:
            return shape.metadata.get("min", 1)


@pytest.mark.parametrize("name", SERVICE.operation_names)
def test_every_operation_is_read_as_botocore_writes_it(read, name):
    operation = SERVICE.operation_model(name)
    parameters = example(operation.input_shape)
    made = create_serializer("rest-json").serialize_to_request(parameters, operation)
    query = urlencode(made["query_string"], doseq=True)
    target = f"{made['url_path']}{'&' if '?' in made['url_path'] else '?'}{query}"
    found = read(made["method"], target, made["body"], made["headers"].items())
    assert found.operation == name
    assert found.parameters.items() >= parameters.items()


def test_a_request_is_read_by_the_service_model(read):
    request = read("POST", CHECKPOINT, {"CheckpointToken": "dG9rZW4="})
    assert request.operation == "CheckpointDurableExecution"
    assert request.parameters == {"DurableExecutionArn": ARN, "CheckpointToken": "dG9rZW4="}


def test_numbers_flags_times_and_lists_are_read_from_the_query(read):
    target = f"{LIST}?MaxItems=5&ReverseOrder=true&StartedAfter=2026-01-01T00%3A00%3A00Z"
    request = read("GET", f"{target}&Statuses=RUNNING&Statuses=FAILED")
    assert request.parameters == {
        "FunctionName": "f",
        "MaxItems": 5,
        "ReverseOrder": True,
        "StartedAfter": datetime(2026, 1, 1, tzinfo=UTC),
        "Statuses": ["RUNNING", "FAILED"],
    }


@pytest.mark.parametrize("name", ["X-Amz-Invocation-Type", "x-amz-invocation-type"])
def test_a_header_has_its_name_in_any_case(read, name):
    parameters = read("POST", f"{INVOKE}/?Qualifier=live", b"{}", [(name, "Event")]).parameters
    assert parameters["InvocationType"] == "Event"
    assert parameters["Qualifier"] == "live"


def test_what_the_model_does_not_know_is_ignored_as_aws_ignores_it(read):
    body = {
        "CheckpointToken": "dA==",
        "Coupon": {"a": 1},
        "Updates": [{"Id": "a", "Type": "STEP", "Action": "START", "Mood": 1, "Name": None}],
    }
    parameters = read("POST", f"{CHECKPOINT}?Mood=1", body).parameters
    assert parameters["Updates"] == [{"Id": "a", "Type": "STEP", "Action": "START"}]
    assert "Coupon" not in parameters


def test_an_address_with_a_fixed_query_is_another_operation(read):
    layer = read("GET", f"/2018-10-31/layers?find=LayerVersion&Arn={LAYER}:1")
    assert layer.operation == "GetLayerVersionByArn"
    assert read("GET", "/2018-10-31/layers").operation == "ListLayers"


def test_names_and_descriptions_may_be_in_any_language(read):
    tags = {"Käse": "咖啡"}
    assert read("POST", TAGS, {"Tags": tags}).parameters["Tags"] == tags
    alias = {"Name": "live", "FunctionVersion": "1", "Description": "咖啡" * 128}
    assert read("POST", f"{FUNCTIONS}/f/aliases", alias)


def test_code_travels_in_base64(read, refusal):
    function = {"FunctionName": "f", "Role": ROLE}
    content = base64.b64encode(b"PK").decode()
    assert read("POST", FUNCTIONS, function | {"Code": {"ZipFile": content}})
    refused = refusal("POST", FUNCTIONS, function | {"Code": {"ZipFile": "no base64!"}})
    assert "'code.zipFile' failed to satisfy constraint: Member must be Base64" in refused.message


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"[]", "must be a JSON object"),
        (b"{nonsense", "must be a JSON object"),
        (b'{"CheckpointToken": NaN}', "must be a JSON object"),
        (b'{"CheckpointToken": "\xff"}', "must be UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{}", "'checkpointToken' failed to satisfy constraint: Member must not be null"),
        (b'{"CheckpointToken": 1}', "Member must be of type string"),
        (b'{"CheckpointToken": "no token"}', "regular expression pattern"),
        (b'{"CheckpointToken": "dA==", "ClientToken": "\\ud800"}', "surrogate"),
        (b'{"CheckpointToken": "dA==", "Updates": [null]}', "'updates.1.member' failed"),
        (b'{"CheckpointToken": "dA==", "Updates": [{"Id": "a"}]}', "updates.1.member.type"),
    ],
)
def test_a_body_that_the_model_forbids_is_refused(refusal, body, complaint):
    error = refusal("POST", CHECKPOINT, body)
    assert complaint in error.message
    assert (error.status, error.code) == (400, "InvalidParameterValueException")


@pytest.mark.parametrize(
    ("update", "complaint"),
    [
        ({"Type": "NAP"}, "enum value set"),
        ({"Type": "WAIT", "WaitOptions": {"WaitSeconds": 0}}, "Value '0' at 'updates.1.member.w"),
        ({"Type": "WAIT", "WaitOptions": {"WaitSeconds": 2**40}}, "be of type integer"),
        ({"Type": "WAIT", "WaitOptions": {"WaitSeconds": True}}, "be of type integer"),
        ({"Type": "STEP", "Error": {"StackTrace": ["\udfff"]}}, "error.stackTrace.1.member"),
    ],
)
def test_an_update_that_the_model_forbids_is_refused(refusal, update, complaint):
    update = {"Id": "a", "Action": "START", **update}
    error = refusal("POST", CHECKPOINT, {"CheckpointToken": "dA==", "Updates": [update]})
    assert complaint in error.message


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("MaxItems=many", "whole number"),
        ("MaxItems=1_0", "whole number"),
        ("MaxItems=" + "9" * 5000, "whole number"),
        ("MaxItems=9999999999", "be of type integer"),
        ("MaxItems=1&MaxItems=2", "must be given once"),
        ("ReverseOrder=perhaps", "true or false"),
        ("StartedAfter=never", "must be a timestamp"),
        ("StartedAfter=0001-01-01T00:00:00%2B14:00", "must be a timestamp"),
        ("StartedAfter=1e300", "must be a timestamp"),
        ("Marker=%ff", "UTF-8"),
        ("Marker=%zz", "percent-encoded"),
        ("Marker=\xff", "percent-encoded"),
        ("Qualifier=", "greater than or equal to 1"),
        ("Qualifier=%D9%A1", "pattern"),
    ],
)
def test_a_query_that_the_model_forbids_is_refused(refusal, query, complaint):
    assert complaint in refusal("GET", f"{LIST}?{query}").message


@pytest.mark.parametrize(
    "header",
    [
        ("X-Amz-Invocation-Type", "Nonsense"),
        ("X-Amz-Log-Type", ""),
        ("X-Amz-Durable-Execution-Name", "a/b"),
        ("X-Amz-Client-Context", "\xff"),
        ("X-Any", "folded\r\n line"),
    ],
)
def test_a_header_that_the_model_forbids_is_refused(refusal, header):
    error = refusal("POST", INVOKE, b"{}", [header])
    assert (error.status, error.code) == (400, "InvalidParameterValueException")


@pytest.mark.parametrize("payload", [b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_an_event_must_be_json(refusal, payload):
    error = refusal("POST", INVOKE, payload)
    assert (error.status, error.code) == (400, "InvalidRequestContentException")


def test_an_operation_that_declares_no_such_error_refuses_as_aws_does(refusal):
    assert refusal("GET", "/2016-08-19/account-settings?a=%", b"").code == "ValidationException"


@pytest.mark.parametrize("target", ["/2025-12-01/nonsense", "*", "http://a/", "//[", f"{INVOKE}/a"])
def test_an_unknown_address_is_not_found(refusal, target):
    assert refusal("POST", target).status == 404
