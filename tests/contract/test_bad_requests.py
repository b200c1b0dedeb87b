"""Whatever is sent to the Lambda API: an answer below 500 in AWS's form, and nothing changes."""

import json

import pytest

from tests.contract.requests_from_model import Requests
from tests.contract.waiting import ended, happened
from tests.contract.wire import send

SOME, ALL, AT_A_TIME = 300, 10_000, 500


def pytest_generate_tests(metafunc):
    """Make a test of every 500 requests: of few, or with --all-requests of all."""
    if "numbers" in metafunc.fixturenames:
        most = ALL if metafunc.config.getoption("all_requests") else SOME
        parts = [range(n, min(n + AT_A_TIME, most)) for n in range(0, most, AT_A_TIME)]
        metafunc.parametrize("numbers", parts, ids=lambda part: f"{part.start}-{part.stop - 1}")


@pytest.fixture(scope="module")
def requests(client, functions, start):
    """Bad requests that name things that exist, and an ended execution with a closed callback."""
    arn = start("Script", {"do": "callback"})
    callback = happened(client, arn, "CallbackStarted")["CallbackStartedDetails"]["CallbackId"]
    client.send_durable_execution_callback_success(CallbackId=callback)
    ended(client, arn)
    known = {
        "FunctionName": functions["Script"],
        "DurableExecutionArn": arn,
        "CallbackId": callback,
    }
    return Requests(client.meta.service_model, known)


@pytest.fixture
def state(client, functions):
    """Tells everything that a request could have changed."""

    def pages(operation, key, **options):
        found = client.get_paginator(operation).paginate(**options)
        return [each for page in found for each in page[key]]

    def read():
        return {
            "clock": send("GET", "/_workshop/clock").body,
            "layers": pages("list_layers", "Layers"),
            "mappings": pages("list_event_source_mappings", "EventSourceMappings"),
            "functions": [
                (
                    function,
                    pages("list_aliases", "Aliases", FunctionName=name),
                    pages("list_versions_by_function", "Versions", FunctionName=name),
                    name not in functions.values()  # a schedule of another test may start those
                    or pages(
                        "list_durable_executions_by_function",
                        "DurableExecutions",
                        FunctionName=name,
                    ),
                )
                for function in pages("list_functions", "Functions")
                for name in [function["FunctionName"]]
            ],
        }

    return read


def complaint(request, answer):
    """What is wrong with an answer; None if nothing is."""
    if answer.status >= 500:
        return f"{answer.status} {answer.body[:300]!r}"
    if answer.status >= 400 and request.method != "HEAD":
        if not answer.headers.get("x-amzn-ErrorType"):
            return f"{answer.status} without x-amzn-ErrorType {answer.body[:300]!r}"
        try:
            json.loads(answer.body)
        except ValueError:
            return f"{answer.status} not in JSON {answer.body[:300]!r}"
    return None


def test_a_bad_request_is_answered_below_500_and_changes_nothing(
    numbers, requests, state, client, call
):
    before, complaints = state(), []
    for number in numbers:
        request = requests.number(number)
        try:
            answer = send(request.method, request.target, request.headers, request.body)
        except OSError as error:
            complaints.append(f"{request}\n  no answer: {error!r}")
            continue
        problem = complaint(request, answer)
        if problem:
            complaints.append(f"{request}\n  {problem}")
    assert not complaints, "\n".join([f"{len(complaints)} of {len(numbers)}:", *complaints])
    assert state() == before
    assert json.load(call("Plain", {"a": 1}, qualifier=None)["Payload"]) == {"plain": {"a": 1}}
