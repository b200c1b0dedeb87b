# %% [markdown]
# # 02 · Take the money once
#
# You write the payment phase: `check-inventory`, `process-payment` and `reserve-inventory`. First you charge a customer
# twice, then you find out why, and then you make it impossible.
#
# - **You build**: three more steps, with suitable retries and a charge that happens exactly once
# - **Time**: 25 minutes
# - **You need**: notebook 01, or its idea: a step gets a checkpoint when it is done
# - **Cost on AWS**: on the local cloud, nothing. In your own account, each order of this notebook costs less than a
#   tenth of a cent.

# %%
from workshop.notebook import begin, check, deploy, hint, partner_calls, process
from workshop.notebook import reset, show_code, show_order, solution

begin("02")

# %% [markdown]
# ## The gap between the work and its checkpoint
#
# A step does its work, and then its checkpoint is saved. Between the two there is a short gap, and a process can die in
# it: the machine fails, memory runs out, or a time limit is reached.
#
# Then Lambda invokes your function again. The step has no checkpoint, so it runs again and does its work **a second
# time**. A step runs *at least once*.
#
# ```mermaid
# sequenceDiagram
#     accTitle: A process dies between the charge and its checkpoint
#     accDescr: The step asks the payment partner to charge the card, and the money moves. The process dies before the checkpoint is saved. On replay the step runs again and asks for the charge a second time. If it sends the same idempotency key as before, the partner recognizes the repeated request and returns the first charge.
#     participant S as process-payment
#     participant P as Payment partner
#     participant R as Execution history of this order
#     S->>P: charge 99.34, key K
#     P-->>S: charged (the money moves)
#     Note over S: the process dies
#     Note over S: replay: there is no checkpoint, so the step runs again
#     S->>P: charge 99.34, key K
#     P-->>S: key K again? Here is the charge I made
#     S->>R: checkpoint: charged
# ```
#
# The diagram also shows the solution, which no framework can provide for you. The partner must be able to tell a **repeated
# request** from a **second purchase**. For this you send an **idempotency key**: the same key means the same charge.
# Most payment providers support such keys. (They keep a key for a limited time, which must be longer than your retries can take.)

# %% [markdown]
# ## A first attempt
#
# This `process_payment` looks like the code of many applications. It makes a new key for every request, and when the card is
# declined it raises an exception. The token of the card is not in `order`, because the history would keep it: the step reads it from the table, from
# which it is removed once the money has moved. Run the two cells: they write `payment.py`, and add one line to the handler in `workflow.py`.

# %% module="payment" tags=["given"]
"""Phase 2, payment: a first attempt, with two mistakes in it."""

import uuid
from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import partners
import store
from faults import operation
from money import tax_cents
from outcomes import Order

# %% module="payment" part="true" differs="process_payment"
class Declined(Exception):
    """The bank declined the card."""


@durable_step
@operation("process-payment")
def process_payment(_step: StepContext, order: Order) -> dict[str, Any]:
    """Charge the total and its tax."""
    amount_cents = order["totalCents"] + tax_cents(order["totalCents"])
    key = str(uuid.uuid4())
    token = store.personal(order["orderId"], "paymentToken")
    charge = partners.charge(order["orderId"], amount_cents, token, key)
    if "declined" in charge:
        raise Declined(charge["declined"])
    store.advance(order["orderId"], "payment-processed", chargeId=charge["reference"])
    return {"chargeId": charge["reference"], "chargedCents": amount_cents}

# %% module="workflow" part="true" differs="handler"
from payment import process_payment


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order = ctx.step(validate_order(event), name="validate-order")
    payment = ctx.step(process_payment(order), name="process-payment")
    return {"orderId": order["orderId"], **payment}

# %% tags=["deploy"]
deploy()

# %%
process()

# %% [markdown]
# 9934 cents: 91.98 plus 8% tax. It works.
#
# ## Break it: the process dies after the charge
#
# The test card `tok_crash_after_process-payment` really ends the process of the function, once: after the charge and
# before the checkpoint.
#
# **Predict first:** will the order be completed? How many times will the customer pay?

# %%
crashed = process(payment_token="tok_crash_after_process-payment")
crashed

# %% [markdown]
# Read this history as an operator would, the person who runs the system. The execution succeeded, `process-payment`
# needed one attempt, and its result is one charge. (The column *attempts* does not count the attempt that died.) A
# process died, and the order was completed anyway. Everything looks right.
#
# Now ask the bank:

# %%
partner_calls(crashed)

# %% [markdown]
# Two charges of 9934 cents. The customer paid 198.68 for two mugs, and the history does not show it, because the process
# that made the first charge died before it could save the result.
#
# ## Break it again: a card that is declined
#
# **Predict first:** what will happen to an order with the card `tok_declined`? How many times will the bank be asked?

# %%
declined = process(payment_token="tok_declined")
declined

# %%
partner_calls(declined)

