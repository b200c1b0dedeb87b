"""The history of an execution tells what happened, invocations included."""

import json
from itertools import pairwise

import pytest
from botocore.exceptions import ClientError


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


def test_a_wait_stands_in_the_history_at_its_full_length(client, one_wait):
    events = {event["EventType"]: event for event in history(client, one_wait)}
    assert events["WaitStarted"]["WaitStartedDetails"]["Duration"] == 300
    waited = events["WaitSucceeded"]["EventTimestamp"] - events["WaitStarted"]["EventTimestamp"]
    assert 300 <= waited.total_seconds() < 301


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


def test_a_crashed_invocation_is_in_the_history_and_is_tried_again(client, call, tmp_path):
    answer = call("CrashOnce", {"marker": str(tmp_path / "crashed")})
    assert json.load(answer["Payload"]) == "survived"
    invocations = [
        event["InvocationCompletedDetails"]
        for event in history(client, answer["DurableExecutionArn"])
        if event["EventType"] == "InvocationCompleted"
    ]
    assert ["Error" in invocation for invocation in invocations] == [True, False]


def test_an_unknown_execution_is_not_found(client, one_wait):
    with pytest.raises(ClientError) as error:
        client.get_durable_execution(DurableExecutionArn=one_wait[:-4] + "beef")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"
