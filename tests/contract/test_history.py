"""The history of an execution tells what happened, invocations included."""

import json
from itertools import pairwise

import pytest
from botocore.exceptions import ClientError

from tests.contract.waiting import SLACK_SECONDS, ended, events, happened


def history(client, arn, **options):
    return client.get_durable_execution_history(DurableExecutionArn=arn, **options)["Events"]


@pytest.fixture
def one_wait(call):
    """An execution with a step, a wait of five minutes, and so two invocations."""
    return call("Short", {"waitSeconds": 300})["DurableExecutionArn"]


def test_events_are_numbered_and_in_time_order(client, one_wait):
    events = history(client, one_wait)
    assert [event["EventId"] for event in events] == list(range(1, len(events) + 1))
    assert all(a["EventTimestamp"] <= b["EventTimestamp"] for a, b in pairwise(events))
    assert [event["EventType"] for event in events] == [
        "ExecutionStarted",
        "StepStarted",
        "StepSucceeded",
        "WaitStarted",
        "InvocationCompleted",
        "WaitSucceeded",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]


def test_each_invocation_has_a_start_an_end_and_a_request_id(client, one_wait):
    details = [
        event["InvocationCompletedDetails"]
        for event in history(client, one_wait)
        if event["EventType"] == "InvocationCompleted"
    ]
    assert len({each["RequestId"] for each in details}) == 2
    assert all(each["StartTimestamp"] < each["EndTimestamp"] for each in details)
    assert (details[1]["StartTimestamp"] - details[0]["EndTimestamp"]).total_seconds() > 299


def test_a_wait_has_its_full_length_in_the_history(client, one_wait):
    events = {event["EventType"]: event for event in history(client, one_wait)}
    assert events["WaitStarted"]["WaitStartedDetails"]["Duration"] == 300
    waited = events["WaitSucceeded"]["EventTimestamp"] - events["WaitStarted"]["EventTimestamp"]
    assert 300 <= waited.total_seconds() < 300 + SLACK_SECONDS


def test_data_is_included_unless_it_is_not_wanted(client, one_wait):
    assert "begun" in json.dumps(history(client, one_wait), default=str)
    without = history(client, one_wait, IncludeExecutionData=False)
    assert "begun" not in json.dumps(without, default=str)


@pytest.mark.parametrize("reverse", [False, True])
def test_pages_follow_one_another_without_gaps(client, one_wait, reverse):
    whole = history(client, one_wait, ReverseOrder=reverse)
    paginator = client.get_paginator("get_durable_execution_history")
    pages = paginator.paginate(
        DurableExecutionArn=one_wait, ReverseOrder=reverse, PaginationConfig={"PageSize": 3}
    )
    assert [event for page in pages for event in page["Events"]] == whole


def test_a_crashed_invocation_is_in_the_history_and_is_retried(client, call, tmp_path):
    answer = call("CrashOnce", {"marker": str(tmp_path / "crashed")})
    assert json.load(answer["Payload"]) == "survived"
    invocations = [
        event["InvocationCompletedDetails"]
        for event in history(client, answer["DurableExecutionArn"])
        if event["EventType"] == "InvocationCompleted"
    ]
    assert ["Error" in invocation for invocation in invocations] == [True, False]


def test_a_step_that_was_retried_tells_its_attempts_and_delays(client, start):
    arn = start("Day", {"do": "step", "failures": 1, "delaySeconds": 7})
    ended(client, arn)
    failed, succeeded = (events(client, arn, f"Step{what}")[0] for what in ("Failed", "Succeeded"))
    assert failed["StepFailedDetails"]["RetryDetails"] == {
        "CurrentAttempt": 1,
        "NextAttemptDelaySeconds": 7,
    }
    assert failed["StepFailedDetails"]["Error"]["Payload"]["ErrorMessage"] == "not yet"
    assert succeeded["StepSucceededDetails"]["RetryDetails"] == {"CurrentAttempt": 2}


def test_a_callback_tells_its_timeouts_and_how_it_expired(client, start):
    arn = start("Day", {"do": "race", "timeoutSeconds": 60, "heartbeatSeconds": 30, "seconds": 99})
    ended(client, arn)
    asked = events(client, arn, "CallbackStarted")[0]["CallbackStartedDetails"]
    assert (asked["Timeout"], asked["HeartbeatTimeout"]) == (60, 30)
    expired = events(client, arn, "CallbackTimedOut")[0]["CallbackTimedOutDetails"]
    assert expired["Error"]["Payload"]["ErrorType"] == "Callback.Heartbeat"


def test_every_poll_of_a_condition_tells_the_state_it_found(client, start):
    arn = start("Day", {"do": "condition", "upTo": 3})
    assert json.loads(ended(client, arn)["Result"]) == [3]
    polls = [e["StepSucceededDetails"] for e in events(client, arn, "StepSucceeded")]
    assert [poll["Result"]["Payload"] for poll in polls] == ["1", "2", "3"]
    delays = [poll["RetryDetails"].get("NextAttemptDelaySeconds") for poll in polls]
    assert delays == [60, 60, None]


@pytest.mark.parametrize("variable", ["TARGET", "ORDINARY"])
def test_a_chained_invoke_tells_the_version_that_ran(client, start, variable):
    arn = start("Day", {"do": "invoke", "variable": variable, "event": {"script": []}})
    assert ended(client, arn)["Status"] == "SUCCEEDED"
    invoked = events(client, arn, "ChainedInvokeStarted")[0]["ChainedInvokeStartedDetails"]
    assert invoked["ExecutedVersion"] == "1"
    if variable == "TARGET":
        child = client.get_durable_execution(DurableExecutionArn=invoked["DurableExecutionArn"])
        assert (child["Status"], child["Version"]) == ("SUCCEEDED", "1")
    else:
        assert "DurableExecutionArn" not in invoked


def test_without_data_errors_are_cut_off_as_well(client, start):
    arn = start("Day", {"do": "step", "failures": 1, "attempts": 1, "message": "a secret"})
    ended(client, arn)
    assert "a secret" in json.dumps(events(client, arn), default=str)
    without = events(client, arn, IncludeExecutionData=False)
    assert "a secret" not in json.dumps(without, default=str)
    assert without[-1]["ExecutionFailedDetails"]["Error"] == {"Truncated": True}


def test_what_was_read_before_the_end_stays_as_it_was(client, start):
    arn = start("Day", {"do": "step", "result": 1}, {"do": "callback"})
    asked = happened(client, arn, "CallbackStarted")["CallbackStartedDetails"]
    happened(client, arn, "InvocationCompleted")
    before = events(client, arn)
    client.send_durable_execution_callback_success(CallbackId=asked["CallbackId"], Result=b"yes")
    ended(client, arn)
    assert events(client, arn)[: len(before)] == before


def test_an_unknown_execution_is_not_found(client, one_wait):
    with pytest.raises(ClientError) as error:
        client.get_durable_execution(DurableExecutionArn=one_wait[:-4] + "beef")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"
