"""Topics and buckets start functions, queues and streams invoke them batch by batch."""

import json

import pytest

from tests.contract.waiting import ended, until


def test_a_message_of_a_topic_starts_an_execution(target, deployed, started):
    target.client("sns").publish(TopicArn=deployed["Topic"], Message="by a topic")
    execution, event = started("Started", "by a topic")
    assert execution["Status"] == "SUCCEEDED"
    assert event["Records"][0]["Sns"]["TopicArn"] == deployed["Topic"]


def test_an_upload_to_a_bucket_starts_an_execution(target, deployed, started):
    target.client("s3").put_object(Bucket=deployed["Bucket"], Key="by-a-bucket", Body=b"")
    execution, event = started("Started", "by-a-bucket")
    assert execution["Status"] == "SUCCEEDED"
    assert event["Records"][0]["eventName"] == "ObjectCreated:Put"


def test_a_queue_starts_an_execution_for_a_batch_and_is_empty_then(target, deployed, send, started):
    send("Orders", "by a queue")
    execution, event = started("Batched", "by a queue")
    assert execution["Status"] == "SUCCEEDED"
    assert event["Records"][0]["eventSource"] == "aws:sqs"

    def left():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = target.client("sqs").get_queue_attributes(
            QueueUrl=deployed["Orders"], AttributeNames=names
        )
        return sum(int(found["Attributes"][name]) for name in names)

    until(lambda: left() == 0, "an empty queue")


@pytest.fixture
def fails_twice(target, client, deployed, executions):
    """Wait until a message was received twice, without its visibility timeouts."""

    def wait(text):
        for times in range(2):

            def found(times=times):
                return executions("Batched", text)[times:]

            latest = until(found, f"execution {times + 1}")[0]
            ended(client, latest["DurableExecutionArn"])
            records = json.loads(latest["InputPayload"])["Records"]
            (handle,) = [r["receiptHandle"] for r in records if text in r["body"]]
            target.client("sqs").change_message_visibility(
                QueueUrl=deployed["Orders"], ReceiptHandle=handle, VisibilityTimeout=0
            )

    return wait


def test_a_batch_that_fails_is_retried_and_redriven(send, fails_twice, received, executions):
    send("Orders", "please fail with the batch")
    fails_twice("please fail with the batch")
    assert received("Redriven", "please fail with the batch")
    assert len(executions("Batched", "please fail with the batch")) == 2


def test_only_the_failed_items_of_a_batch_are_retried(send, fails_twice, received, executions):
    send("Orders", "this one failed", "this one went well")
    fails_twice("this one failed")
    assert received("Redriven", "this one failed")
    assert len(executions("Batched", "this one went well")) == 1


def test_a_stream_of_data_starts_an_execution(target, deployed, started):
    target.client("kinesis").put_record(
        StreamName=deployed["Stream"], Data=b"by a stream", PartitionKey="by a stream"
    )
    execution, event = started("Batched", "by a stream")
    assert execution["Status"] == "SUCCEEDED"
    assert event["Records"][0]["eventSource"] == "aws:kinesis"


def test_a_change_of_a_table_starts_an_execution(target, deployed, started):
    target.client("dynamodb").put_item(
        TableName=deployed["Table"], Item={"id": {"S": "by a table"}}
    )
    execution, event = started("Batched", "by a table")
    assert execution["Status"] == "SUCCEEDED"
    assert event["Records"][0]["eventName"] == "INSERT"


def succeeded(found):
    return [each for each in found if each["Status"] == "SUCCEEDED"]


def test_a_record_that_fails_again_is_given_up_and_those_around_it_go_on(
    target, deployed, received, started, executions
):
    ids = ["before it", "please fail in a stream", "after it"]
    put = [{"Put": {"TableName": deployed["Table"], "Item": {"id": {"S": i}}}} for i in ids]
    target.client("dynamodb").transact_write_items(TransactItems=put)
    record = json.loads(received("Failed", "DDBStreamBatchInfo")["Body"])
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["DDBStreamBatchInfo"]["batchSize"] == 1
    assert started("Batched", "before it")
    until(lambda: succeeded(executions("Batched", "after it")), "the one after it")
    alone = [
        e
        for e in executions("Batched", "please fail in a stream")
        if len(json.loads(e["InputPayload"])["Records"]) == 1
    ]
    assert len(alone) == 2


def test_an_event_source_is_not_mapped_to_a_function_that_may_take_longer(client, deployed):
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="15 minutes"):
        client.create_event_source_mapping(
            EventSourceArn=deployed["OrdersArn"], FunctionName=deployed["StartedAlias"]
        )


@pytest.mark.parametrize(
    ("queue", "function", "reason"),
    [
        (
            {"VisibilityTimeout": "2"},
            "Batched",
            "2 seconds is less than Function timeout: 30 seconds",
        ),
        ({}, "Minute", "does not have permissions to call ReceiveMessage on SQS"),
    ],
)
def test_a_mapping_that_aws_refuses_is_refused(target, client, deployed, queue, function, reason):
    queues = target.client("sqs")
    url = queues.create_queue(QueueName=f"for-{function}", Attributes=queue)["QueueUrl"]
    source = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    with pytest.raises(client.exceptions.InvalidParameterValueException, match=reason):
        client.create_event_source_mapping(
            EventSourceArn=source["Attributes"]["QueueArn"],
            FunctionName=f"{deployed[function]}:live",
        )
