"""What was pending when the engine's process was killed goes on when it is back."""

import json

import pytest

from tests.contract.waiting import ended, events, happened, until
from workshop import localcloud
from workshop.localcloud import state

SECONDS = 4  # long enough to be pending when the process is killed
WAIT = {"do": "wait", "seconds": SECONDS}
CALLBACK = {"do": "callback"}


@pytest.fixture(scope="module")
def survivors(client, start, tmp_path_factory):
    """Executions by what was pending in each when the engine was killed with SIGKILL."""
    marker = tmp_path_factory.mktemp("resumption") / "working"
    work = {"do": "work", "seconds": SECONDS, "marker": str(marker), "once": True}
    retry = {"do": "step", "failures": 1, "delaySeconds": SECONDS, "result": "at last"}
    child = {"do": "invoke", "variable": "TARGET", "event": {"script": [WAIT]}}
    plain = {"do": "invoke", "variable": "ORDINARY", "event": {"seconds": SECONDS}}
    asked = {**CALLBACK, "timeoutSeconds": SECONDS}
    localcloud.set_clock("real")
    try:
        arns = {
            "wait": start("Day", WAIT),
            "retry": start("Day", retry),
            "callback": start("Day", CALLBACK),
            "timeout of a callback": start("Day", asked),
            "child": start("Day", child),
            "function": start("Day", plain),
            "execution timeout": start("Brief", CALLBACK),
        }
        happened(client, arns["wait"], "WaitStarted")
        happened(client, arns["retry"], "StepFailed")
        happened(client, arns["callback"], "CallbackStarted")
        happened(client, arns["timeout of a callback"], "CallbackStarted")
        happened(client, arns["child"], "ChainedInvokeStarted")
        happened(client, arns["function"], "ChainedInvokeStarted")
        happened(client, arns["execution timeout"], "CallbackStarted")
        arns["work"] = start("Day", work)
        until(marker.exists, "the step to begin")
        kill_the_engine()
    finally:
        localcloud.set_clock("skip")
    return arns


def kill_the_engine():
    """Kill the process of the Lambda API, and wait for another one."""
    killed = state.read().parts["lambda"]
    process = killed.find()
    assert process is not None
    process.kill()

    def is_back():
        status = localcloud.status()
        return status.running and status.parts[1].pid != killed.pid

    until(is_back, "the restart")


@pytest.mark.parametrize(
    ("pending", "result"),
    [
        ("wait", [None]),
        ("retry", ["at last"]),
        ("timeout of a callback", ["Callback timed out"]),
        ("child", [[None]]),
        ("function", ["plain"]),
        ("work", ["done"]),
    ],
)
def test_it_goes_on_and_ends_well(client, survivors, pending, result):
    found = ended(client, survivors[pending])
    assert (found["Status"], json.loads(found["Result"])) == ("SUCCEEDED", result)


def test_a_callback_can_still_be_answered(client, survivors):
    arn = survivors["callback"]
    asked = events(client, arn, "CallbackStarted")[0]["CallbackStartedDetails"]
    client.send_durable_execution_callback_success(CallbackId=asked["CallbackId"], Result=b"yes")
    assert json.loads(ended(client, arn)["Result"]) == ["yes"]


def test_an_execution_still_times_out(client, survivors):
    assert ended(client, survivors["execution timeout"])["Status"] == "TIMED_OUT"


def test_the_numbers_of_events_go_on_where_they_were(client, survivors):
    for arn in survivors.values():
        ended(client, arn)
        numbers = [event["EventId"] for event in events(client, arn)]
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_function_that_only_waited_is_not_invoked_for_the_restart(client, survivors):
    arn = survivors["wait"]
    ended(client, arn)
    assert len(events(client, arn, "InvocationCompleted")) == 2


def test_a_child_is_started_once(client, survivors, functions):
    ended(client, survivors["child"])
    invoked = events(client, survivors["child"], "ChainedInvokeStarted")[0]
    child = invoked["ChainedInvokeStartedDetails"]["DurableExecutionArn"]
    found = client.list_durable_executions_by_function(
        FunctionName=functions["Target"], DurableExecutionName=child.split("/")[2]
    )
    assert [each["DurableExecutionArn"] for each in found["DurableExecutions"]] == [child]
