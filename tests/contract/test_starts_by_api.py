"""Durable functions are started by APIs, by the same rules as by Invoke."""

import json
import subprocess
from pathlib import Path

import pytest
import urllib3

from tests.signing import signed_headers
from workshop.aws import stack
from workshop.aws.target import Target
from workshop.paths import program

HERE = Path(__file__).parent / "apis"


@pytest.fixture(scope="module")
def apis(target: Target) -> dict[str, str]:
    """The ids of what is deployed."""
    command = [str(program("sam", "sam")), "deploy", "--template-file", "template.yaml"]
    command += ["--stack-name", "apis", "--resolve-s3", "--capabilities", "CAPABILITY_IAM"]
    command += ["--no-confirm-changeset", "--region", target.region]
    environment = target.environment | {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2"}
    done = subprocess.run(
        command, cwd=HERE, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(stack.get(target, "apis").outputs)


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


def executions(client, function):
    return client.list_durable_executions_by_function(FunctionName=function)["DurableExecutions"]


def test_a_rest_api_starts_a_durable_function_and_answers_its_result(ask, apis, client):
    answer = ask("POST", f"/_aws/execute-api/{apis['Rest']}/Prod/proxied", {"a": 1})
    assert (answer.status, answer.headers["X-Seen"]) == (201, "yes")
    assert json.loads(answer.json()["body"]) == {"a": 1}
    assert executions(client, apis["Proxied"])
