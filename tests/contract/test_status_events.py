"""Every change of an execution's status is on the event bus, as AWS puts it there."""

import json
from datetime import datetime

import pytest

from tests.contract.waiting import ended, happened, until

PATTERN = {"source": ["aws.lambda"], "detail-type": ["Durable Execution Status Change"]}


@pytest.fixture(scope="module")
def bus(target):
    return target.client("events")


@pytest.fixture(scope="module")
def received(target, bus):
    """The events about an execution so far, from a queue that a rule sends them to."""
    queues = target.client("sqs")
    url = queues.create_queue(QueueName="status-events")["QueueUrl"]
    queue_arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    bus.put_rule(Name="status-events", EventPattern=json.dumps(PATTERN))
    bus.put_targets(
        Rule="status-events",
        Targets=[{"Id": "queue", "Arn": queue_arn["Attributes"]["QueueArn"]}],
    )
    events = []

    def about(arn):
        answer = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            events.append(json.loads(message["Body"]))
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found = [e for e in events if e["detail"]["durableExecutionArn"] == arn]
        return sorted(found, key=lambda e: "endTimestamp" in e["detail"])

    return about


def moment(event, name):
    return datetime.fromisoformat(event["detail"][name]).timestamp()


def approximately(moment):
    return pytest.approx(moment.timestamp(), abs=0.01)


def both(received, arn):
    return until(lambda: found if len(found := received(arn)) == 2 else None, "both events")


def test_an_execution_announces_its_start_and_its_end(client, start, received):
    arn = start("Day", {"do": "wait", "seconds": 60}, DurableExecutionName="announced")
    execution = ended(client, arn)
    began, succeeded = both(received, arn)
    assert began["source"] == "aws.lambda"
    assert began["detail-type"] == "Durable Execution Status Change"
    assert began["detail"]["status"] == "RUNNING"
    assert "endTimestamp" not in began["detail"]
    assert succeeded["detail"] == {
        "durableExecutionArn": arn,
        "durableExecutionName": "announced",
        "functionArn": execution["FunctionArn"],
        "status": "SUCCEEDED",
        "startTimestamp": began["detail"]["startTimestamp"],
        "endTimestamp": succeeded["detail"]["endTimestamp"],
    }
    assert moment(succeeded, "startTimestamp") == approximately(execution["StartTimestamp"])
    assert moment(succeeded, "endTimestamp") == approximately(execution["EndTimestamp"])


@pytest.mark.parametrize(
    ("function", "script", "status"),
    [
        ("Day", {"do": "unknown"}, "FAILED"),
        ("Minute", {"do": "wait", "seconds": 61}, "TIMED_OUT"),
        ("Day", {"do": "callback"}, "STOPPED"),
    ],
)
def test_however_it_ends_the_event_says_so(client, start, received, function, script, status):
    arn = start(function, script)
    if status == "STOPPED":
        happened(client, arn, "CallbackStarted")
        client.stop_durable_execution(DurableExecutionArn=arn)
    assert both(received, arn)[1]["detail"]["status"] == status


def test_a_pause_and_its_end_are_announced(client, start, received):
    arn = start("Day", {"do": "callback"})
    happened(client, arn, "InvocationCompleted")
    client.pause_durable_execution(DurableExecutionArn=arn)
    client.resume_durable_execution(DurableExecutionArn=arn)
    expected = ["PAUSED", "RUNNING", "RUNNING"]
    until(lambda: sorted(e["detail"]["status"] for e in received(arn)) == expected, "the pause")
