"""Where the events and the outcomes of asynchronous invocations go."""

import json

import pytest

from tests.contract.waiting import ended, happened


@pytest.mark.parametrize(
    ("function", "status"), [("Started", "FAILED"), ("Minute", "TIMED_OUT"), ("Started", "STOPPED")]
)
def test_an_execution_that_fails_permanently_leaves_its_event(
    client, deployed, received, function, status
):
    event = {"end": status, "do": "please wait" if status == "STOPPED" else "please fail"}
    arn = client.invoke(
        FunctionName=deployed[function],
        Qualifier="live",
        InvocationType="Event",
        Payload=json.dumps(event),
    )["DurableExecutionArn"]
    if status == "STOPPED":
        happened(client, arn, "CallbackStarted")
        client.stop_durable_execution(DurableExecutionArn=arn)
    letter = received("Dead", status)
    assert ended(client, arn)["Status"] == status
    assert json.loads(letter["Body"]) == event
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "200"
    told = json.loads(received("Succeeded", arn)["Body"])  # by the function of a rule
    assert told["requestPayload"]["detail"]["status"] == status


def test_a_synchronous_execution_leaves_no_dead_letter(client, deployed, received):
    for kind in ("RequestResponse", "Event"):
        client.invoke(
            FunctionName=deployed["Minute"],
            Qualifier="live",
            InvocationType=kind,
            Payload=json.dumps({"called": kind}),
        )
    assert json.loads(received("Dead", '"called"')["Body"]) == {"called": "Event"}


def test_an_ordinary_function_has_three_attempts_then_a_record_and_a_dead_letter(
    put_event, deployed, received
):
    put_event("Told", do="please fail")
    record = json.loads(received("Failed", "please fail")["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestContext"]["functionArn"].endswith(f":{deployed['Ordinary']}:live")
    assert record["responsePayload"]["errorMessage"] == "as asked"
    letter = received("Dead", '"Told"')
    assert json.loads(letter["Body"]) == record["requestPayload"]
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "as asked"


def test_its_success_has_a_record_too(put_event, received):
    put_event("Told", id="a success")
    record = json.loads(received("Succeeded", "a success")["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"batchItemFailures": []}


@pytest.mark.parametrize(("age_seconds", "attempts"), [(60, 1), (100, 2)])
def test_an_event_that_would_be_too_old_is_not_retried(
    client, deployed, received, age_seconds, attempts
):
    client.put_function_event_invoke_config(
        FunctionName=deployed["Ordinary"],
        Qualifier="1",
        MaximumEventAgeInSeconds=age_seconds,
        DestinationConfig={"OnFailure": {"Destination": deployed["DeadArn"]}},
    )
    text = f"please fail within {age_seconds}"
    client.invoke(
        FunctionName=deployed["Ordinary"],
        Qualifier="1",
        InvocationType="Event",
        Payload=json.dumps({"do": text, "records": "requestContext"}),
    )
    record = json.loads(received("Dead", f'"requestPayload": {{"do": "{text}"')["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == attempts


def test_a_function_says_where_its_dead_letters_go(client, deployed):
    for function in ("Started", "Ordinary"):
        found = client.get_function_configuration(FunctionName=deployed[function])
        assert found["DeadLetterConfig"] == {"TargetArn": deployed["DeadArn"]}
