"""The exercises of notebook 01."""

from __future__ import annotations

from workshop.exercises.check_runner import CheckRunner
from workshop.exercises.exercise import Exercise
from workshop.exercises.expect import expect, expect_that

REPLAYED = "tok_timeout_validate-order"


def validates_in_a_step(runner: CheckRunner) -> None:
    """The handler runs one step of the right name and returns its result."""
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
        "the attempts of validate-order if it times out twice",
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
        emails = [row for name, row in tried.records.items() if name.startswith("email#")]
        expect_that(
            len(emails) == 1,
            f"the number of emails for an order that {when}",
            "1",
            len(emails) or "0. Did you prepare the step, but not run it?",
        )
        expect(
            f"how many times the email partner was asked for an order that {when}",
            int(emails[0]["calls"]),
            1,
            "Code outside an operation runs on every replay: run thank_customer with ctx.step",
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
            "a name of your choice, as name=…",
            "no name, so nobody can recognize it in the history",
        )


EXERCISES = (
    Exercise(
        "1a",
        "Validate the order in a step",
        validates_in_a_step,
        (
            "The context runs a step: look for the method of `ctx` that the text above "
            "introduces. It takes the prepared step and a name.",
            "Call `validate_order(event)` to prepare the step, and pass it to `ctx.step(…, "
            'name="validate-order")`, which returns the order.',
            '`order = ctx.step(validate_order(event), name="validate-order")`',
        ),
        "Your step is the first of the 17 operations.",
    ),
    Exercise(
        "1b",
        "Thank the customer once",
        thanks_in_a_step,
        (
            "An operation must send the email, so that it has a checkpoint. You know one kind of "
            "operation: a step, which is a function with `@durable_step` above it.",
            "Write `@durable_step`, and below it `def thank_customer(_step: StepContext, event: "
            "dict[str, Any]) -> str:` with the call of `partners.send_email`. In the handler, run "
            "it as you ran `validate_order`, with a name of its own.",
            'In the step: `return partners.send_email(event["orderId"], event["customerEmail"], '
            '"thanks", "Thank you!")`. In the handler: '
            '`ctx.step(thank_customer(event), name="thank-customer")`',
        ),
        "The customer gets one email, however many times the handler runs.",
    ),
)
