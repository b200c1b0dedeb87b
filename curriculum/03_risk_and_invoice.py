# %% [markdown]
# # 03 · Risk and invoice
#
# You write the risk phase: `fraud-check`, `credit-check` and `generate-invoice`. And you learn the one rule that a
# durable function lives by: each run of it must come to the same operations, in the same order.
#
# | | |
# |---|---|
# | **You build** | three more steps, one of which decides; and an eye for code that must not stand in a handler |
# | **Time** | 20 minutes |
# | **You need** | notebooks 01 and 02, or their ideas: steps, replay, refusals |
# | **Cost on AWS** | nothing here, on the local cloud; in an account of your own, each order of this notebook would cost less than a tenth of a cent |

# %%
from workshop.notebook import begin, check, deploy, hint, partner_calls, process
from workshop.notebook import reset, show_code, show_order, solution

begin("03")

# %% [markdown]
# ## How a replay finds its place
#
# On replay your handler asks for one operation after the other, and is given what is recorded. How does the record
# know which is which? By **position**: the fifth operation that the handler asks for is the fifth in the record.
# To be sure, the SDK also compares the kind and the name.
#
# ```mermaid
# sequenceDiagram
#     accTitle: A replay that asks for other operations than the first run
#     accDescr: On replay the handler asks for operation 1, validate-order. The record has validate-order as number 1, so its result is returned. The handler then asks for credit-check as operation 2. The record has fraud-check as number 2, so the names differ and the execution fails.
#     participant H as Your handler, on replay
#     participant R as The record of the first run
#     Note over R: 1 validate-order, 2 fraud-check, 3 credit-check
#     H->>R: operation 1, validate-order?
#     R-->>H: yes, here is its result
#     H->>R: operation 2, credit-check?
#     R--xH: no! Number 2 is fraud-check. Stop.
# ```
#
# So between two operations the handler must do the same each time it runs. That is called being
# **deterministic**. You can be sure of it if the handler uses only two things: the event, and what operations
# have returned.

# %% [markdown]
# ## Exercise 3a · Decide inside the step
#
# Credit is checked for totals over 1,000.00 alone. There are two places for such a decision: an `if` in the
# handler, around the step, or an `if` inside the step.
#
# Both would be deterministic here, because the total comes from the record. Still, inside is better: then every
# order has the same operations, and whoever reads its history later finds a decision with its reason, and not a gap.
#
# In `credit_check`, add what is missing: up to and including 1,000.00 return `{"skipped": …}` with a reason in
# words, and do not ask the credit agency. `show(total_cents)` writes an amount as people read it.

# %% module="risk" exercise="3a"
"""Phase 3, risk: fraud, credit, and the invoice."""

from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import partners
import store
from faults import operation
from money import show, tax_cents
from outcomes import Order, refused

REVIEW_SCORE = 60
HIGHEST_SCORE = 80
CREDIT_FREE_CENTS = 1_000_00


@durable_step
@operation("fraud-check")
def fraud_check(_step: StepContext, order: Order) -> dict[str, Any]:
    """Ask the fraud partner for a risk score from 0 to 100; above 80 the order is refused."""
    score = partners.fraud_score(order["orderId"], order["customerId"])
    if score > HIGHEST_SCORE:
        return refused(f"the risk score of {score} is above the limit of {HIGHEST_SCORE}")
    store.advance(order["orderId"], "fraud-checked")
    if score >= REVIEW_SCORE:
        return {"score": score, "note": "in the review band; passed without a review"}
    return {"score": score}


@durable_step
@operation("credit-check")
def credit_check(_step: StepContext, order: Order) -> dict[str, Any]:
    """Ask for credit only for totals over 1,000.00; else record that it was skipped, and why.

    The step runs in both cases. The history of two orders then has the same 17 operations, and
    whoever reads it later sees a decision, not a gap.
    """
    total_cents = order["totalCents"]
    # BEGIN SOLUTION
    if total_cents <= CREDIT_FREE_CENTS:
        return {"skipped": f"the total of {show(total_cents)} is not over 1,000.00"}
    # STUB
    # # TODO: for a total of at most CREDIT_FREE_CENTS, return {"skipped": "the reason, in words"}
    # END SOLUTION
    if not partners.grants_credit(order["orderId"], order["customerId"], total_cents):
        return refused(f"no credit for a total of {show(total_cents)}")
    return {"granted": True}


