"""Durable functions are started by APIs, by the same rules as by Invoke."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from tests.contract.deploying import deploy
from tests.contract.waiting import ended, until
from tests.signing import signed_headers
from workshop.aws import stack
from workshop.aws.target import Target

HERE = Path(__file__).parent / "apis"
QUICKLY = {"Delay": 1, "MaxAttempts": 60}


@pytest.fixture(scope="module")
def apis(target: Target) -> dict[str, str]:
    """The ids of what is deployed."""
    return deploy(target, HERE, "apis")


@pytest.fixture
def ask(target):
    """Send a signed request to a path of the local cloud."""

    def send(
        method: str, path: str, body: object = b"", headers: dict[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        url = target.variables["AWS_ENDPOINT_URL"] + path
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        own = {"Content-Type": "application/json", **(headers or {})}
        signed = signed_headers(target, method, url, sent, "execute-api", own)
        return urllib3.request(method, url, body=sent, headers=signed, retries=False, timeout=60)

    return send


@pytest.fixture
def rest(ask, apis):
    """Send a request to a path of a REST API, by what it is for."""

    def send(
        name: str, path: str, *request: Any, method: str = "POST", **others: Any
    ) -> urllib3.BaseHTTPResponse:
        stage = "Prod" if name == "Rest" else "live"
        return ask(method, f"/_aws/execute-api/{apis[name]}/{stage}{path}", *request, **others)

    return send


@pytest.fixture
def executions(client, apis):
    """The executions of a function, by what it is for."""

    def find(name: str) -> list[dict[str, Any]]:
        pages = client.get_paginator("list_durable_executions_by_function")
        found = pages.paginate(FunctionName=apis[name])
        return [each for page in found for each in page["DurableExecutions"]]

    return find


def test_a_rest_api_starts_a_durable_function_and_answers_its_result(rest, executions):
    before = len(executions("Proxied"))
    answer = rest("Rest", "/proxied", {"a": 1})
    assert (answer.status, answer.headers["X-Seen"]) == (201, "yes")
    assert json.loads(answer.json()["body"]) == {"a": 1}
    assert len(executions("Proxied")) == before + 1


def test_a_method_for_any_verb_starts_it_too(rest):
    answer = rest("Rest", "/any/thing", {"a": 1}, method="PUT")
    assert answer.status == 201


@pytest.mark.parametrize("query", ["shape=none", "fail=no"])
def test_a_result_that_is_not_a_response_is_a_bad_gateway(rest, query):
    answer = rest("Rest", f"/proxied?{query}")
    assert (answer.status, answer.json()) == (502, {"message": "Internal server error"})


def test_a_start_that_lambda_refuses_is_an_internal_error(rest, apis):
    for name, path in (("Rest", "/too-long"), ("Documented", "/unqualified")):
        answer = rest(name, path)
        assert answer.status == 500
        assert "Internal server error" in answer.json().values()


def test_an_api_does_not_wait_longer_than_its_integration_says(rest, executions):
    before = len(executions("Proxied"))
    answer = rest("Documented", "/late")
    assert (answer.status, answer.json()) == (504, {"ours": "Endpoint request timed out"})
    until(lambda: len(executions("Proxied")) > before, "the execution that was started")


def test_an_http_api_starts_a_durable_function(ask, apis):
    answer = ask("POST", f"/_aws/execute-api/{apis['Http']}/proxied", {"a": 1})
    assert (answer.status, answer.headers["X-Seen"]) == (201, "yes")
    assert answer.json() == {"body": '{"a": 1}', "version": "2.0"}


def test_an_http_api_tells_nothing_of_an_error(ask, apis):
    answer = ask("POST", f"/_aws/execute-api/{apis['Http']}/proxied?fail=secret")
    assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("name", ["Url", "OpenUrl"])
def test_a_function_url_starts_a_durable_function(ask, apis, name):
    url_id = urlsplit(apis[name]).netloc.partition(".")[0]
    answer = ask("POST", f"/_aws/lambda-url/{url_id}/", {"a": 1})
    assert (answer.status, answer.headers["X-Seen"]) == (201, "yes")


def test_nobody_calls_a_function_url_without_a_signature(target, apis):
    for name in ("Url", "OpenUrl"):
        url_id = urlsplit(apis[name]).netloc.partition(".")[0]
        url = f"{target.variables['AWS_ENDPOINT_URL']}/_aws/lambda-url/{url_id}/"
        assert urllib3.request("POST", url, retries=False).status == 403


def test_an_asynchronous_integration_accepts_a_request_and_starts_an_execution(rest, client):
    order = {"id": "o-1", "items": [{"name": "tea"}, {"name": "cup"}]}
    answer = rest("Bare", "/orders?shop=north", order)
    assert (answer.status, answer.json()["status"]) == (202, "accepted")
    assert answer.json()["request"]
    execution = ended(client, answer.headers["X-Execution"])
    assert json.loads(execution["InputPayload"]) == {
        "id": "o-1",
        "shop": "north",
        "items": ["tea", "cup"],
        "method": "POST",
        "body": order,
    }


def test_a_synchronous_integration_maps_request_and_result(rest):
    answer = rest("Documented", "/mapped/7", {"amount": 2.5})
    assert answer.status == 201
    got = {"id": "7", "amount": 2.5, "fail": "", "alias": "live"}
    assert answer.json() == {"result": got, "id": "7"}
    assert (answer.headers["X-Amount"], answer.headers["X-Stage"]) == ("2.5", "live")


def test_an_integration_selects_its_answer_by_the_error(rest):
    answer = rest("Documented", "/mapped/7", {"amount": 1, "fail": "tea is sold out"})
    assert (answer.status, answer.headers["X-Why"]) == (422, "stock")
    assert answer.json() == {"refused": "tea is sold out"}


def test_an_integration_names_an_execution(rest, executions):
    answers = [rest("Documented", "/mapped/7?name=once", {"amount": 1}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    names = [each["DurableExecutionName"] for each in executions("Mapped")]
    assert names.count("once") == 1


def test_an_ordinary_function_gets_what_the_integration_maps(rest):
    answer = rest("Documented", "/plain", {"a": 1})
    assert (answer.status, answer.json()) == (200, {"plain": {"a": 1}})


def test_a_body_that_is_not_json_is_refused_by_the_template(rest):
    answer = rest("Documented", "/mapped/7", b"{")
    assert answer.status == 400
    assert "Could not parse request body into json" in answer.json()["message"]


def test_an_integration_may_take_only_what_it_has_a_template_for(rest):
    xml = {"Content-Type": "text/xml"}
    answer = rest("Bare", "/orders?shop=a", b"<a/>", headers=xml)
    assert (answer.status, answer.json()) == (415, {"code": "UNSUPPORTED_MEDIA_TYPE"})
    assert rest("Documented", "/plain", b"<a/>", headers=xml).status == 415


def test_an_unknown_address_is_answered_as_the_template_says(rest):
    for path, method in (("/nowhere", "POST"), ("/checked", "DELETE")):
        answer = rest("Customized", path, method=method)
        assert (answer.status, answer.headers["X-Told"]) == (404, "by the template")
        assert answer.json() == {"error": "not found"}


def test_an_unknown_address_is_a_missing_token_by_default(rest):
    answer = rest("Rest", "/nowhere")
    assert (answer.status, answer.json()) == (403, {"message": "Missing Authentication Token"})


def test_a_missing_key_is_answered_as_the_template_says(rest):
    assert rest("Customized", "/with-key", {}).status == 401


def test_a_request_too_many_is_answered_as_the_template_says(rest):
    answer = rest("Customized", "/throttled", {})
    assert (answer.status, answer.json()) == (503, {"message": "Too Many Requests"})


def test_a_body_that_the_model_refuses_is_answered_as_the_template_says(rest):
    answer = rest("Customized", "/checked", {"id": 1})
    assert (answer.status, answer.json()) == (400, {"bad": "Invalid request body"})
    assert rest("Customized", "/checked", {"id": "o-1"}).status == 201


def test_a_missing_parameter_is_answered_as_the_template_says(rest):
    answer = rest("Bare", "/orders", {})
    assert (answer.status, answer.json()) == (400, {"code": "BAD_REQUEST_PARAMETERS"})


def test_an_api_keeps_its_address_when_its_document_changes(target, ask):
    def template(status: str) -> str:
        mock: dict[str, Any] = {"type": "mock", "responses": {"default": {"statusCode": status}}}
        paths = {"/a": {"get": {"x-amazon-apigateway-integration": mock}}}
        api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"paths": paths}}}
        properties = {"RestApiId": {"Ref": "Api"}, "StageName": "live"}
        deployment = {"Type": "AWS::ApiGateway::Deployment", "Properties": properties}
        outputs = {"Api": {"Value": {"Ref": "Api"}}}
        resources = {"Api": api, "Deployment": deployment}
        return json.dumps({"Resources": resources, "Outputs": outputs})

    stacks = target.client("cloudformation")
    stacks.create_stack(StackName="changing", TemplateBody=template("201"))
    stacks.get_waiter("stack_create_complete").wait(StackName="changing", WaiterConfig=QUICKLY)
    path = f"/_aws/execute-api/{stack.get(target, 'changing').outputs['Api']}/live/a"
    assert ask("GET", path).status == 201
    stacks.update_stack(StackName="changing", TemplateBody=template("202"))
    stacks.get_waiter("stack_update_complete").wait(StackName="changing", WaiterConfig=QUICKLY)
    assert ask("GET", path).status == 202
