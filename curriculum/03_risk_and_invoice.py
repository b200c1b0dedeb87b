# %% [markdown]
# # 03 · Risk and invoice
#
# You write the risk phase: `fraud-check`, `credit-check` and `generate-invoice`. And you learn the most important rule of
# durable functions: each replay must run the same operations in the same order.
#
# - **You build**: three more steps, one of which makes a decision; and you learn to find code that must not be in a handler
# - **Time**: 25 minutes
# - **You need**: notebooks 01 and 02, or their ideas: steps, replay, refusals
# - **Cost on AWS**: on the local cloud, nothing. In your own account, each order of this notebook costs less than a
#   tenth of a cent.

# %%
from workshop.notebook import begin, check, deploy, hint, invocations, partner_calls, process
from workshop.notebook import reset, show_code, show_order, solution

begin("03")

# %% [markdown]
# ## How a replay finds its place
#
# On replay your handler asks for its operations one by one, and gets the saved results. How does the SDK know which
# result belongs to which operation? By **position**: the fifth operation that the handler asks for is the fifth in the
# execution history. The SDK also compares the kind and the name of the operation, so give every operation a name.
# (Notebook 04 shows what happens when two steps without names change places.)
#
# ```mermaid
# sequenceDiagram
#     accTitle: A replay that asks for other operations than the first invocation
#     accDescr: On replay the handler asks for operation 1, validate-order. The history has validate-order as number 1, so its result is returned. The handler then asks for credit-check as operation 2. The history has fraud-check as number 2, so the names differ and the execution fails.
#     participant H as Your handler, on replay
#     participant R as Execution history
#     Note over R: 1 validate-order, 2 fraud-check, 3 credit-check
#     H->>R: operation 1, validate-order?
#     R-->>H: yes, here is its result
#     H->>R: operation 2, credit-check?
#     R--xH: no, number 2 is fraud-check: the execution fails
# ```
#
# So the handler must make the same decisions each time it runs. This is called being **deterministic**. Your handler is
# deterministic if it uses only two things: the event, and what operations have returned.

# %% [markdown]
# ## Exercise 3a · Decide inside the step
#
# Credit is checked only for totals over 1,000.00. There are two places for this decision: an `if` in the handler, around
# the step, or an `if` inside the step.
#
# Both would be deterministic here, because an operation returned the total. But inside is better: then every order has the
# same operations, and a person who reads the history later finds the decision and its reason.
#
# Write the decision of `credit_check`. It has three results:
#
# - For a total up to and including 1,000.00, do not ask the credit agency. Return `{"skipped": "…"}` with a reason in
#   words. `show(total_cents)` gives you the amount as text.
# - Otherwise ask the agency: `partners.grants_credit(order["orderId"], order["customerId"], total_cents)` returns
#   true or false. If it is false, return `refused("…")` with a reason.
# - If it is true, return `{"granted": True}`.

# %% module="risk" exercise="3a" part="true"
@durable_step
@operation("credit-check")
def credit_check(_step: StepContext, order: Order) -> dict[str, Any]:
    """Ask for credit only for totals over 1,000.00; otherwise return that it was skipped, and why.

    The step runs in both cases. The history of two orders then has the same 17 operations, and
    whoever reads it later sees a decision, not a gap.
    """
    total_cents = order["totalCents"]
    # BEGIN SOLUTION
    if total_cents <= CREDIT_FREE_CENTS:
        return {"skipped": f"the total of {show(total_cents)} is not over 1,000.00"}
    if not partners.grants_credit(order["orderId"], order["customerId"], total_cents):
        return refused(f"no credit for a total of {show(total_cents)}")
    return {"granted": True}
    # STUB
    # # TODO: for a total of at most CREDIT_FREE_CENTS, return {"skipped": "the reason, in words"}
    # # TODO: otherwise ask the agency; return a refusal or {"granted": True}
    # return {}
    # END SOLUTION

# %%
check("3a")
# hint("3a")

# %% [markdown]
# With three more lines in `run_operations`, the workflow goes as far as the invoice:

# %% module="workflow" part="true" differs="run_operations"
from patience import PARTNER
from risk import credit_check, fraud_check, generate_invoice


def run_operations(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """The operations of an order that goes well."""
    # Phase 1: validation
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))

    # Phase 2: payment
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))

    # Phase 3: risk
    agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    return {"orderId": order["orderId"], "status": "awaiting-warehouse"}

# %% tags=["deploy"]
deploy()

# %%
process()

# %% [markdown]
# Seven operations. The total of the invoice is exactly the amount that was charged. Now a large order:

# %%
large = process(price=3500.00, quantity=1)
large.result_of("credit-check"), large.result_of("generate-invoice")

# %% [markdown]
# The customer `cust-fraud` has a risk score above the limit.
#
# **Predict first:** how will this order end, and which is its last operation?

# %%
suspicious = process(customer_id="cust-fraud")
suspicious

# %%
show_order(suspicious)

