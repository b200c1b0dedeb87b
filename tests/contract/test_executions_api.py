"""Listing, reading, stopping, deleting and answering executions, with the model's error codes."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.contract.waiting import ended, events, happened

CALLBACK = {"do": "callback"}
MIB = 1024 * 1024


def refusal(operation, **parameters):
    """The code and status of the error that an operation answers."""
    with pytest.raises(ClientError) as error:
        operation(**parameters)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


INVALID = "InvalidParameterValueException", 400


@pytest.fixture
def listed(client, functions):
    """The names of a function's executions: ``listed("Script", …)``."""

    def names(function, **filters):
        found = client.list_durable_executions_by_function(
            FunctionName=functions[function], **filters
        )
        return [each["DurableExecutionName"] for each in found["DurableExecutions"]]

    return names


@pytest.fixture(scope="module")
def three(client, start):
    """Three executions of one function, ended in three ways, by name."""
    scripts = {"well": [], "badly": [{"do": "unknown"}], "still": [CALLBACK]}
    arns = {
        name: start("Listed", *script, DurableExecutionName=name)
        for name, script in scripts.items()
    }
    ended(client, arns["well"])
    ended(client, arns["badly"])
    return arns


def test_executions_are_listed_newest_first_or_oldest_first(three, listed):
    assert listed("Listed") == ["still", "badly", "well"]
    assert listed("Listed", ReverseOrder=True) == ["well", "badly", "still"]


def test_executions_are_listed_by_one_status_or_several(three, listed):
    assert listed("Listed", Statuses=["FAILED"]) == ["badly"]
    assert listed("Listed", Statuses=["SUCCEEDED", "RUNNING"]) == ["still", "well"]


def test_executions_are_listed_by_name_and_by_time(three, listed):
    assert listed("Listed", DurableExecutionName="well") == ["well"]
    soon, past = datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC) - timedelta(hours=1)
    assert listed("Listed", StartedAfter=past, StartedBefore=soon) == ["still", "badly", "well"]
    assert listed("Listed", StartedAfter=soon) == []
    assert listed("Listed", StartedBefore=past) == []


def test_executions_are_listed_by_version_and_by_alias(three, listed):
    for qualifier in ("1", "live"):
        assert len(listed("Listed", Qualifier=qualifier)) == 3
    assert listed("Listed", Qualifier="$LATEST") == []


def test_a_list_comes_in_pages(three, client, functions):
    pages = client.get_paginator("list_durable_executions_by_function").paginate(
        FunctionName=functions["Listed"], PaginationConfig={"PageSize": 2}
    )
    found = [[e["DurableExecutionName"] for e in page["DurableExecutions"]] for page in pages]
    assert found == [["still", "badly"], ["well"]]


@pytest.mark.parametrize(
    "form", ["{name}", "000000000000:function:{name}", "{arn}", "{arn}:live", "{name}:live"]
)
def test_a_function_may_be_given_as_a_name_or_in_any_form_of_its_arn(
    three, client, functions, form
):
    name = functions["Listed"]
    arn = f"arn:aws:lambda:us-east-2:000000000000:function:{name}"
    found = client.list_durable_executions_by_function(FunctionName=form.format(name=name, arn=arn))
    assert len(found["DurableExecutions"]) == 3


def test_a_list_of_an_unknown_function_is_not_found(client):
    code = refusal(client.list_durable_executions_by_function, FunctionName="nobody")
    assert code == ("ResourceNotFoundException", 404)


def test_bad_parameters_are_refused(client, functions, three):
    listing, name = client.list_durable_executions_by_function, functions["Listed"]
    assert refusal(listing, FunctionName=name, Statuses=["ASLEEP"]) == INVALID
    assert refusal(listing, FunctionName=name, MaxItems=1001) == INVALID
    for marker in ("nonsense", "-1", "\u0661", "9" * 30):
        assert refusal(listing, FunctionName=name, Marker=marker) == INVALID
    history = client.get_durable_execution_history
    for marker in ("nonsense", "9" * 30):
        assert refusal(history, DurableExecutionArn=three["well"], Marker=marker) == INVALID
    assert refusal(client.get_durable_execution, DurableExecutionArn="nonsense") == INVALID


def test_an_execution_tells_its_configuration_and_when_it_will_time_out(client, three):
    running = client.get_durable_execution(DurableExecutionArn=three["still"])
    assert running["DurableConfig"] == {"ExecutionTimeout": 900, "RetentionPeriodInDays": 1}
    timeout = running["ExpectedExecutionTimeoutTimestamp"] - running["StartTimestamp"]
    assert timeout == timedelta(seconds=900)
    over = client.get_durable_execution(DurableExecutionArn=three["well"])
    assert "ExpectedExecutionTimeoutTimestamp" not in over


