"""What AWS's documentation shows: each history fits its own code, whichever branch was faster."""

import sys
from typing import Any
from unittest.mock import patch

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import (
    CompletionConfig,
    Duration,
    MapConfig,
    NestingType,
    ParallelConfig,
    StepConfig,
)
from aws_durable_execution_sdk_python.retries import RetryPresets

from tests.unit.replay.recording import ARN, events_of
from workshop.replay import recorded
from workshop.replay.replayer import replay

ONCE = StepConfig(retry_strategy=RetryPresets.none())
OFTEN = 10  # which branch ends first differs


def get(ctx: DurableContext, item: int, _index: int, _items: object) -> int:
    return ctx.step(lambda _: item, name="get")


def fail(ctx: DurableContext, item: int, _index: int, _items: object) -> None:
    ctx.step(lambda _: 1 / 0, name="get", config=ONCE)


def fits(handler, **options) -> None:
    events = events_of(handler, **options)
    for count in [*range(1, len(events)), *[len(events)] * OFTEN]:
        found = replay(recorded.of(events[:count], ARN), handler)
        assert found.fits, f"after {count} events: {found}"


def test_a_map_that_ends_with_its_first_failure() -> None:
    @durable_execution
    def handler(_event, ctx: DurableContext):
        outcome: Any = ctx.map(range(6), fail, name="all", config=MapConfig(max_concurrency=2))
        ctx.step(lambda _: outcome.failure_count, name="report")

    fits(handler)


def test_a_map_that_ends_when_enough_succeeded() -> None:
    @durable_execution
    def handler(_event, ctx: DurableContext):
        enough = CompletionConfig(min_successful=2)
        config: Any = MapConfig(max_concurrency=3, completion_config=enough)
        ctx.map(range(9), get, name="all", config=config)

    fits(handler)


def test_branches_without_a_context_of_their_own() -> None:
    @durable_execution
    def handler(_event, ctx: DurableContext):
        ctx.map(range(3), get, name="all", config=MapConfig(nesting_type=NestingType.FLAT))

    fits(handler)


def test_nothing_asks_for_the_frames_of_all_threads() -> None:
    """In Python 3.11.4 and older, that can stop the whole process: python/cpython#106883."""

    @durable_execution
    def handler(_event, ctx: DurableContext):
        ctx.map(range(3), get, name="all")

    with patch.object(sys, "_current_frames") as frames:
        fits(handler)
    frames.assert_not_called()


def test_a_branch_with_a_time_limit() -> None:
    def limit(ctx: DurableContext) -> None:
        ctx.wait(Duration.from_hours(1), name="limit")

    @durable_execution
    def handler(_event, ctx: DurableContext):
        first = ParallelConfig(completion_config=CompletionConfig.first_successful())
        ctx.parallel([limit, lambda child: get(child, 1, 0, ())], name="race", config=first)
        ctx.step(lambda _: None, name="report")

    fits(handler)


def test_maps_in_a_map_and_in_a_child_context() -> None:
    def inner(ctx: DurableContext, _item: int, _index: int, _items: object) -> list[int]:
        return ctx.map(range(2), get, name="inner").get_results()

    @durable_execution
    def handler(_event, ctx: DurableContext):
        ctx.map(range(2), inner, name="outer")
        ctx.run_in_child_context(lambda child: inner(child, 0, 0, ()), name="child")

    fits(handler)


def test_results_that_are_too_large_to_keep() -> None:
    def large(ctx: DurableContext, _item: int, _index: int, _items: object) -> str:
        return ctx.step(lambda _: "x" * 200_000, name="large")

    @durable_execution
    def handler(_event, ctx: DurableContext):
        ctx.map(range(3), large, name="all")
        ctx.step(lambda _: None, name="report")

    fits(handler)


def test_a_callback_whose_id_a_step_sends() -> None:
    @durable_execution
    def handler(_event, ctx: DurableContext):
        callback = ctx.create_callback(name="answer")
        ctx.step(lambda _: callback.callback_id, name="ask")
        return callback.result()

    fits(handler, callback="answer")


def test_code_may_branch_on_the_name_of_its_execution() -> None:
    @durable_execution
    def handler(_event, ctx: DurableContext):
        ctx.step(lambda _: None, name=ctx.execution_context.durable_execution_arn.split("/")[-2])

    events = [event | {"Name": "ord-1-r1"} for event in events_of(handler)]
    assert replay(recorded.of(events), handler).fits