# %% [markdown]
# Six rows, so the bank was asked six times, although its answer cannot change. An exception means *"something did not
# work, try again"*, so the SDK makes another attempt. A declined card is different. It is an **answer**, and the answer
# is no. Banks can penalize shops that send declined cards again and again.
#
# You can find both mistakes in
# [a sample of AWS on GitHub](https://github.com/aws-samples/serverless-patterns/blob/44faff16b03fc4d2c6f35553ffe0ad52aed612fc/lambda-durable-saga-python-sam/src/orchestrator.py):
# its `process_payment` makes a `uuid4()` inside the step, and raises an exception for a declined payment. You fix both
# here.

# %% [markdown]
# ## Exercise 2a · Charge once, and return a refusal
#
# The finished `payment.py` has a few more functions. Complete two of them:
#
# - **A declined card is an answer.** If the bank declined, `charge` is a dictionary such as `{"declined": "…"}`. Return
#   `refused(…)` with this reason. A refusal is data: the step is done, gets its checkpoint, and does not run again.
# - **The key** comes from `charge_key`. It must be the same in each attempt for this order, on any machine, and
#   different for every other order.

# %% module="payment" tags=["given"]

# %% module="payment" exercise="2a" part="true"
@durable_step
@operation("process-payment")
def process_payment(_step: StepContext, order: Order) -> dict[str, Any]:
    """Charge the total and its tax, exactly once.

    The partner's answer may be lost, or this process, after the money has moved. The next attempt
    sends the same idempotency key, so the partner returns the charge that it already made.
    """
    amount_cents = order["totalCents"] + tax_cents(order["totalCents"])
    token = store.personal(order["orderId"], "paymentToken")
    charge = partners.charge(order["orderId"], amount_cents, token, charge_key(order))
    # BEGIN SOLUTION
    if "declined" in charge:
        return refused(charge["declined"])
    # STUB
    # # TODO: if "declined" is in charge, return a refusal with this reason
    # END SOLUTION
    store.advance(order["orderId"], "payment-processed", chargeId=charge["reference"])
    return {"chargeId": charge["reference"], "chargedCents": amount_cents}


def charge_key(order: Order) -> str:
    """The idempotency key of an order's one charge: the same in every attempt."""
    # BEGIN SOLUTION
    return f"{order['orderId']}:charge"
    # STUB
    # return ""  # TODO: a text that is the same in every attempt for this order, and for no other
    # END SOLUTION

# %%
check("2a")
# hint("2a")

# %% [markdown]
# `payment.py` also has the other two steps of this phase. `check_inventory` looks at the stock before the money is taken.
# `reserve_inventory` takes the stock after it, all items or none:

# %%
show_code("payment", "reserve_inventory")

# %% [markdown]
# Both may run twice without harm. The first changes nothing, and the warehouse recognizes an order that already has its
# stock. (`refund_payment` and `release_inventory` undo the two steps; you need them in notebook 07.)
#
# ## How many attempts
#
# When a partner does not answer, a *retry*, another attempt, is right. But how many attempts, and when? By default, a
# step has six attempts, whatever the exception. `patience.py`, which is given, defines other values for each kind of
# partner:

# %%
show_code("patience", "_retrying")

# %% [markdown]
# - `max_attempts` counts all attempts, including the first.
# - The delay before the next attempt doubles (`backoff_rate=2`), from `initial_delay` up to `max_delay`. **Jitter**
#   makes a delay random: with `FULL`, it is between zero and the full delay, but at least one second. So a thousand orders that failed together
#   do not all come back at the same moment.
# - `retryable_error_types` lists the exceptions after which another attempt makes sense. A `Fault` is a technical fault
#   of something outside. A mistake in your own code, such as a `KeyError`, fails at once, because it would fail again.
#
# `patience.py` makes the configurations `STORE`, `PAYMENT`, `WAREHOUSE` and `PARTNER` with this function. You pass one to
# a step with `config=`. In a notebook they make a few quick attempts, so that you do not wait for hours on AWS. In production, `PARTNER_PATIENCE_HOURS` makes them patient: no compute
# runs between two attempts, so a partner that is away for two hours costs an order two hours, and not its life.
#
# ## A refusal ends the order
#
# `agreed(…)` receives the result of a step. If the result is a refusal, it raises `Refused` **in the handler**, outside
# the step, where nothing retries it. Otherwise it returns the result:

# %%
show_code("outcomes", "agreed")

# %% [markdown]
# A refused order must be closed, so that the customer can see what happened. That is a write, so it is a step:

# %% module="compensation" differs="close_order"
"""How an order ends that cannot continue. Notebook 07 makes a saga of it."""

from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import store


@durable_step
def close_order(_step: StepContext, order_id: str, status: str, reason: str) -> dict[str, Any]:
    """Write the final status and its reason."""
    store.close(order_id, status, reason)
    return {"orderId": order_id, "status": status, "reason": reason}

# %% [markdown]
# ## Exercise 2b · The payment phase
#
# The operations move to a separate function, `run_operations`. The handler calls it, catches a refusal, and closes
# the order as `rejected`. (You can ignore `not_ours`: it protects an order that is already being processed.)
#
# Add the three operations, in this order. Run each one as a step, and each result goes through `agreed(…)`:
#
# | step | name | config |
# |---|---|---|
# | `check_inventory` | `check-inventory` | `WAREHOUSE` |
# | `process_payment` | `process-payment` | `PAYMENT` |
# | `reserve_inventory` | `reserve-inventory` | `WAREHOUSE` |

