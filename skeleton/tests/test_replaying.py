"""The replay names the first place at which code no longer fits a history, and runs nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_durable_execution_sdk_python import DurableContext, durable_execution

from replaying import first_misfit
from service.workflow import HOLD

Handler = Callable[[dict[str, Any], DurableContext], Any]
HISTORIES = Path(__file__).parent / "histories"


def never(_step: object) -> dict[str, Any]:
    pytest.fail("a step was executed")


def says(handler: Handler, history: str = "confirmed") -> str:
    return first_misfit(HISTORIES / f"{history}.json", durable_execution(handler))


def same(_event: dict[str, Any], ctx: DurableContext) -> None:
    ctx.step(never, name="reserve")
    ctx.wait(HOLD, name="hold")
    ctx.step(never, name="confirm")


def renamed(_event: dict[str, Any], ctx: DurableContext) -> None:
    ctx.step(never, name="take")


def of_another_kind(_event: dict[str, Any], ctx: DurableContext) -> None:
    ctx.step(never, name="reserve")
    ctx.step(never, name="hold")


def shorter(_event: dict[str, Any], ctx: DurableContext) -> None:
    ctx.step(never, name="reserve")
    ctx.wait(HOLD, name="hold")


def longer(event: dict[str, Any], ctx: DurableContext) -> None:
    same(event, ctx)
    ctx.step(never, name="tell")


def broken(event: dict[str, Any], ctx: DurableContext) -> None:
    same(event, ctx)
    raise KeyError("state")


@pytest.mark.parametrize("history", ["confirmed", "held"])
def test_the_same_operations_fit(history: str) -> None:
    assert says(same, history) == ""


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (renamed, "operation 1: the history has reserve (Step), and the code asks for take (Step)"),
        (of_another_kind, "operation 2: the history has hold (Wait), and the code asks for hold"),
        (shorter, "operation 3: the history has confirm (Step), and the code ends without it"),
        (longer, "the history ends, and the code asks for tell (Step)"),
        (broken, "the history succeeds, and the code raises KeyError('state')"),
    ],
)
def test_the_first_misfit_is_named(handler: Handler, said: str) -> None:
    assert says(handler).startswith(said)


def test_an_execution_that_waits_may_go_on_in_another_way() -> None:
    assert says(longer, "held") == ""
    assert says(shorter, "held") == ""
    assert says(renamed, "held") != ""