def test_an_execution_may_be_read_without_its_data(client, three):
    with_data = client.get_durable_execution(DurableExecutionArn=three["well"])
    assert (with_data["Result"], with_data["ExecutionDataIncluded"]) == ("[]", True)
    without = client.get_durable_execution(
        DurableExecutionArn=three["well"], IncludeExecutionData=False
    )
    assert not without["ExecutionDataIncluded"]
    assert not {"InputPayload", "Result", "Error"} & set(without)


def test_an_ended_execution_can_be_deleted_and_a_running_one_cannot(client, start):
    arn = start("Script", CALLBACK)
    delete = client.delete_durable_execution
    assert refusal(delete, DurableExecutionArn=arn) == ("ResourceConflictException", 409)
    client.stop_durable_execution(DurableExecutionArn=arn)
    assert delete(DurableExecutionArn=arn)["DeletionRequestTimestamp"]
    not_found = "ResourceNotFoundException", 404
    assert refusal(client.get_durable_execution, DurableExecutionArn=arn) == not_found
    assert refusal(client.get_durable_execution_history, DurableExecutionArn=arn) == not_found
    assert refusal(client.stop_durable_execution, DurableExecutionArn=arn) == not_found


@pytest.fixture
def asked(client, start):
    """An execution that waits for an answer, and the id to answer with."""
    arn = start("Script", CALLBACK)
    return arn, happened(client, arn, "CallbackStarted")["CallbackStartedDetails"]["CallbackId"]


def test_a_callback_can_be_answered_once(client, asked):
    arn, callback_id = asked
    client.send_durable_execution_callback_success(CallbackId=callback_id, Result=b'"yes"')
    assert json.loads(ended(client, arn)["Result"]) == ['"yes"']
    closed = "CallbackTimeoutException", 400
    for again in ("success", "failure", "heartbeat"):
        send = getattr(client, f"send_durable_execution_callback_{again}")
        assert refusal(send, CallbackId=callback_id) == closed


def test_a_callback_can_fail_with_the_senders_words(client, asked):
    arn, callback_id = asked
    client.send_durable_execution_callback_failure(
        CallbackId=callback_id, Error={"ErrorType": "No", "ErrorMessage": "not today"}
    )
    assert json.loads(ended(client, arn)["Result"]) == ["not today"]
    failed = events(client, arn, "CallbackFailed")[0]["CallbackFailedDetails"]["Error"]
    assert failed == {
        "Payload": {"ErrorType": "No", "ErrorMessage": "not today"},
        "Truncated": False,
    }


def test_a_bad_answer_is_refused_and_changes_nothing(client, asked):
    arn, callback_id = asked
    success = client.send_durable_execution_callback_success
    assert refusal(success, CallbackId=callback_id, Result=b"x" * (MIB + 1)) == INVALID
    assert refusal(success, CallbackId=callback_id, Result=b"\xff") == INVALID
    assert refusal(success, CallbackId="bm9uc2Vuc2U=") == INVALID
    assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"


def token(content):
    """A callback id as the local cloud makes it, with this content."""
    return base64.b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize("content", [None, [], {}, 1, "", {"arn": 1, "op": 1}, {"arn": "\ud800"}])
def test_a_callback_id_that_was_not_given_out_is_refused(client, content):
    for answer in ("success", "failure", "heartbeat"):
        send = getattr(client, f"send_durable_execution_callback_{answer}")
        assert refusal(send, CallbackId=token(content)) == INVALID


def test_a_callback_that_an_execution_never_asked_for_is_not_found(client, asked):
    arn, _ = asked
    send = client.send_durable_execution_callback_success
    operations: tuple[object, ...] = ("nothing", None, [])
    for operation in operations:
        code = refusal(send, CallbackId=token({"arn": arn, "op": operation}))
        assert code == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize("content", [None, [], {}, 1, {"arn": None, "seq": 1}])
def test_a_checkpoint_token_that_was_not_given_out_is_refused(client, asked, content):
    names = {"DurableExecutionArn": asked[0], "CheckpointToken": token(content)}
    assert refusal(client.checkpoint_durable_execution, **names) == INVALID
    assert refusal(client.get_durable_execution_state, **names) == INVALID


def test_a_callback_of_a_stopped_execution_is_closed(client, asked):
    arn, callback_id = asked
    client.stop_durable_execution(DurableExecutionArn=arn)
    send = client.send_durable_execution_callback_success
    assert refusal(send, CallbackId=callback_id) == ("CallbackTimeoutException", 400)


def test_a_checkpoint_without_a_valid_token_is_refused(client, three):
    checkpoint = client.checkpoint_durable_execution
    for arn in (three["well"], three["still"], three["well"][:-4] + "beef"):
        code = refusal(checkpoint, DurableExecutionArn=arn, CheckpointToken="bm8=")
        assert code == INVALID