@durable_step
@operation("generate-invoice")
def generate_invoice(_step: StepContext, order: Order) -> dict[str, Any]:
    """Subtotal, 8 % tax, total: to the cent what was charged. The order now awaits the warehouse.

    Both statuses are one write, here and not between the operations: code outside an operation
    runs again on every replay.
    """
    subtotal_cents = order["totalCents"]
    invoice = {
        "subtotalCents": subtotal_cents,
        "taxCents": tax_cents(subtotal_cents),
        "totalCents": subtotal_cents + tax_cents(subtotal_cents),
    }
    store.advance(order["orderId"], "invoice-generated", "awaiting-warehouse", invoice=invoice)
    return invoice

# %%
check("3a")
# hint("3a")

# %% [markdown]
# Three lines more, and the story of an order goes as far as its invoice:

# %% module="workflow" differs="handler, process"
"""The story of an order, so far: validation, payment and risk."""

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
        return process(event, ctx)
    except Refused as refusal:
        if refusal.not_ours:
            return {"orderId": event["orderId"], "status": "unchanged", "reason": str(refusal)}
        closing = close_order(event["orderId"], "rejected", str(refusal))
        return ctx.step(closing, name="close-order", config=STORE)


def process(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
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
# Seven operations. The invoice's total is to the cent what was charged. Now a large order:

# %%
large = process(price=3500.00, quantity=1)
large.result_of("credit-check"), large.result_of("generate-invoice")

# %% [markdown]
# The customer `cust-fraud` has a risk score above the limit.
#
# **Predict first:** how will this order end, and which is its last operation?

# %%
suspicious = process(customer_id="cust-fraud")
show_order(suspicious)

# %% [markdown]
# Rejected, by `close-order`, with its reason. But look at lines 3 and 4: the money was taken and the stock
# reserved, and neither has been given back. A refusal so late needs more than an end; notebook 07 sees to it.
#
# ## Break it, loudly
#
# A colleague knows that the handler may run several times, and wants to be careful: *"before I ask the fraud
# partner, I look into the table whether that has been done."* Sensible, in an ordinary function:

# %% module="workflow" differs="handler, process"
"""The story of an order, with a look into the table that is meant well."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

import store
from outcomes import Order, agreed
from patience import PARTNER, PAYMENT, STORE, WAREHOUSE
from payment import check_inventory, process_payment, reserve_inventory
from risk import credit_check, fraud_check, generate_invoice
from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
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
# It works, for an order that runs straight through.
#
# **Predict first:** the credit agency does not answer in time, twice. So its step needs three tries. What does
# the look into the table say in the first run, and what in the second?

# %%
process(payment_token="tok_timeout_credit-check")

# %% [markdown]
# In the first run the status was `inventory-reserved`, so `fraud-check` became operation 5, and was recorded. It
# moved the order on to `fraud-checked`. In the second run the look into the table therefore went the other way: the
# handler asked for `credit-check` as operation 5, where the record says `fraud-check`. The SDK noticed, and stopped:
# a `NonDeterministicExecutionError` is not tried again, since it would come again. (`credit-check` is shown as failed: it
# was waiting for its second try, which never came.)
#
# The care was not needed in the first place. *"Has that been done?"* is the question that the record answers.
#
# This was the kind mistake: it was loud. The next one is silent.
#
# ## Break it, silently
#
# An invoice needs a number. One takes it from the clock, as samples on the web take an order's id, in the handler
# where all operations can use it:

# %% module="workflow" differs="handler"
"""The story of an order, with an invoice number from the clock."""

import time
from typing import Any

from aws_durable_execution_sdk_python import (
    DurableContext,
    StepContext,
    durable_execution,
    durable_step,
)

import partners
from faults import operation
from outcomes import Order, agreed
from patience import PARTNER, STORE
from validation import validate_order


@durable_step
@operation("print-invoice")
def print_invoice(_step: StepContext, _order: Order, number: str) -> str:
    """Print the invoice; answers the number on it."""
    return number


@durable_step
@operation("mail-invoice")
def mail_invoice(_step: StepContext, order: Order, number: str) -> str:
    """Tell the customer the number; answers the number that was told."""
    partners.send_email(order["orderId"], order["customerEmail"], "invoice", f"Invoice {number}")
    return number


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    number = f"inv-{time.time_ns()}"
    ctx.step(print_invoice(order, number), name="print-invoice", config=PARTNER)
    ctx.step(mail_invoice(order, number), name="mail-invoice", config=PARTNER)
    return {"orderId": order["orderId"], "invoice": number}

# %%
deploy()

# %% [markdown]
# **Predict first:** the mail partner does not answer in time, twice. Which number is on the paper, and which one is
# in the customer's mail?

# %%
silent = process(payment_token="tok_timeout_mail-invoice")
silent

# %%
silent.result_of("print-invoice") == silent.result_of("mail-invoice")

# %% [markdown]
# The execution succeeded, no error was logged, and the customer has an invoice whose number nobody can find. The
# number on the paper is from the first run. It is recorded. The number in the mail is from the third run, in which
# the line with the clock ran for the third time.
#
# The SDK could not notice: the operations were the same, and their names, too. What differed was a value.
#
# > **The rule of this notebook.** What differs from one run to the next (a clock, a random number, a table, a
# > setting that may change) is read inside an operation. Its recorded result is the same for ever.
#
# ## Exercise 3b · One number for one invoice
#
# Make paper and mail bear the same number, however often the function runs. Every order needs a number of its own.
# There are two good ways, and the check accepts both.

# %% module="workflow" exercise="3b" differs="handler"
"""The story of an order, with one number for its invoice."""

import time
from typing import Any

from aws_durable_execution_sdk_python import (
    DurableContext,
    StepContext,
    durable_execution,
    durable_step,
)

import partners
from faults import operation
from outcomes import Order, agreed
from patience import PARTNER, STORE
from validation import validate_order


@durable_step
@operation("print-invoice")
def print_invoice(_step: StepContext, _order: Order, number: str) -> str:
    """Print the invoice; answers the number on it."""
    return number


@durable_step
@operation("mail-invoice")
def mail_invoice(_step: StepContext, order: Order, number: str) -> str:
    """Tell the customer the number; answers the number that was told."""
    partners.send_email(order["orderId"], order["customerEmail"], "invoice", f"Invoice {number}")
    return number


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    # BEGIN SOLUTION
    number = ctx.step(lambda _step: f"inv-{time.time_ns()}", name="choose-number", config=STORE)
    # STUB
    # number = f"inv-{time.time_ns()}"  # TODO: a number that is the same in every run
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
# ## Exercise 3c · Read a sample with new eyes
#
# Here is a handler in the manner of samples that you find on the web. (`ctx.wait` lets time pass; notebook 04 is
# about it. Take it for an operation like the others.)
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
# Which of these lines, from A to J, must not stand in a handler as they are?

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
# ## Tidy up
#
# The experiments are over. From here notebook 04 goes on:

# %% module="workflow" differs="handler, process"
"""The story of an order, so far: validation, payment and risk."""

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
        return process(event, ctx)
    except Refused as refusal:
        if refusal.not_ours:
            return {"orderId": event["orderId"], "status": "unchanged", "reason": str(refusal)}
        closing = close_order(event["orderId"], "rejected", str(refusal))
        return ctx.step(closing, name="close-order", config=STORE)


def process(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
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

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Which of these may decide, in the handler, whether a step runs?**
#
# - [x] The result of an earlier step. :: It is recorded, so every run decides alike.
# - [ ] The status of the order in the table. :: It changes while the order moves on, so the next run may decide otherwise.
# - [ ] The time of day. :: It is another in every run. Read it in a step, and decide by the step's result.
#
# **2. You rename a step and deploy, while an order is between two tries of a later step. What happens to that order on AWS, where each deployment publishes a version of the code, and an execution stays with the one it began with?**
#
# - [x] It is finished by the version that began it. :: An execution stays on its version. The new name is for new orders.
# - [ ] It fails with a `NonDeterministicExecutionError`. :: It would, if it were replayed by the new code. The published version protects it from that.
# - [ ] It starts again from the first operation. :: A replay never does recorded work again, and a deployment does not touch running orders.
#
# **3. Why is a silent mistake with a clock worse than one that raises `NonDeterministicExecutionError`?**
#
# - [ ] It is retried, and costs more. :: Nothing is retried: as far as anybody can tell, nothing went wrong.
# - [x] The execution succeeds with values that do not fit together. :: The SDK compares the position, kind and name of operations, not the values you hand them.
# - [ ] It cannot happen on AWS. :: It happens wherever a function is replayed.

# %% [markdown]
# ## Recap
#
# - A replay finds its place by the **position** of each operation, and checks its kind and name.
# - A handler uses the event, and what operations returned. Whatever else differs from run to run is read **inside** an
#   operation.
# - A wrong branch is loud: `NonDeterministicExecutionError`. A wrong value is silent.
# - Decide inside the step where you can: every order then has the same operations, and a reason on record.
#
# Next: [04 · Wait without paying](04_wait_without_paying.ipynb)
