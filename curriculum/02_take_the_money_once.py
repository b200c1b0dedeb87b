# %% [markdown]
# # 02 · Take the money once
#
# You write the payment phase: `check-inventory`, `process-payment` and `reserve-inventory`. On the way you
# charge a customer twice, find out why, and make it impossible.
#
# | | |
# |---|---|
# | **You build** | three more steps, with retries that fit and a charge that happens exactly once |
# | **Time** | 25 minutes |
# | **You need** | notebook 01, or its idea: a step is recorded when it is done |
# | **Cost on AWS** | nothing here, on the local cloud; in an account of your own, each order of this notebook would cost less than a tenth of a cent |

# %%
from workshop.notebook import begin, check, deploy, hint, partner_calls, process
from workshop.notebook import reset, show_code, show_order, solution

begin("02")

# %% [markdown]
# ## The gap between the work and its record
#
# A step does its work, and then its checkpoint is written. Between the two there is a gap. It is short, and
# processes do die in it: a machine is lost, memory runs out, a time limit is reached.
#
# After such a death Lambda runs your function again. There is no checkpoint, so the step runs again, and does
# its work **a second time**. A step runs *at least once*.
#
# ```mermaid
# sequenceDiagram
#     accTitle: A process dies between the charge and its checkpoint
#     accDescr: The step asks the payment partner to charge the card, and the money moves. The process dies before the checkpoint is written. On replay the step runs again and asks for the charge a second time. If it sends the same idempotency key as before, the partner recognises the repeat and answers with the first charge.
#     participant S as process-payment
#     participant P as Payment partner
#     participant R as The record of this order
#     S->>P: charge 99.34, key K
#     P-->>S: charged (the money moves)
#     Note over S: the process dies
#     Note over S: replay: there is no checkpoint, so the step runs again
#     S->>P: charge 99.34, key K
#     P-->>S: key K again? Here is the charge I made
#     S->>R: checkpoint: charged
# ```
#
# The way out is in the picture, and no framework can take it for you. The partner must be able to tell a
# **repeat** from a **second purchase**. You tell it by an **idempotency key**: the same key means the same
# charge. Most payment providers have one.

# %% [markdown]
# ## A first attempt
#
# Here is a `process_payment` as it is often written. It gives every request a key of its own, and when the card
# is declined it raises an exception. Run the two cells: they write `modules/payment.py` and add one line to the
# story of an order.

# %% module="payment" differs="process_payment"
"""Phase 2, payment: a first attempt, with two mistakes in it."""

import uuid
from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import partners
import store
from faults import operation
from money import tax_cents
from outcomes import Order


class Declined(Exception):
    """The bank does not pay."""


@durable_step
@operation("process-payment")
def process_payment(_step: StepContext, order: Order) -> dict[str, Any]:
    """Charge the total and its tax."""
    amount_cents = order["totalCents"] + tax_cents(order["totalCents"])
    key = str(uuid.uuid4())
    charge = partners.charge(order["orderId"], amount_cents, order["paymentToken"], key)
    if "declined" in charge:
        raise Declined(charge["declined"])
    store.advance(order["orderId"], "payment-processed", chargeId=charge["reference"])
    return {"chargeId": charge["reference"], "chargedCents": amount_cents}

