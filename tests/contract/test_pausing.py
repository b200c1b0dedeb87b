"""An execution is paused and resumed, as AWS documents it."""

import pytest
from botocore.exceptions import ClientError

from tests.contract.test_resumption import kill_the_engine
from tests.contract.waiting import ended, events, happened, seconds_between, until

ONE_DAY = 86400


def status(client, arn):
    return client.get_durable_execution(DurableExecutionArn=arn)["Status"]


def has_status(client, arn, wanted):
    until(lambda: status(client, arn) == wanted, f"{wanted} of {arn}")


def code(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def asked(client, start):
    """An execution that waits for a callback, at most a minute, with the callback's id."""
    script = {"do": "callback", "timeoutSeconds": 3600}, {"do": "wait", "seconds": 5}
    arn = start("Day", *script)
    details = happened(client, arn, "CallbackStarted")["CallbackStartedDetails"]
    happened(client, arn, "InvocationCompleted")
    return arn, details["CallbackId"]


def test_a_paused_execution_says_since_when_and_why(client, asked):
    arn, _ = asked
    answer = client.pause_durable_execution(DurableExecutionArn=arn, Reason="a partner is away")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    has_status(client, arn, "PAUSED")
    found = client.get_durable_execution(DurableExecutionArn=arn)
    details = found["PauseDetails"]
    assert details["Reason"] == "a partner is away"
    assert details["ExecutionTimeoutPaused"] is True
    short = client.get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=False)
    assert "Reason" not in short["PauseDetails"]
    function = arn.split(":")[6]
    listed = client.list_durable_executions_by_function(FunctionName=function, Statuses=["PAUSED"])
    assert arn in [each["DurableExecutionArn"] for each in listed["DurableExecutions"]]


def test_what_it_waits_for_completes_but_the_function_is_not_invoked(client, asked):
    arn, callback_id = asked
    client.pause_durable_execution(DurableExecutionArn=arn, Reason="why")
    client.send_durable_execution_callback_success(CallbackId=callback_id, Result=b'"yes"')
    happened(client, arn, "CallbackSucceeded")
    assert len(events(client, arn, "InvocationCompleted")) == 1
    client.resume_durable_execution(DurableExecutionArn=arn, Reason="the partner is back")
    assert ended(client, arn)["Status"] == "SUCCEEDED"
    kinds = [event["EventType"] for event in events(client, arn)]
    order = ("ExecutionPaused", "CallbackSucceeded", "ExecutionResumed", "WaitStarted")
    assert [kind for kind in kinds if kind in order] == [*order]
    [paused] = events(client, arn, "ExecutionPaused")
    assert paused["ExecutionPausedDetails"]["Reason"]["Payload"] == "why"
    [resumed] = events(client, arn, "ExecutionResumed", IncludeExecutionData=False)
    assert "Payload" not in resumed["ExecutionResumedDetails"]["Reason"]
    assert resumed["ExecutionResumedDetails"]["ResumeRequestTimestamp"]


def test_an_invocation_that_runs_goes_on_to_its_next_checkpoint(client, start, tmp_path):
    marker = tmp_path / "began"
    work = {"do": "work", "seconds": 2, "marker": str(marker)}
    arn = start("Day", work, {"do": "step", "name": "after"})
    happened(client, arn, "StepStarted")
    client.pause_durable_execution(DurableExecutionArn=arn)
    assert status(client, arn) == "PAUSING"
    has_status(client, arn, "PAUSED")
    assert [e["Name"] for e in events(client, arn, "StepSucceeded")] == ["work"]
    client.resume_durable_execution(DurableExecutionArn=arn)
    assert ended(client, arn)["Status"] == "SUCCEEDED"
    assert len(events(client, arn, "InvocationCompleted")) == 2


