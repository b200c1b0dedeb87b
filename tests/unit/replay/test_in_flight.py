"""Executions that have not ended, or have ended badly, are replayed as far as they went."""

from aws_durable_execution_sdk_python import DurableContext, StepError, durable_execution
from aws_durable_execution_sdk_python.config import Duration, StepConfig
from aws_durable_execution_sdk_python.retries import RetryPresets

from tests.unit.replay import story
from tests.unit.replay.recording import ARN, events_of, record
from workshop.replay import recorded
from workshop.replay.replayer import replay, undecorated

ONCE = StepConfig(retry_strategy=RetryPresets.none())
EVENT = {"total": 1_500, "items": ["mug", "pen"]}
executed: list[str] = []


def doing(name):
    return lambda _step: executed.append(name)


def failing(_step):
    raise ValueError("no answer")


@durable_execution
def two_steps(_event, ctx: DurableContext):
    ctx.step(doing("one"), name="one")
    ctx.step(doing("two"), name="two")


def test_new_code_after_the_last_recorded_operation_fits() -> None:
    @durable_execution
    def longer(_event, ctx: DurableContext):
        ctx.step(doing("one"), name="one")
        ctx.wait(Duration.from_seconds(60), name="pause")
        ctx.step(doing("other"), name="other")

    interrupted = record(two_steps, until="two")
    first = recorded.of(events_of(two_steps)[:3], ARN)
    executed.clear()
    assert replay(first, longer).fits
    assert "history has two (step), the code asks for pause (wait)" in str(
        replay(interrupted, longer)
    )
    assert executed == []


def test_a_step_that_was_interrupted_is_not_executed() -> None:
    interrupted = record(two_steps, until="two")
    executed.clear()
    assert replay(interrupted, two_steps).fits
    assert executed == []


def test_every_moment_of_an_execution_fits_its_own_code() -> None:
    events = events_of(story.handler, EVENT, callback="review create callback id")
    story.done.clear()
    for count in range(1, len(events) + 1):
        found = replay(recorded.of(events[:count], ARN), story.handler)
        assert found.fits, f"after {count} events: {found}"
    assert story.done == []


def test_code_that_catches_every_error_does_not_hide_a_misfit() -> None:
    @durable_execution
    def catching(_event, ctx: DurableContext):
        try:
            ctx.step(doing("uno"), name="uno")
        except Exception:  # noqa: BLE001
            return "fine"

    said = str(replay(record(two_steps), catching))
    assert "operation 1: history has one (step), the code asks for uno (step)" in said


def test_an_error_that_the_code_handles_is_raised_again() -> None:
    @durable_execution
    def careful(_event, ctx: DurableContext):
        try:
            ctx.step(failing, name="charge", config=ONCE)
        except StepError:
            ctx.step(doing("undo"), name="undo")

    @durable_execution
    def careless(_event, ctx: DurableContext):
        ctx.step(failing, name="charge", config=ONCE)

    compensated = record(careful)
    assert replay(compensated, careful).fits
    said = str(replay(compensated, careless))
    assert "operation 2: history has undo (step), the code ends without it" in said
    assert f"line {undecorated(careless).__code__.co_firstlineno + 2}" in said


def test_an_execution_that_failed_fits_the_code_that_failed_and_its_correction() -> None:
    @durable_execution
    def broken(_event, ctx: DurableContext):
        ctx.step(doing("one"), name="one")
        raise KeyError("customer")

    @durable_execution
    def corrected(_event, ctx: DurableContext):
        ctx.step(doing("one"), name="one")

    failed = record(broken)
    assert replay(failed, broken).fits
    found = replay(failed, corrected)
    assert found.fits
    assert "The recorded execution failed with KeyError" in str(found)


def test_unnamed_operations_are_a_warning() -> None:
    @durable_execution
    def unnamed(_event, ctx: DurableContext):
        ctx.step(lambda _: 1)
        ctx.step(lambda _: 2)

    assert "2 recorded operations have no name" in str(replay(record(unnamed), unnamed))


def test_another_result_is_a_note() -> None:
    @durable_execution
    def other(_event, ctx: DurableContext):
        ctx.step(doing("one"), name="one")
        ctx.step(doing("two"), name="two")
        return "done"

    found = replay(record(two_steps), other)
    assert found.fits
    assert "differs from the recorded one" in str(found)


def test_a_chained_invoke_returns_what_the_history_has() -> None:
    @durable_execution
    def caller(_event, ctx: DurableContext):
        return ctx.invoke("price:live", {"sku": "mug"}, name="ask-price")

    @durable_execution
    def other(_event, ctx: DurableContext):
        return ctx.invoke("price:live", {"sku": "mug"}, name="ask-cost")

    started, ended = events_of(two_steps)[0], events_of(two_steps)[-1]
    asked_id = events_of(two_steps)[1]["Id"]
    invoke = {"Id": asked_id, "Name": "ask-price", "SubType": "ChainedInvoke"}
    history = [
        started,
        {**invoke, "EventType": "ChainedInvokeStarted", "ChainedInvokeStartedDetails": {}},
        {
            **invoke,
            "EventType": "ChainedInvokeSucceeded",
            "ChainedInvokeSucceededDetails": {"Result": {"Payload": "4599"}},
        },
        {**ended, "ExecutionSucceededDetails": {"Result": {"Payload": "4599"}}},
    ]
    priced = recorded.of(history, ARN)
    assert str(replay(priced, caller)) == "It fits: 1 recorded operations."
    said = str(replay(priced, other))
    assert "history has ask-price (invoke), the code asks for ask-cost (invoke)" in said


def test_a_pause_of_the_execution_changes_nothing() -> None:
    first, *others = events_of(two_steps)
    paused = [{"EventType": kind} for kind in ("ExecutionPaused", "ExecutionResumed")]
    assert recorded.of([first, *paused, *others], ARN) == recorded.of([first, *others], ARN)