# %% module="workflow" differs="handler"
"""The story of an order: two operations, the second of them a first attempt."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from payment import process_payment
from validation import validate_order


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
# 9934 cents: 91.98 and 8 % tax. It works.
#
# ## Break it: the process dies after the charge
#
# The test card `tok_crash_after_process-payment` kills the process of the function, for real, once: after the
# charge, and before the checkpoint.
#
# **Predict first:** will the order be completed? How often will the customer have paid?

# %%
crashed = process(payment_token="tok_crash_after_process-payment")
crashed

# %% [markdown]
# Look at this history as an operator would. The execution succeeded, `process-payment` was tried once, and its
# result is one charge. A process died, and the order survived it. All is well.
#
# Now look at the bank:

# %%
partner_calls(crashed)

# %% [markdown]
# Two charges of 9934 cents. The customer paid 198.68 for two mugs, and nothing in the history says so: the first
# charge was made by the process that died.
#
# ## Break it again: a card that is declined
#
# **Predict first:** what will happen to an order with the card `tok_declined`? How often will the bank be asked?

# %%
declined = process(payment_token="tok_declined")
declined

# %%
partner_calls(declined)

# %% [markdown]
# The bank was asked six times whether it had changed its mind. An exception says *"something did not work, trying
# again may help"*, and so a step that raises one is tried again. A declined card is not such a case. It is an
# **answer**, and the answer is no. Banks watch for shops that keep asking.
#
# Both mistakes are in public samples of this kind of system. Both are yours to mend.

# %% [markdown]
# ## Exercise 2a · The key of the charge
#
# This is the finished `payment.py`. Compared with the first attempt:
#
# - `process_payment` sends the key that `charge_key` makes. **That function is yours.** The key must be the same
#   in every attempt to charge for this order, on any machine, and another for every other order.
# - A declined card is returned as data, by `refused(…)`. Then the step is done: it is recorded, and not tried again.
# - `check_inventory` looks before the money is taken, and `reserve_inventory` takes the stock after it, all items
#   or none. Both are safe to repeat: the first changes nothing, and the warehouse knows an order it has served.
# - `refund_payment` and `release_inventory` undo the two. Leave them aside until notebook 07.

# %% module="payment" exercise="2a"
"""Phase 2, payment: is it there, take the money, take the stock."""

from collections import Counter
from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import partners
import store
from faults import operation
from money import tax_cents
from outcomes import Order, refused


@durable_step
@operation("check-inventory")
def check_inventory(_step: StepContext, order: Order) -> dict[str, Any]:
    """Look whether every item is in stock. Nothing is taken yet: no money is, either."""
    wanted = quantities(order)
    left = partners.stock_left(wanted)
    short = [product for product in wanted if left[product] < wanted[product]]
    if short:
        return refused(f"out of stock: {', '.join(short)}")
    store.advance(order["orderId"], "inventory-checked")
    return {"productsInStock": len(wanted)}


@durable_step
@operation("process-payment")
def process_payment(_step: StepContext, order: Order) -> dict[str, Any]:
    """Charge the total and its tax, exactly once.

    The partner's answer may be lost, or this process, after the money has moved. The next attempt
    sends the same idempotency key, so the partner answers with the charge it already made.
    """
    amount_cents = order["totalCents"] + tax_cents(order["totalCents"])
    charge = partners.charge(
        order["orderId"], amount_cents, order["paymentToken"], charge_key(order)
    )
    if "declined" in charge:
        return refused(charge["declined"])
    store.advance(order["orderId"], "payment-processed", chargeId=charge["reference"])
    return {"chargeId": charge["reference"], "chargedCents": amount_cents}


@durable_step
def refund_payment(_step: StepContext, order: Order) -> dict[str, Any]:
    """Undo `process_payment`, as often as it is called; refunds 0 if nothing was charged."""
    return {"refundedCents": partners.refund(order["orderId"], charge_key(order))}


@durable_step
@operation("reserve-inventory")
def reserve_inventory(_step: StepContext, order: Order) -> dict[str, Any]:
    """Take the stock, all items or none. It may have gone to another order since the check."""
    wanted = quantities(order)
    ran_out = partners.reserve(order["orderId"], wanted)
    if ran_out:
        return refused(f"sold to somebody else a moment ago: {', '.join(ran_out)}")
    store.advance(order["orderId"], "inventory-reserved")
    return {"unitsReserved": sum(wanted.values())}


@durable_step
def release_inventory(_step: StepContext, order: Order) -> dict[str, Any]:
    """Undo `reserve_inventory`, as often as it is called."""
    return {"released": partners.release(order["orderId"], quantities(order))}


def charge_key(order: Order) -> str:
    """The idempotency key of an order's one charge: the same in every attempt."""
    # BEGIN SOLUTION
    return f"{order['orderId']}:charge"
    # STUB
    # return ""  # TODO: a text that is the same in every attempt for this order, and for no other
    # END SOLUTION


def quantities(order: Order) -> dict[str, int]:
    """Units by product; the same product may stand in several lines."""
    units: Counter[str] = Counter()
    for item in order["items"]:
        units[item["productId"]] += item["quantity"]
    return dict(units)

# %%
check("2a")
# hint("2a")

# %% [markdown]
# ## How patient to be
#
# When a partner does not answer, trying again is right. But how often, and how soon? Unless you say otherwise, a
# step is tried six times, whatever the exception. `patience.py`, which is given, says otherwise for each kind of
# partner:

# %%
show_code("patience", "_retrying")

# %% [markdown]
# - `max_attempts` counts every try, the first included.
# - The pause before the next try doubles from `initial_delay` up to `max_delay`. A random part of it is taken
#   (`FULL` jitter), so that a thousand orders that failed together do not come back together.
# - `retryable_error_types` names the one exception that is worth another try. A `Fault` is a technical fault of
#   something outside. A mistake in your own code, such as a `KeyError`, fails at once: it would fail again.
#
# `patience.py` makes four such configs with it, called `STORE`, `PAYMENT`, `WAREHOUSE` and `PARTNER`. A step takes one with `config=`.
#
# ## A refusal ends the order
#
# `agreed(…)` stands between a step and the story. It hands on what the step returned, unless that is a refusal.
# Then it raises `Refused`, **in the handler**, outside the step, where nothing retries it:

# %%
show_code("outcomes", "agreed")

# %% [markdown]
# A refused order must be closed, so that its customer can see what happened. That is a write, so it is a step:

