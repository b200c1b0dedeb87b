"""Time passes in the history as on AWS, however little it takes with the skip clock."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.contract.waiting import SLACK_SECONDS, ended, events, happened, seconds_between

HEARTBEAT_SECONDS = 4


def test_a_wait_longer_than_the_execution_timeout_times_the_execution_out(client, start):
    arn = start("Minute", {"do": "wait", "seconds": 3600})
    found = ended(client, arn)
    assert found["Status"] == "TIMED_OUT"
    lasted = (found["EndTimestamp"] - found["StartTimestamp"]).total_seconds()
    assert 60 <= lasted < 60 + SLACK_SECONDS
    assert [event["EventType"] for event in events(client, arn)][-1] == "ExecutionTimedOut"


def test_a_step_that_retries_beyond_the_execution_timeout_times_it_out_too(client, start):
    step = {"do": "step", "failures": 9, "attempts": 10, "delaySeconds": 25}
    arn = start("Minute", step)
    assert ended(client, arn)["Status"] == "TIMED_OUT"
    assert len(events(client, arn, "StepFailed")) == 3  # after 0, 25 and 50 seconds


def test_a_callback_that_expires_during_a_wait_times_out_at_its_moment(client, start):
    arn = start("Day", {"do": "race", "timeoutSeconds": 60, "seconds": 3600})
    result = json.loads(ended(client, arn)["Result"])
    assert result == [["Callback timed out", None]]
    asked, expired = (events(client, arn, f"Callback{what}")[0] for what in ("Started", "TimedOut"))
    assert 60 <= seconds_between(asked, expired) < 60 + SLACK_SECONDS
    waited = events(client, arn, "WaitSucceeded")[0]
    assert 3600 <= seconds_between(asked, waited) < 3600 + SLACK_SECONDS


def test_a_wait_is_skipped_while_a_callback_has_longer_to_live(client, start):
    arn = start("Day", {"do": "race", "timeoutSeconds": 7200, "seconds": 3600})
    happened(client, arn, "WaitSucceeded")
    asked = events(client, arn, "CallbackStarted")[0]
    client.send_durable_execution_callback_success(
        CallbackId=asked["CallbackStartedDetails"]["CallbackId"], Result=b'"yes"'
    )
    assert ended(client, arn)["Status"] == "SUCCEEDED"
    answered = events(client, arn, "CallbackSucceeded")[0]
    assert 3600 <= seconds_between(asked, answered) < 3600 + SLACK_SECONDS


def test_a_callback_with_nothing_else_to_wait_for_takes_its_real_time(client, start):
    began = time.monotonic()
    arn = start("Day", {"do": "callback", "timeoutSeconds": 2})
    assert json.loads(ended(client, arn)["Result"]) == ["Callback timed out"]
    assert time.monotonic() - began > 2


def test_a_heartbeat_keeps_a_callback_alive(client, start):
    arn = start("Day", {"do": "callback", "heartbeatSeconds": HEARTBEAT_SECONDS})
    asked = happened(client, arn, "CallbackStarted")
    callback_id = asked["CallbackStartedDetails"]["CallbackId"]
    began = time.monotonic()
    time.sleep(1)
    at_least = time.monotonic() - began
    client.send_durable_execution_callback_heartbeat(CallbackId=callback_id)
    expired = happened(client, arn, "CallbackTimedOut")
    lived = seconds_between(asked, expired)
    assert at_least + HEARTBEAT_SECONDS <= lived < at_least + HEARTBEAT_SECONDS + SLACK_SECONDS
    with pytest.raises(ClientError) as error:
        client.send_durable_execution_callback_heartbeat(CallbackId=callback_id)
    assert error.value.response["Error"]["Code"] == "CallbackTimeoutException"


def test_a_parent_is_as_old_as_its_child_when_the_child_ends(client, start):
    child = {"script": [{"do": "wait", "seconds": 600}]}
    arn = start("Day", {"do": "invoke", "variable": "TARGET", "event": child})
    assert ended(client, arn)["Status"] == "SUCCEEDED"
    invoked, answered = (
        events(client, arn, f"ChainedInvoke{what}")[0] for what in ("Started", "Succeeded")
    )
    assert 600 <= seconds_between(invoked, answered) < 600 + SLACK_SECONDS


def test_a_wait_beside_a_running_function_does_not_overtake_it(client, start):
    both = {"do": "invoke_beside_wait", "variable": "ORDINARY", "event": {"seconds": 1}}
    arn = start("Day", {**both, "seconds": 60})
    assert ended(client, arn)["Status"] == "SUCCEEDED"
    kinds = [event["EventType"] for event in events(client, arn)]
    assert kinds.index("ChainedInvokeSucceeded") < kinds.index("WaitSucceeded")
