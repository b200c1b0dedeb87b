"""After notebook 07, learners have most of the finished application; after 10, all of it."""

import difflib

import pytest

from workshop.course import application, stages

AFTER_07 = {
    code.module: code.text for code in stages.codes() if code.module and code.notebook <= "07"
}
AFTER_10 = {
    code.module: code.text
    for code in stages.codes()
    if code.module and code.notebook <= "10" and not application.is_test(code.module)
}
# Map and parallel come in notebook 10; until then one function of each of these is a plain step.
UNTIL_10 = {"workflow", "fulfillment", "shipping"}


@pytest.mark.parametrize("module", sorted(AFTER_07.keys() - UNTIL_10))
def test_a_module_is_finished(module: str) -> None:
    assert AFTER_07[module] == stages.complete()[module]


@pytest.mark.parametrize("module", sorted(AFTER_10))
def test_a_module_is_finished_after_notebook_10(module: str) -> None:
    assert AFTER_10[module] == stages.complete()[module]


def test_every_module_is_given_or_written() -> None:
    assert AFTER_10.keys() | stages.given().keys() == stages.complete().keys()


def test_the_story_differs_from_the_finished_one_only_in_map_and_parallel() -> None:
    ours, finished = AFTER_07["workflow"].splitlines(), stages.complete()["workflow"].splitlines()
    changed = [line for line in difflib.ndiff(ours, finished) if line[0] in "+-"]
    assert {line[2:].strip() for line in changed if line[0] == "+"} == {
        "picks = pick_items(ctx, order)",
        "notifications = send_notifications(ctx, order, shipment)",
        "from aws_durable_execution_sdk_python import DurableContext, durable_execution",
    }
    assert {line[2:].strip() for line in changed if line[0] == "-"} == {
        'picks = ctx.step(pick_items(order), name="pick-items", config=WAREHOUSE)',
        "try:",
        "messages = send_notifications(order, shipment)",
        'notifications = ctx.step(messages, name="send-notifications", config=PARTNER)',
        "except StepError as error:",
        'notifications = dict.fromkeys(("email", "sms"), f"failed: {error.message}")',
        "from aws_durable_execution_sdk_python import DurableContext, StepError, durable_execution",
    }