# %% [markdown]
# The order is rejected with a reason, and its last operation is `close-order`. But what about the money and the stock?

# %%
partner_calls(suspicious)

# %% [markdown]
# The rows `charge` and `reservation` show it: the money was taken, the stock is reserved, and neither row says *undone*. A
# refusal at this point needs more than a closed order. Notebook 07 adds what is missing.
#
# ## Break it, loudly
#
# A colleague knows that the handler may run several times, and wants to be careful: *"Before I ask the fraud partner, I
# check the table to see whether it was already asked."* In an ordinary function, this makes sense:

# %% module="workflow" part="true" differs="run_operations"
import store


def run_operations(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """The operations of an order, with a query of the table between them."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))
    stored = store.load(order["orderId"])
    if stored["status"] == "inventory-reserved":  # not yet checked for fraud
        agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    return {"orderId": order["orderId"], "status": "awaiting-warehouse"}

# %%
deploy()

# %%
process().state

# %% [markdown]
# It works for an order that needs only one invocation.
#
# **Predict first:** the credit agency times out twice. So its step needs three attempts. What does the
# handler find in the table in the first invocation, and what in the second?

# %%
loud = process(payment_token="tok_timeout_credit-check")
loud

# %%
show_order(loud)

# %% [markdown]
# In the first invocation the status was `inventory-reserved`, so `fraud-check` became operation 5, and the SDK
# saved its result. The step also changed the status to `fraud-checked`. So in the second invocation the condition was false: the
# handler asked for `credit-check` as operation 5, but operation 5 in the history is `fraud-check`. The SDK noticed this, and the
# execution failed. A `NonDeterministicExecutionError` is not retried, because it would happen again. (`credit-check` is shown as
# failed: its second attempt was due, and never came.)
#
# The query was not necessary. The execution history already says what has been done.
#
# You noticed this mistake because the execution failed. The next one is silent.
#
# ## Break it, silently
#
# An invoice needs a number. This version makes one from the clock, in the handler, where all operations can use it. A
# [sample for order processing of AWS on GitHub](https://github.com/aws-samples/serverless-patterns/blob/f0008e71c87dd1b8700af0ff5f7f6cd644e34ff2/lambda-durable-order-processing-sam/src/index.js)
# makes the id of an order in this way, with `Date.now()`. The cell replaces the handler for this experiment:

# %% module="workflow" tags=["given"]
"""The workflow of an order, with an experiment: the number of an invoice."""

import time
from typing import Any

from aws_durable_execution_sdk_python import (
    DurableContext,
    StepContext,
    durable_execution,
    durable_step,
)

import partners
import store
from faults import operation
from outcomes import Order, agreed
from patience import PARTNER, STORE
from validation import validate_order


@durable_step
@operation("print-invoice")
def print_invoice(_step: StepContext, _order: Order, number: str) -> str:
    """Print the invoice, and return the number on it."""
    return number


@durable_step
@operation("mail-invoice")
def mail_invoice(_step: StepContext, order: Order, number: str) -> str:
    """Tell the customer the number by email, and return it."""
    address = store.personal(order["orderId"], "customerEmail")
    partners.send_email(order["orderId"], address, "invoice", f"Invoice {number}")
    return number

# %% module="workflow" part="true" differs="handler"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    number = f"inv-{time.time_ns()}"
    ctx.step(print_invoice(order, number), name="print-invoice", config=PARTNER)
    ctx.step(mail_invoice(order, number), name="mail-invoice", config=PARTNER)
    return {"orderId": order["orderId"], "invoice": number}

# %% [markdown]
# The file also has the two steps that use the number. Each returns the number that it used. Here is one of them:

# %%
show_code("workflow", "mail_invoice")

# %%
deploy()

# %% [markdown]
# **Predict first:** the email partner times out twice. Which number is on the printed invoice, and which one is in
# the email?

# %%
silent = process(payment_token="tok_timeout_mail-invoice")
silent

# %%
silent.result_of("print-invoice") == silent.result_of("mail-invoice")

# %% [markdown]
# The execution succeeded, no error was logged, and the customer has an invoice number that nobody can find. Here are the
# invocations side by side:

# %%
invocations(silent)

# %% [markdown]
# The number on the paper is from the first invocation, which saved it with the result of `print-invoice`. The number in the
# email is from the third invocation, where the line with the clock ran for the third time.
#
# The SDK could not notice: the operations and their names were the same. Only a value was different.
#
# > **The rule of this notebook.** Read everything that can differ between two invocations (a clock, a random number, a
# > table, a setting that can change) inside an operation. Then every replay gets the same saved result.
#
# ## Exercise 3b · One number for one invoice
#
# Change the handler so that paper and email have the same number, no matter how many times the function is invoked.
# Every order needs a number of its own. There are two good solutions, and the check accepts both. If you want a step:
# `ctx.step` also takes a function with one argument, such as `lambda _step: …`. Or write a `@durable_step` above the
# handler.

# %% module="workflow" exercise="3b" part="true" differs="handler"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    # BEGIN SOLUTION
    number = ctx.step(lambda _step: f"inv-{time.time_ns()}", name="choose-number", config=STORE)
    # STUB
    # number = f"inv-{time.time_ns()}"  # TODO: a number that is the same in every invocation
    # END SOLUTION
    ctx.step(print_invoice(order, number), name="print-invoice", config=PARTNER)
    ctx.step(mail_invoice(order, number), name="mail-invoice", config=PARTNER)
    return {"orderId": order["orderId"], "invoice": number}

# %%
check("3b")
# hint("3b")

# %%
deploy()

# %%
fixed = process(payment_token="tok_timeout_mail-invoice")
fixed.result_of("print-invoice") == fixed.result_of("mail-invoice")

# %% [markdown]
# ## Exercise 3c · Find the mistakes
#
# This handler has the mistakes of this notebook and of notebook 01. (`ctx.wait` lets time pass; notebook 04 is about it.
# Here, it is an operation like the others.)
#
# ```python
# @durable_execution
# def handler(event, ctx):
#     order_id = f"order-{time.time_ns()}"                                     # A
#     units = sum(item["quantity"] for item in event["items"])                 # B
#     order = ctx.step(validate_order(order_id, event), name="validate-order") # C
#     table.put_item(Item={"orderId": order_id, "status": "in warehouse"})     # D
#     ctx.wait(Duration.from_minutes(5), name="warehouse-processing")          # E
#     if random.random() < 0.05:                                               # F
#         ctx.step(inspect(order), name="inspect")                             # G
#     if units > 10:                                                           # H
#         ctx.step(book_truck(order), name="book-truck")                       # I
#     return ctx.step(ship(order), name="ship-order")                          # J
# ```
#
# Which of the lines A to J must not be in a handler as they are? After you have found them, the check explains every
# line.

# %% exercise="3c"
# BEGIN SOLUTION
mistakes = {"A", "D", "F"}
# STUB
# mistakes = set()  # TODO: the letters of the lines with a mistake, such as {"B", "E"}
# END SOLUTION

# %%
check("3c")
# hint("3c")

# %% [markdown]
# ## Clean up
#
# The experiments are finished. The next cell brings `workflow.py` back to the version before them, with which notebook 04
# continues. Only the first line of the file is shown here:

# %% module="workflow" tags=["given"]
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from compensation import close_order
from outcomes import Order, Refused, agreed
from patience import PARTNER, PAYMENT, STORE, WAREHOUSE
from payment import check_inventory, process_payment, reserve_inventory
from risk import credit_check, fraud_check, generate_invoice
from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    try:
        return run_operations(event, ctx)
    except Refused as refusal:
        if refusal.not_ours:
            return {"orderId": event["orderId"], "status": "unchanged", "reason": str(refusal)}
        closing = close_order(event["orderId"], "rejected", str(refusal))
        return ctx.step(closing, name="close-order", config=STORE)


def run_operations(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """The operations of an order that goes well."""
    # Phase 1: validation
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))

    # Phase 2: payment
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))

    # Phase 3: risk
    agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    return {"orderId": order["orderId"], "status": "awaiting-warehouse"}

# %% module="workflow" part="true"
"""The workflow of an order, so far: validation, payment and risk."""

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Which of these may decide, in the handler, whether a step runs?**
#
# - [x] The result of an earlier step. :: It is saved, so the decision is the same in every replay.
# - [ ] The status of the order in the table. :: It changes while the order is processed, so the next replay may decide differently.
# - [ ] The time of day. :: It is different in every invocation. Read it in a step, and branch on the result of the step.
#
# **2. An order has done step A and waits for another attempt of step B. You rename step A and deploy. What happens to this order?**
#
# - [x] It finishes with the old code, under the old name. :: As in notebook 01: an order stays on the version with which it started. The new name is for new orders.
# - [ ] It fails with a `NonDeterministicExecutionError`. :: It would, if the new code replayed it. The alias sends only new orders to the new version.
# - [ ] It starts again from the first operation. :: A replay never repeats an operation that has a checkpoint, and a deployment does not change running orders.
#
# **3. Why is a silent mistake with a clock worse than one that raises `NonDeterministicExecutionError`?**
#
# - [ ] It is retried, and costs more. :: Nothing is retried, because nothing seems to be wrong.
# - [x] The execution succeeds with values that do not match. :: The SDK compares the position, kind and name of operations, not the values that you pass to them.
# - [ ] It cannot happen on AWS. :: It happens wherever a function is replayed.

# %% [markdown]
# ## Recap
#
# - A replay finds its place by the **position** of each operation, and checks its kind and name.
# - A handler uses only the event and what operations returned. Read everything else **inside** an operation.
# - A wrong branch makes the execution fail: `NonDeterministicExecutionError`. A wrong value is silent.
# - If you can, decide inside the step: then every order has the same operations, and the history has the reason.
#
# Next: [04 · Wait without paying](04_wait_without_paying.ipynb)
