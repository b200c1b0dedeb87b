"""What a foreign page would like to do to the local cloud, and to read from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

from tests.browser.attacker import Request
from tests.browser.victim import OBJECTS, Victim

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
ROLE = "arn:aws:iam::000000000000:role/any"
TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
REGION = "<LocationConstraint>us-east-2</LocationConstraint>"
BUCKET = f"<CreateBucketConfiguration>{REGION}</CreateBucketConfiguration>"
Change = Callable[[Victim, str], list[Request]]


def create_a_stack(victim: Victim, by: str) -> list[Request]:
    """Run code of the page's choice as the learner: a function, and a resource that calls it."""
    fields = _creation(victim, by)
    return [Request("POST", "/", "cloudformation", fields=fields, type=URLENCODED, forged=True)]


def create_a_stack_by_an_address(victim: Victim, by: str) -> list[Request]:
    """The same with nothing in the body, so that an image can do it."""
    path = f"/?{urlencode(_creation(victim, by))}"
    return [Request(method, path, "cloudformation", forged=True) for method in ("GET", "POST")]


def create_a_bucket(victim: Victim, by: str) -> list[Request]:
    return [Request("PUT", f"/{by}", "s3", BUCKET)]


def put_an_object(victim: Victim, by: str) -> list[Request]:
    return [Request("PUT", f"/{victim.outputs['Bucket']}/{by}", "s3", "stolen")]


def upload_an_object(victim: Victim, by: str) -> list[Request]:
    """A form of the kind that S3 has for web pages."""
    fields = {"key": by, "file": "stolen"}
    path = f"/{victim.outputs['Bucket']}"
    return [Request("POST", path, "s3", fields=fields, type=MULTIPART)]


def create_a_table(victim: Victim, by: str) -> list[Request]:
    body = json.dumps({**TABLE, "TableName": by})
    headers = {"X-Amz-Target": "DynamoDB_20120810.CreateTable"}
    return [Request("POST", "/", "dynamodb", body, headers=headers)]


def invoke_a_function(victim: Victim, by: str) -> list[Request]:
    return [Request("POST", _invocations(victim.outputs["Ordinary"]), body=_event(by))]


def start_an_execution(victim: Victim, by: str) -> list[Request]:
    return [Request("POST", _invocations(f"{victim.outputs['Durable']}:live"), body=_event(by))]


def call_a_deployed_api(victim: Victim, by: str) -> list[Request]:
    path = f"/_aws/execute-api/{victim.outputs['Api']}/Prod/{by}"
    return [Request(method, path, "execute-api") for method in ("GET", "POST")]


def set_the_clock(victim: Victim, by: str) -> list[Request]:
    return [Request(method, "/_workshop/clock", body="real") for method in ("POST", "PUT")]


CHANGES: dict[str, Change] = {
    "stack": create_a_stack,
    "address": create_a_stack_by_an_address,
    "bucket": create_a_bucket,
    "object": put_an_object,
    "upload": upload_an_object,
    "table": create_a_table,
    "call": invoke_a_function,
    "execution": start_an_execution,
    "api": call_a_deployed_api,
    "clock": set_the_clock,
}


RESET = Request("POST", "/_ministack/reset")


def looks(victim: Victim) -> Iterator[Request]:
    """Requests whose answers tell something of the cloud."""
    outputs = victim.outputs
    for path in (
        "/_workshop/health",
        "/_workshop/clock",
        "/_ministack/health",
        "/_ministack/ready",
        "/_localstack/health",
        "/health",
        f"/_ministack/lambda-code/{outputs['Ordinary']}",
        f"/_aws/execute-api/{outputs['Api']}/Prod/look",
        f"/_aws/execute-api/{outputs['Sockets']}/live",
        "/2015-03-31/functions/",
        f"/2015-03-31/functions/{outputs['Ordinary']}",
        f"/2025-12-01/functions/{outputs['Durable']}/durable-executions",
    ):
        yield Request("GET", path)
    yield Request("GET", "/?Action=DescribeStacks&Version=2010-05-15", "cloudformation")
    for path in ("", *OBJECTS):
        yield Request("GET", f"/{outputs['Bucket']}/{path}", "s3")
    yield Request("POST", "/_workshop/crash", body="arn")
    yield Request("POST", "/_workshop/fork", body="{}")
    yield Request("POST", "/_ministack/config", body="{}")
    yield Request("POST", _invocations(outputs["Ordinary"]), body=_event("look"))


def _creation(victim: Victim, by: str) -> dict[str, str]:
    mark = str(victim.marks / by)
    code = f"import pathlib\ndef handler(event, context):\n    pathlib.Path({mark!r}).touch()"
    function = {"Handler": "index.handler", "Runtime": "python3.13", "Role": ROLE}
    resources = {
        "Code": {
            "Type": "AWS::Lambda::Function",
            "Properties": {**function, "Code": {"ZipFile": code}},
        },
        "Run": {"Type": "Custom::Run", "Properties": {"ServiceToken": {"Fn::GetAtt": "Code.Arn"}}},
    }
    return {
        "Action": "CreateStack",
        "Version": "2010-05-15",
        "StackName": by,
        "TemplateBody": json.dumps({"Resources": resources}),
    }


def _invocations(function: str) -> str:
    return f"/2015-03-31/functions/{quote(function)}/invocations"


def _event(by: str) -> str:
    """JSON that is still JSON when a form sends it as the name of a field, "=" and a value."""
    return json.dumps({"by": by, "sign": "="})
