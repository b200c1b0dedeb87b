"""The exercises of notebook 01."""

from __future__ import annotations

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import expect, expect_that

REPLAYED = "tok_timeout_validate-order"


def validates_in_a_step(runner: CheckRunner) -> None:
    """The handler runs one step of the right name and answers what it returned."""
    tried = runner.process()
    runner.expect_operations("the operations of an order", tried, ["validate-order"])
    expect("the status of the order", tried.order.get("status"), "validated")
    expect_that(
        isinstance(tried.answer, dict) and tried.answer.get("totalCents") == 9198,
        "what the handler returns",
        "the result of the step, with a totalCents of 9198",
        tried.answer,
    )
    replayed = runner.process(payment_token=REPLAYED)
    expect(
        "the attempts of validate-order when it times out twice",
        replayed.attempts("validate-order"),
        3,
    )


def thanks_in_a_step(runner: CheckRunner) -> None:
    """However often Lambda invokes the function, the email partner is asked once."""
    for token, when in (("tok_ok", "goes well"), (REPLAYED, "is replayed")):
        tried = runner.process(payment_token=token)
        expect_that(
            "validate-order" in tried.names,
            "the operations of an order",
            "validate-order among them",
            ", ".join(tried.names),
        )
        letters = [row for name, row in tried.records.items() if name.startswith("email#")]
        expect_that(
            len(letters) == 1,
            f"the emails of an order that {when}",
            "1",
            f"{len(letters)}. Was the step prepared, and not run?" if not letters else len(letters),
        )
        calls = int(letters[0]["calls"])
        expect(
            f"how often the email partner was asked for an order that {when}",
            calls,
            1,
            "Only an operation is not run again in a replay: run thank_customer with ctx.step",
        )
        expect_that(
            len(set(tried.names)) == 2 and tried.names[-1] == "validate-order",
            "the operations of an order",
            "two: one for the email, with a name of its own, then validate-order",
            tried.names,
            "To send the email in an operation, run thank_customer with ctx.step",
        )
        expect_that(
            "(no name)" not in tried.names,
            "the name of the email's operation",
            "a name that you chose, given as name=…",
            "no name, so nobody can tell it apart in the history",
        )


EXERCISES = (
    Exercise(
        "1a",
        "Validate the order in a step",
        validates_in_a_step,
        (
            "A step is run by the context: look for the method of `ctx` that the text above "
            "introduces. It takes the prepared step, and a name.",
            "Call `validate_order(event)` to prepare the step, and hand it to `ctx.step(…, "
            'name="validate-order")`. What `ctx.step` returns is the order.',
            '`order = ctx.step(validate_order(event), name="validate-order")`',
        ),
        "Your step is the first of the 17 operations.",
    ),
    Exercise(
        "1b",
        "Thank the customer once",
        thanks_in_a_step,
        (
            "The letter must be sent by an operation, so that it is recorded as done. You have "
            "met one kind of operation in this notebook.",
            "Above the handler there is a function `thank_customer`, made a step by "
            "`@durable_step`. In the handler, run it as you ran `validate_order`, with a name of "
            "its own.",
            '`ctx.step(thank_customer(event), name="thank-customer")`',
        ),
        "Once, however often the handler runs.",
    ),
)
