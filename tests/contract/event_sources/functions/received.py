"""Functions that event sources start."""

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def durable(event, context):
    """Return the event after a step and a wait; fail, or wait for good, if the event says so."""
    context.step(lambda _: "begun", name="begin")
    context.wait(Duration.from_seconds(61), name="pause")
    if "please wait" in str(event):
        context.create_callback(name="answer").result()
    return plain(event, context)


def plain(event, _context):
    """Return the failed items of a batch; fail if the event says so."""
    if "please fail" in str(event):
        raise ValueError("as asked")
    records = event.get("Records", [])
    bad = [r["messageId"] for r in records if "this one failed" in r.get("body", "")]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in bad]}