def test_a_pause_that_is_not_complete_can_be_canceled(client, start, tmp_path):
    marker = tmp_path / "began"
    arn = start("Day", {"do": "work", "seconds": 2, "marker": str(marker)})
    until(marker.exists, "the step")
    client.pause_durable_execution(DurableExecutionArn=arn)
    client.resume_durable_execution(DurableExecutionArn=arn)
    assert status(client, arn) == "RUNNING"
    assert ended(client, arn)["Status"] == "SUCCEEDED"
    assert events(client, arn, "ExecutionPaused") == []
    assert len(events(client, arn, "InvocationCompleted")) == 1


def test_a_pause_stops_the_timeout_unless_it_is_told_not_to(client, start):
    ends = {}
    for stops in (True, False):
        arn = start("Minute", {"do": "callback"}, {"do": "step", "name": "after"})
        details = happened(client, arn, "CallbackStarted")["CallbackStartedDetails"]
        before = client.get_durable_execution(DurableExecutionArn=arn)
        client.pause_durable_execution(DurableExecutionArn=arn, ExecutionTimeoutPaused=stops)
        has_status(client, arn, "PAUSED")
        found = client.get_durable_execution(DurableExecutionArn=arn)
        name = "ExpectedExecutionTimeoutTimestamp"
        ends[stops] = (found[name] - before[name]).total_seconds()
        client.resume_durable_execution(DurableExecutionArn=arn)
        later = client.get_durable_execution(DurableExecutionArn=arn)
        pause = [events(client, arn, f"Execution{what}")[0] for what in ("Paused", "Resumed")]
        extra = seconds_between(*pause) if stops else 0
        assert (later[name] - before[name]).total_seconds() == pytest.approx(extra, abs=0.01)
        client.send_durable_execution_callback_success(CallbackId=details["CallbackId"])
        assert ended(client, arn)["Status"] == "SUCCEEDED"
    assert ends == {True: 366 * ONE_DAY - 60, False: 0}


def test_a_request_is_refused_in_the_wrong_status_but_may_be_repeated(client, asked):
    arn, _ = asked
    pause, resume = client.pause_durable_execution, client.resume_durable_execution
    assert code(resume, DurableExecutionArn=arn) == "ResourceConflictException"
    pause(DurableExecutionArn=arn, ClientToken="one")
    pause(DurableExecutionArn=arn, ClientToken="one")
    assert code(pause, DurableExecutionArn=arn) == "ResourceConflictException"
    resume(DurableExecutionArn=arn, ClientToken="two")
    resume(DurableExecutionArn=arn, ClientToken="two")
    pause(DurableExecutionArn=arn)
    assert code(client.delete_durable_execution, DurableExecutionArn=arn).startswith("ResourceC")
    client.stop_durable_execution(DurableExecutionArn=arn)
    assert ended(client, arn)["Status"] == "STOPPED"
    for call in (pause, resume):
        assert code(call, DurableExecutionArn=arn) == "ResourceConflictException"
        unknown = arn[:-3] + "xyz"
        assert code(call, DurableExecutionArn=unknown) == "ResourceNotFoundException"


def test_a_paused_execution_is_still_paused_after_a_restart(client, asked):
    arn, callback_id = asked
    client.pause_durable_execution(DurableExecutionArn=arn, Reason="why")
    kill_the_engine()
    assert status(client, arn) == "PAUSED"
    client.send_durable_execution_callback_success(CallbackId=callback_id)
    client.resume_durable_execution(DurableExecutionArn=arn)
    assert ended(client, arn)["Status"] == "SUCCEEDED"
    assert len(events(client, arn, "ExecutionPaused")) == 1


def test_a_deleted_execution_is_gone(client, asked):
    arn, _ = asked
    client.stop_durable_execution(DurableExecutionArn=arn)
    client.delete_durable_execution(DurableExecutionArn=arn)
    for read in (client.get_durable_execution, client.get_durable_execution_history):
        assert code(read, DurableExecutionArn=arn) == "ResourceNotFoundException"
