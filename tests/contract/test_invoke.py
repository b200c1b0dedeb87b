"""Invoke on a durable function behaves as on AWS."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.contract.waiting import ended
from workshop.localcloud.lambda_api.invoke import EVENT_PAYLOAD_BYTES


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_a_synchronous_invocation_answers_the_result_of_the_execution(call):
    answer = call("Short", {"waitSeconds": 300})
    assert answer["StatusCode"] == 200
    assert json.load(answer["Payload"]) == {"echo": {"waitSeconds": 300}}
    assert answer["ExecutedVersion"] == "1"
    assert ":1/durable-execution/" in answer["DurableExecutionArn"]


def test_a_failed_execution_is_a_function_error(call):
    answer = call("Short", {"fail": "no luck"})
    assert answer["FunctionError"] == "Unhandled"
    error = json.load(answer["Payload"])
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no luck")


def test_an_event_is_accepted_at_once_and_runs_to_its_end(call, client):
    answer = call("Long", InvocationType="Event")
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert ended(client, answer["DurableExecutionArn"])["Status"] == "SUCCEEDED"


def test_a_dry_run_starts_nothing(call, client, functions):
    before = client.list_durable_executions_by_function(FunctionName=functions["Short"])
    assert call("Short", InvocationType="DryRun")["StatusCode"] == 204
    after = client.list_durable_executions_by_function(FunctionName=functions["Short"])
    assert len(after["DurableExecutions"]) == len(before["DurableExecutions"])


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_an_unqualified_name_is_refused(call, kind):
    with pytest.raises(ClientError, match="unqualified ARN") as error:
        call("Short", qualifier=None, InvocationType=kind)
    assert code_of(error) == "InvalidParameterValueException"


def test_a_synchronous_invocation_of_a_long_execution_is_refused(call):
    with pytest.raises(ClientError, match="greater than 15 minutes") as error:
        call("Long")
    assert code_of(error) == "InvalidParameterValueException"


def test_the_same_execution_name_and_payload_is_the_same_execution(call):
    first = call("Short", {"n": 1}, DurableExecutionName="same")
    again = call("Short", {"n": 1}, DurableExecutionName="same")
    assert again["DurableExecutionArn"] == first["DurableExecutionArn"]
    assert json.load(again["Payload"]) == {"echo": {"n": 1}}


def test_the_same_execution_name_with_another_payload_is_refused(call):
    call("Short", {"n": 1}, DurableExecutionName="taken")
    with pytest.raises(ClientError) as error:
        call("Short", {"n": 2}, DurableExecutionName="taken")
    assert code_of(error) == "DurableExecutionAlreadyStartedException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


@pytest.mark.parametrize("name", ["with space", "a" * 65, "slash/"])
def test_an_execution_name_must_be_one_that_aws_accepts(call, name):
    with pytest.raises(ClientError) as error:
        call("Short", DurableExecutionName=name)
    assert code_of(error) == "InvalidParameterValueException"


@pytest.mark.parametrize("kind", ["Nonsense", "event", ""])
@pytest.mark.parametrize(("function", "qualifier"), [("Short", "live"), ("Plain", None)])
def test_an_unknown_invocation_type_runs_nothing(call, function, qualifier, kind):
    with pytest.raises(ClientError, match="invocationType") as error:
        call(function, qualifier=qualifier, InvocationType=kind)
    assert code_of(error) == "InvalidParameterValueException"


@pytest.mark.parametrize("payload", [b"{not json", b"\xff", b"[" * 100_000, b"NaN"])
@pytest.mark.parametrize(("function", "qualifier"), [("Short", "live"), ("Plain", None)])
def test_a_payload_that_is_not_json_is_refused(call, function, qualifier, payload):
    with pytest.raises(ClientError) as error:
        call(function, payload, qualifier)
    assert code_of(error) == "InvalidRequestContentException"


def test_an_event_over_the_limit_is_refused(call):
    with pytest.raises(ClientError) as error:
        call("Long", b'"' + b"x" * EVENT_PAYLOAD_BYTES + b'"', InvocationType="Event")
    assert code_of(error) == "RequestTooLargeException"


def test_an_unknown_function_is_not_found(client):
    with pytest.raises(ClientError) as error:
        client.invoke(FunctionName="no-such-function", Qualifier="live", Payload=b"{}")
    assert code_of(error) == "ResourceNotFoundException"


def test_an_ordinary_function_is_invoked_as_ever(call):
    answer = call("Plain", {"a": 1}, qualifier=None)
    assert json.load(answer["Payload"]) == {"plain": {"a": 1}}
    assert "DurableExecutionArn" not in answer


def test_a_chained_invoke_reaches_durable_and_ordinary_functions(call):
    answer = call("Caller")
    assert json.load(answer["Payload"]) == {
        "durable": {"echo": {"waitSeconds": 60}},
        "plain": {"plain": {"a": 1}},
    }


def test_a_chained_invoke_of_an_unknown_function_fails_with_its_name(call):
    answer = call("Caller", {"missing": "nowhere:live"})
    assert "nowhere" in json.load(answer["Payload"])["errorMessage"]


def test_with_the_real_clock_a_wait_takes_its_time(call, real_clock):
    started = time.monotonic()
    call("Short", {"waitSeconds": 2})
    assert time.monotonic() - started > 2


def test_with_the_skip_clock_five_minutes_pass_only_in_the_history(call, client):
    arn = call("Short", {"waitSeconds": 300})["DurableExecutionArn"]
    found = client.get_durable_execution(DurableExecutionArn=arn)
    assert (found["EndTimestamp"] - found["StartTimestamp"]).total_seconds() > 300
    later = call("Short")["DurableExecutionArn"]
    next_one = client.get_durable_execution(DurableExecutionArn=later)
    assert abs(next_one["StartTimestamp"].timestamp() - time.time()) < 60, "later orders start now"
