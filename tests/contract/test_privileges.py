"""Nobody can do more than their key allows, whatever else a request says of itself."""

import http.client
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.signing import signed_link
from workshop.aws.target import Target
from workshop.localcloud import client, state

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT = {"Content-Type": "text/plain"}
SCAN = {"X-Amz-Target": "DynamoDB_20120810.Scan", "Content-Type": "application/x-amz-json-1.0"}
TABLE = b'{"TableName": "privileges"}'
CREATE_USER = b"Action=CreateUser&UserName=intruder&Version=2010-05-08"
INVOKE = "/2015-03-31/functions/{}/invocations"
CONFIGURE = "/2015-03-31/functions/{}/configuration"


@pytest.fixture(scope="module")
def table(target: Target) -> None:
    """A table with an item that not everybody may see."""
    dynamodb = target.client("dynamodb")
    dynamodb.create_table(
        TableName="privileges",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="privileges", Item={"id": {"S": "not for everybody"}})


@pytest.fixture(scope="module")
def weak(target: Target, table) -> boto3.Session:
    """A session of a role that may read one item at a time, and save an execution's progress."""
    iam = target.client("iam")
    allowed = {"Effect": "Allow", "Resource": "*"}
    may = allowed | {"Action": ["dynamodb:GetItem", "lambda:CheckpointDurableExecution"]}
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="weak", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )["Role"]
    iam.put_role_policy(
        RoleName="weak", PolicyName="p", PolicyDocument=json.dumps({"Statement": [may]})
    )
    keys = target.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="test")
    own = keys["Credentials"]
    return boto3.Session(
        own["AccessKeyId"], own["SecretAccessKey"], own["SessionToken"], target.region
    )


def send(
    part: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, bytes]:
    port = state.read().ports[part]
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture(scope="module")
def ask(target: Target, weak: boto3.Session) -> Callable[..., tuple[int, bytes]]:
    """Send a request that is signed by the weak session."""

    def signed(service, method, path, headers, body, part="ministack"):
        keys = weak.get_credentials().get_frozen_credentials()
        url = f"http://127.0.0.1:{state.read().ports[part]}{path}"
        request = AWSRequest(method, url, headers, body)
        credentials = Credentials(keys.access_key, keys.secret_key, keys.token)
        SigV4Auth(credentials, service, target.region).add_auth(request)
        return send(part, method, path, dict(request.headers.items()), body)

    return signed


def test_what_a_role_allows_is_allowed_and_nothing_else(target, weak):
    session = weak.client("dynamodb", endpoint_url=target.variables["AWS_ENDPOINT_URL"])
    key = {"id": {"S": "not for everybody"}}
    assert session.get_item(TableName="privileges", Key=key)["Item"] == key
    with pytest.raises(ClientError, match="AccessDenied"):
        session.scan(TableName="privileges")


@pytest.mark.parametrize(
    ("service", "method", "path", "headers", "body"),
    [
        ("dynamodb", "POST", "/", SCAN, TABLE),
        ("dynamodb", "POST", "/?Action=GetItem", SCAN, TABLE),
        ("iam", "POST", "/", FORM, CREATE_USER),
        ("iam", "POST", "/", TEXT, CREATE_USER),
        ("iam", "POST", "/?Action=GetItem", TEXT, CREATE_USER),
        ("cloudformation", "POST", "/", TEXT, b"Action=ListStacks&Version=2010-05-15"),
        ("dynamodb", "POST", "/", {**TEXT, "X-Amz-Target": "x.GetItem"}, CREATE_USER),
    ],
)
def test_an_action_cannot_pass_for_another(ask, target, service, method, path, headers, body):
    status, answer = ask(service, method, path, headers, body)
    assert status in (400, 403), answer
    assert b"not for everybody" not in answer
    users = [user["UserName"] for user in target.client("iam").list_users()["Users"]]
    assert "intruder" not in users


@pytest.mark.parametrize("part", ["ministack", "lambda"])
@pytest.mark.parametrize("path", [INVOKE, CONFIGURE])
def test_a_function_cannot_be_run_or_changed_under_another_name(ask, functions, part, path):
    path = path.format(functions["Plain"])
    method = "POST" if path.endswith("invocations") else "PUT"
    also = {"X-Amz-Target": "x.CheckpointDurableExecution", "Content-Type": "application/json"}
    for more, headers in (("?Action=CheckpointDurableExecution", {}), ("", also), ("", {})):
        status, answer = ask("lambda", method, path + more, headers, b"{}", part)
        assert status == 403, answer


def test_executions_are_listed_only_for_who_may_list_them(target, weak, functions):
    session = weak.client("lambda", endpoint_url=target.variables["AWS_ENDPOINT_URL_LAMBDA"])
    with pytest.raises(ClientError, match="AccessDenied"):
        session.list_durable_executions_by_function(FunctionName=functions["Short"])


@pytest.fixture(scope="module")
def api_key(target: Target) -> Iterator[str]:
    """The key of a client of a deployed API."""
    apigateway = target.client("apigateway")
    made = apigateway.create_api_key(name="privileges", enabled=True)
    yield made["value"]
    apigateway.delete_api_key(apiKey=made["id"])


@pytest.mark.parametrize("path", ["", "x", "x/"])
def test_an_api_key_is_good_for_nothing_but_apis(target, api_key, path):
    headers = {"x-api-key": api_key, "Authorization": "x Credential=a/b/c/iam/", **TEXT}
    status, answer = send("ministack", "POST", f"/_aws/execute-api/{path}", headers, CREATE_USER)
    assert status == 403, answer
    users = [user["UserName"] for user in target.client("iam").list_users()["Users"]]
    assert "intruder" not in users
    status, _ = send("ministack", "POST", "/_aws/execute-api/x/y/z", headers, CREATE_USER)
    assert status in (403, 404), "there is no such API"


def test_a_link_to_an_object_is_good_for_nothing_else(target, table):
    s3 = target.client("s3")
    here = {"LocationConstraint": target.region}
    s3.create_bucket(Bucket="privileges", CreateBucketConfiguration=here)
    endpoint = target.variables["AWS_ENDPOINT_URL"]
    link = signed_link(target, "POST", f"{endpoint}/privileges/key", "s3")
    path = link.removeprefix(endpoint)
    status, answer = send("ministack", "POST", path, SCAN, TABLE)
    assert status == 403, answer
    action = re.sub(r"\?", "?Action=ListUsers&", path)
    status, answer = send("ministack", "POST", action, FORM, b"")
    assert status == 403, answer


def test_a_port_proves_only_for_itself(target, monkeypatch):
    """Whoever takes one port could otherwise pass on a request, and the other's proof with it."""
    other = http.client.HTTPConnection
    ports = state.read().ports
    ask = partial(client.ask, ports["ministack"], "POST", "/_workshop/credential", b"AKIANOBODY")
    assert ask()[0] == 404
    monkeypatch.setattr(
        http.client,
        "HTTPConnection",
        lambda host, _port, **options: other(host, ports["lambda"], **options),
    )
    with pytest.raises(client.NotOurs):
        ask()
