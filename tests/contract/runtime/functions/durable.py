"""A durable function whose package brings no SDK: the runtime has one."""

import logging

from aws_durable_execution_sdk_python import durable_execution

log = logging.getLogger()


@durable_execution
def handler(event, context):
    """Log and return the result of one step."""
    log.info("information")
    log.warning("warning")
    return context.step(lambda _: "the runtime has the SDK", name="step")
