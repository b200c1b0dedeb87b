"""One durable function that runs whatever operations its event lists."""

import os
import time
from pathlib import Path

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import (
    CallbackConfig,
    CompletionConfig,
    Duration,
    JitterStrategy,
    MapConfig,
    ParallelConfig,
    StepConfig,
)
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision


@durable_execution
def handler(event, context):
    """Run ``event["script"]``, a list of operations, and return what each gave."""
    return [OPERATIONS[each["do"]](context, each) for each in event["script"]]


def step(context, what):
    """Fail ``failures`` times, ``delaySeconds`` apart; then return ``result``."""

    def body(step_context):
        if step_context.attempt <= what.get("failures", 0):
            raise RuntimeError(what.get("message", "not yet"))
        return what.get("result")

    retry = create_retry_strategy(
        RetryStrategyConfig(
            max_attempts=what.get("attempts", 3),
            initial_delay=Duration.from_seconds(what.get("delaySeconds", 5)),
            jitter_strategy=JitterStrategy.NONE,
            backoff_rate=1,
        )
    )
    return context.step(body, name=what.get("name", "step"), config=StepConfig(retry))


def many(context, what):
    """As many operations as there are in ``count``, and the map that holds them."""
    context.map(
        range(what["count"]),
        lambda _context, item, _index, _items: item,
        name="many",
        config=MapConfig(max_concurrency=100),
    ).throw_if_error()


def wait(context, what):
    """Wait for ``seconds``."""
    context.wait(Duration.from_seconds(what["seconds"]), name="pause")


def condition(context, what):
    """Count from 0 up to ``upTo``, a minute apart."""

    def decide(state, _attempt):
        if state >= what["upTo"]:
            return WaitForConditionDecision.stop_polling()
        return WaitForConditionDecision.continue_waiting(Duration.from_minutes(1))

    config = WaitForConditionConfig(wait_strategy=decide, initial_state=0)
    return context.wait_for_condition(lambda state, _: state + 1, config, name="count")


def callback(context, what):
    """Wait for an answer, at most ``timeoutSeconds``; return it, or the error's message."""
    config = CallbackConfig(
        timeout=Duration.from_seconds(what.get("timeoutSeconds", 0)),
        heartbeat_timeout=Duration.from_seconds(what.get("heartbeatSeconds", 0)),
    )
    asked = context.create_callback(name="answer", config=config)
    try:
        return asked.result()
    except Exception as error:  # noqa: BLE001 - what it says is the result
        return str(error)


def race(context, what):
    """Wait for an answer and for ``seconds`` at once; return both."""
    branches = [lambda c: callback(c, what), lambda c: wait(c, what)]
    config = ParallelConfig(completion_config=CompletionConfig.all_completed())
    return context.parallel(branches, name="race", config=config).get_results()


def invoke(context, what):
    """Invoke the function named in the variable ``variable``."""
    return context.invoke(os.environ[what["variable"]], what.get("event", {}), name="invoke")


def invoke_beside_wait(context, what):
    """Invoke a function and wait for ``seconds`` at once."""
    context.parallel([lambda c: invoke(c, what), lambda c: wait(c, what)], name="beside")


def work(context, what):
    """Work for ``seconds``; once only if there is a ``marker``, which it then leaves behind."""

    def body(_):
        marker = Path(what["marker"])
        if marker.exists() and what.get("once"):
            return "done"
        marker.touch()
        time.sleep(what["seconds"])
        return "done"

    return context.step(body, name="work")


def crash(context, what):
    """Kill the process, at every attempt."""
    context.step(lambda _: os._exit(1), name="crash")


def give(_context, what):
    """Return a result of so many ``bytes`` without an operation."""
    return "x" * what["bytes"]


OPERATIONS = {
    each.__name__: each
    for each in (
        step,
        many,
        wait,
        condition,
        callback,
        race,
        invoke,
        invoke_beside_wait,
        work,
        crash,
        give,
    )
}


def plain(event, _context):
    """Work for ``seconds`` as an ordinary function."""
    time.sleep(event.get("seconds", 0))
    return "plain"