# %% module="workflow" tags=["given"]
"""The workflow of an order, so far: validation and payment."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from compensation import close_order
from outcomes import Order, Refused, agreed
from patience import PAYMENT, STORE, WAREHOUSE
from payment import check_inventory, process_payment, reserve_inventory
from validation import validate_order

# %% module="workflow" exercise="2b" part="true" differs="handler, run_operations"
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
    # BEGIN SOLUTION
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))
    # STUB
    # # TODO: the three operations of the table above, each in agreed(…)
    # END SOLUTION
    return {"orderId": order["orderId"], "status": "inventory-reserved"}

# %%
check("2b")
# hint("2b")

# %% [markdown]
# ## Is it fixed? Ask the real system

# %%
deploy()

# %% [markdown]
# **Predict first:** the same crash as before. How many times will the bank be *asked*, and how many times will it
# *charge*?

# %%
crashed = process(payment_token="tok_crash_after_process-payment")
crashed

# %%
partner_calls(crashed)

# %% [markdown]
# Lambda invoked the function twice, and one of the two processes died. The bank was asked twice with the same key, and
# there is **one** charge. That is what *exactly once* means in practice: the request may be repeated, but its effect is
# not.
#
# The row `reservation` is there once, with two mugs. The warehouse does not count how many times it is asked. (In the
# history, `productsInStock=1` counts products, not units: two mugs are one product.)
#
# What about the declined card?

# %%
declined = process(payment_token="tok_declined")
declined

# %%
partner_calls(declined)

# %%
show_order(declined)

# %% [markdown]
# The bank was asked once, nothing was charged, and the order is rejected with a reason. The execution *succeeded*:
# to refuse this order was correct. If an execution fails, an operator should look at it.
#
# Here is one. Its payment partner is unavailable:

# %%
down = process(payment_token="tok_down_process-payment")
down

# %%
show_order(down)

# %% [markdown]
# Four attempts, the limit of `PAYMENT` in `patience.py`, and then the execution fails. The order keeps the status that
# it had. Notebook 07 undoes what was done, and closes the order.
#
# ## Exercise 2c · A retry strategy of your own
#
# The shop will use a translation service for its emails. A translation is not essential: make **three attempts in total**,
# with a first delay of **one second**, and only after a `Fault`. Write the `StepConfig` for it.

# %% exercise="2c"
from aws_durable_execution_sdk_python.config import Duration, JitterStrategy, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

from faults import Fault

# BEGIN SOLUTION
TRANSLATION = StepConfig(
    retry_strategy=create_retry_strategy(
        RetryStrategyConfig(
            max_attempts=3,
            initial_delay=Duration.from_seconds(1),
            max_delay=Duration.from_seconds(10),
            backoff_rate=2,
            jitter_strategy=JitterStrategy.FULL,
            retryable_error_types=[Fault],
        )
    )
)
# STUB
# TRANSLATION = StepConfig()  # TODO: three attempts in total, a first delay of 1 s, only after a Fault
# END SOLUTION

# %%
check("2c")
# hint("2c")

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Why does a key from `uuid4()`, made inside the step that charges, not protect the customer?**
#
# - [ ] Two orders might get the same key. :: That practically never happens. The problem is the opposite: one order gets two keys.
# - [x] When the step runs again it makes another key, so the partner sees a new purchase. :: Make the key from something that does not change: the order's id.
# - [ ] It does protect, because a step runs only once. :: A step runs at least once. If the process dies between the charge and its checkpoint, the step runs again.
#
# **2. A warehouse responds "there are two left, not three". What should the step do?**
#
# - [ ] Raise an exception, so that there is another attempt. :: Another attempt gets the same answer, and the customer waits longer.
# - [x] Return the refusal as data. :: It is an answer. It gets a checkpoint, and is not retried.
# - [ ] Return nothing and continue. :: Then the customer pays for something that the shop does not have.
#
# **3. Which of these may a step return?** (Notebook 01 says it.)
#
# - [x] An amount as a `Decimal`. :: The SDK can save it, as it can save dates, text, lists and dictionaries.
# - [ ] A set of product ids. :: A set cannot be saved. The step fails at once, without another attempt, although its work is done. Return a sorted list.
# - [ ] A list of 1 MB. :: Keep a result under 256 KB. Store the list in S3, and return its key.

# %% [markdown]
# ## Recap
#
# - A step runs **at least once**: a process can die between the work and its checkpoint.
# - An **idempotency key** that is the same in every attempt makes the effect happen once. Make it from the order's
#   id, not from a clock or a random number.
# - An exception means *try again*. A refusal is an **answer**: return it as data.
# - Configure the retries of each step: how many attempts, which delay, after which error.
#
# Next: [03 · Risk and invoice](03_risk_and_invoice.ipynb)