# %% module="compensation"
"""How an order ends that cannot go on. Notebook 07 makes a saga of it."""

from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import store


@durable_step
def close_order(_step: StepContext, order_id: str, status: str, reason: str) -> dict[str, Any]:
    """Write the final status and its reason."""
    store.close(order_id, status, reason)
    return {"orderId": order_id, "status": status, "reason": reason}

# %% [markdown]
# ## Exercise 2b · The story of a payment
#
# The story has moved to a function of its own, `process`. Around it, `handler` catches a refusal and closes the
# order as `rejected`. (The one exception is an order that another execution has taken on: that one is not ours,
# and is left alone.)
#
# Add the three operations, in this order, each by its step, each wrapped in `agreed(…)`:
#
# | step | name | config |
# |---|---|---|
# | `check_inventory` | `check-inventory` | `WAREHOUSE` |
# | `process_payment` | `process-payment` | `PAYMENT` |
# | `reserve_inventory` | `reserve-inventory` | `WAREHOUSE` |

# %% module="workflow" exercise="2b" differs="handler, process"
"""The story of an order, so far: validation and payment."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from compensation import close_order
from outcomes import Order, Refused, agreed
from patience import PAYMENT, STORE, WAREHOUSE
from payment import check_inventory, process_payment, reserve_inventory
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
    # BEGIN SOLUTION
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))
    # STUB
    # # TODO: the three operations of the table above, each wrapped in agreed(…)
    # END SOLUTION
    return {"orderId": order["orderId"], "status": "inventory-reserved"}

# %%
check("2b")
# hint("2b")

# %% [markdown]
# ## Fixed? Ask the real system

# %%
deploy()

# %% [markdown]
# **Predict first:** the same crash as before. How often will the bank be *asked*, and how often will it *charge*?

# %%
crashed = process(payment_token="tok_crash_after_process-payment")
crashed

# %%
partner_calls(crashed)

# %% [markdown]
# Lambda ran the function twice, and one of the two processes died. The bank was asked twice under the same key,
# and there is **one** charge. That is what *exactly once* means in practice: the request may be repeated, the
# effect is not.
#
# The stock was taken once, too: the `reservation` is there once, with two mugs in it.
#
# And the declined card?

# %%
declined = process(payment_token="tok_declined")
declined

# %%
show_order(declined)

# %% [markdown]
# Asked once, rejected with a reason, and nothing was charged. The execution *succeeded*: refusing this order was
# the right thing to do. Executions that fail are those somebody should look into.
#
# Like this one, whose payment partner is down for good:

# %%
process(payment_token="tok_down_process-payment")

# %% [markdown]
# Four tries, as `PAYMENT` says, and then the execution fails. The order stays where it was. To undo what had been
# done, and to tell the customer, is the subject of notebook 07.
#
# ## Exercise 2c · Your own patience
#
# The shop will ask a translation service for the words on its letters. It is a luxury: try it **three times in
# all**, with a first pause of **one second**, and only after a `Fault`. Build the `StepConfig` for it.

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
# TRANSLATION = StepConfig()  # TODO: three tries in all, a first pause of 1 s, after a Fault alone
# END SOLUTION

# %%
check("2c")
# hint("2c")

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Why is a key from `uuid4()`, made inside the step that charges, no protection?**
#
# - [ ] Two orders might get the same key. :: That is as good as impossible. The trouble is the opposite: one order gets two keys.
# - [x] When the step runs again it makes another key, so the partner sees a new purchase. :: The key must come from something that stays: the order's id.
# - [ ] The partner does not accept such keys. :: It does. It has no way to know that two of them mean the same charge.
#
# **2. A warehouse answers "there are two left, not three". What should the step do?**
#
# - [ ] Raise an exception, so that the step is tried again. :: Another try gets the same answer, and keeps the customer waiting for it.
# - [x] Return the refusal as data. :: It is an answer. It is recorded, and never retried.
# - [ ] Return nothing and go on. :: The order would then be charged for something that is not there.
#
# **3. What makes an effect happen exactly once?**
#
# - [ ] The checkpoint of the step. :: It is written after the work. A process that dies in between leaves the work done and not recorded.
# - [x] A step that runs at least once, and a partner that recognises the repeat. :: Neither is enough alone.
# - [ ] Telling the SDK to run a step at most once. :: Then, after a crash, you do not know whether the money has moved. The SDK can do that for each try, and with no second try, for effects that cannot be recognised.

# %% [markdown]
# ## Recap
#
# - A step runs **at least once**: a process may die between the work and its checkpoint.
# - An **idempotency key** that stays the same in every attempt makes the effect happen once. Take it from the order's
#   id, not from a clock or a random number.
# - An exception means *try again*. A refusal is an **answer**: return it as data.
# - Say how patient each step is: how many tries, how far apart, after which error.
#
# Next: [03 · Risk and invoice](03_risk_and_invoice.ipynb)
