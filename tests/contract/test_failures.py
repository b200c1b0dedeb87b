"""A function that crashes, hangs, cannot be loaded or cannot be reached is retried."""

import json
from itertools import pairwise

import pytest

from tests.contract.waiting import ended, events, until


def invocations(client, arn):
    return [e["InvocationCompletedDetails"] for e in events(client, arn, "InvocationCompleted")]


def test_a_crash_is_retried_ever_more_slowly_until_the_execution_times_out(client, start):
    arn = start("Minute", {"do": "crash"})
    assert ended(client, arn)["Status"] == "TIMED_OUT"
    attempts = invocations(client, arn)
    assert {each["Error"]["Payload"]["ErrorType"] for each in attempts} == {"Runtime.ExitError"}
    gaps = [
        (later["StartTimestamp"] - earlier["EndTimestamp"]).total_seconds()
        for earlier, later in pairwise(attempts)
    ]
    assert len(gaps) >= 3
    for gap, expected in zip(gaps, (1, 2, 4, 8, 16, 32), strict=False):
        assert expected <= gap < expected + 2


def test_a_function_over_its_timeout_is_in_the_history_and_is_retried(client, start, tmp_path):
    hang_once = {"do": "work", "seconds": 3, "marker": str(tmp_path / "hung"), "once": True}
    arn = start("Impatient", hang_once)
    assert json.loads(ended(client, arn)["Result"]) == ["done"]
    first, *_, last = invocations(client, arn)
    assert first["Error"]["Payload"]["ErrorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in first["Error"]["Payload"]["ErrorMessage"]
    assert "Error" not in last


def test_a_module_that_cannot_be_imported_is_retried_and_says_why(client, call):
    arn = call("Broken", InvocationType="Event")["DurableExecutionArn"]
    assert ended(client, arn)["Status"] == "TIMED_OUT"
    errors = [each["Error"]["Payload"] for each in invocations(client, arn)]
    assert len(errors) >= 3
    assert {error["ErrorType"] for error in errors} == {"Runtime.ImportModuleError"}
    assert all("no_such_module" in error["ErrorMessage"] for error in errors)


@pytest.fixture
def throttled(client, functions):
    """The function is throttled during this test, until the result is called."""
    name = functions["Minute"]
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    lifted = []

    def lift():
        client.delete_function_concurrency(FunctionName=name)
        lifted.append(True)

    yield lift
    if not lifted:
        lift()


def test_a_throttled_function_is_waited_for_and_no_time_is_skipped(client, start, throttled):
    arn = start("Minute", {"do": "step", "result": "at last"})
    throttled()
    found = ended(client, arn)
    assert json.loads(found["Result"]) == ["at last"]
    assert (found["EndTimestamp"] - found["StartTimestamp"]).total_seconds() < 60
    assert all("Error" not in each for each in invocations(client, arn))


def test_a_running_execution_can_be_stopped(client, start, tmp_path):
    marker = tmp_path / "working"
    arn = start("Day", {"do": "work", "seconds": 2, "marker": str(marker)})
    until(marker.exists, "the step to begin")
    error = {"ErrorType": "Enough", "ErrorMessage": "it is late"}
    client.stop_durable_execution(DurableExecutionArn=arn, Error=error)
    found = ended(client, arn)
    assert (found["Status"], found["Error"]) == ("STOPPED", error)
    until(lambda: invocations(client, arn), "the end of the invocation")
    kinds = [event["EventType"] for event in events(client, arn)]
    assert "StepSucceeded" not in kinds, "what it did after the stop is not recorded"
    assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "STOPPED"
