"""Durable functions with one mistake each. Exercise 11b shows the histories that they leave."""

import os
import time
from datetime import UTC, datetime

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import (
    CallbackConfig,
    Duration,
    StepConfig,
    StepSemantics,
)
from aws_durable_execution_sdk_python.retries import RetryPresets

AT_MOST_ONCE = StepConfig(
    retry_strategy=RetryPresets.none(), step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY
)
HOUR = Duration.from_hours(1)


class PartnerUnavailable(Exception):
    """A partner did not do what it was asked for."""


@durable_execution
def interrupted(event, ctx):
    """The process dies in a step that must not run twice, and nobody asks what it has done."""
    ctx.step(lambda _step: {"totalCents": 9934}, name="validate-order")
    ctx.step(lambda _step: os._exit(1), name="charge-card", config=AT_MOST_ONCE)
    ctx.step(lambda _step: "sent", name="send-email")


@durable_execution
def clock(event, ctx):
    """The name of a step is made of the time, outside of a step."""
    batch = f"batch-{datetime.now(UTC):%H-%M-%S-%f}"
    ctx.step(lambda _step: {"totalCents": 9934}, name="validate-order")
    ctx.step(lambda _step: "queued", name=batch)
    ctx.wait(HOUR, name="warehouse-processing")
    ctx.step(lambda _step: "packed", name="package-order")


@durable_execution
def partner(event, ctx):
    """A partner is away for an hour; the retries last two minutes."""
    ctx.step(lambda _step: {"totalCents": 9934}, name="validate-order")
    ctx.step(ask_the_partner, name="fraud-check")
    ctx.step(lambda _step: "packed", name="package-order")


def ask_the_partner(_step):
    """Fail as a partner that is overloaded does."""
    raise PartnerUnavailable("503 Service Unavailable")


@durable_execution
def callback(event, ctx):
    """A customer is asked, and nobody handles the case that no reply comes."""
    ctx.step(lambda _step: {"totalCents": 9934}, name="validate-order")
    reply = ctx.create_callback(name="confirm-address", config=CallbackConfig(timeout=HOUR))
    ctx.step(lambda _step: "sent", name="send-email")
    ctx.wait(Duration.from_hours(2), name="warehouse-processing")
    answer = reply.result()
    ctx.step(lambda _step: answer, name="package-order")


@durable_execution
def timeout(event, ctx):
    """A step takes longer than an invocation of its function may."""
    ctx.step(lambda _step: {"totalCents": 9934}, name="validate-order")
    ctx.step(lambda _step: time.sleep(5), name="print-catalog")
    ctx.step(lambda _step: "packed", name="package-order")


@durable_execution
def renamed(event, ctx):
    """A step gets another name while an order, started by $LATEST, is on its way."""
    ctx.step(lambda _step: {"totalCents": 9934}, name="validate-order")
    ctx.step(lambda _step: "reserved", name=os.environ["SECOND_STEP"])
    ctx.create_callback(name="warehouse-processing").result()
    ctx.step(lambda _step: "packed", name="package-order")
