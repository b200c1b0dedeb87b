# %% [markdown]
# # 07 · When things fail
#
# Processes die, cards are declined, printers break. You kill the function in the middle of its work and watch it
# recover. Then you write the saga: when an order cannot go on, everything it has done is undone, in reverse.
#
# | | |
# |---|---|
# | **You build** | the compensation: refund, release, void, recall, revoke; and a story that uses it |
# | **Time** | 25 minutes |
# | **You need** | notebooks 02, 05 and 06, or their ideas: refusals, effects that happen exactly once, `StepError` |
# | **Cost on AWS** | nothing here, on the local cloud; in an account of your own, each order of this notebook would cost less than a tenth of a cent |

# %%
from workshop.notebook import orders
from workshop.notebook import books, changes
from workshop.notebook import begin, check, clean_up, deploy, follow, hint, partner_calls
from workshop.notebook import reset, show_code, show_order, snapshot, solution, stack

begin("07")

# %% [markdown]
# ## Two kinds of failure
#
# | | what happens | who mends it |
# |---|---|---|
# | **the process fails** | it dies, runs out of memory or time | Lambda: it runs the function again, which goes on from its record |
# | **the order fails** | a partner says no, or stays away for good | you: what was done for this order must be undone |
#
# The first kind needs nothing more from you. See for yourself. Here is the story as notebook 05 left it:

# %% tags=["deploy"]
deploy()

# %%
def send(**wanted):
    """Post an order to the API and follow it to its end."""
    return follow(orders.submit(stack(), orders.example(**wanted)))

# %% [markdown]
# Each of these three orders kills the process of its function once: before the work of a step, or after it and before
# its checkpoint.
#
# **Predict first:** without a crash Lambda runs the function three times for an order. How often will it now, and how
# many of these orders will be completed?

# %%
deaths = "crash_before_validate-order", "crash_after_reserve-inventory", "crash_after_complete-order"
posted = [
    orders.submit(stack(), orders.example(payment_token=f"tok_{death}")) for death in deaths
]
for death, order_id in zip(deaths, posted, strict=True):
    order = follow(order_id)
    print(f"{death}: {order.state}, {order.invocations} runs, {len(order.operations)} operations")

# %% [markdown]
# Three deaths, three completed orders: one run more for each, and no operation more. On AWS Lambda waits a moment before
# the next run, and longer after each further death. It goes on until the `ExecutionTimeout` of the execution, a day
# with us.
#
# ## Break it: an order that cannot go on
#
# Now the second kind. The machine that packs is down, and stays down. To see what that leaves behind, we look into the
# books before and after: at the shelf of a product, and at the points of a customer.
#
# **Predict first:** what has this customer paid, and what will arrive?

# %%
before = books("sku-teapot", "cust-grace")
stuck = send(
    product_id="sku-teapot", customer_id="cust-grace", payment_token="tok_down_package-order"
)
stuck

# %%
changes(before, stuck)

# %%
show_order(stuck)

# %% [markdown]
# The customer has paid 99.34. Two teapots are reserved, and nobody will ever fetch them. The order says
# `quality-checked` for ever, and nobody tells the customer. The execution failed, and that is all.
#
# In a database you would roll back. But the money is at the bank, and the teapots are in a warehouse: no transaction
# spans them. What you can do is a second action that makes up for the first. That is called **compensation**, and the
# whole of it a **saga**.
#
# ```mermaid
# flowchart LR
#     accTitle: What was done is undone in reverse
#     accDescr: The order goes through process-payment, reserve-inventory and package-order. The last one fails. Then release-inventory undoes the reservation, refund-payment undoes the payment, notify-customer tells the customer, and close-order writes the final status.
#     pay[process-payment] --> reserve[reserve-inventory] --> pack["package-order<br><b>fails for good</b>"]
#     pack --> release[release-inventory] --> refund[refund-payment] --> tell[notify-customer] --> close[close-order]
#     reserve -. undone by .- release
#     pay -. undone by .- refund
# ```
#
# Five rules make a saga sound:
#
# 1. **Each undo is a step of its own.** So it is recorded, tried again, and survives a crash.
# 2. **In reverse.** The last thing that was done is the first to be undone, since it may rest on the others.
# 3. **Registered before the work, not after it.** If the bank's answer is lost, nobody knows whether the money has
#    moved. An undo that is registered only after success would never run.
# 4. **Safe to run twice, and tolerant of what never happened.** That follows from 1 and 3.
# 5. **Only what was done, or may have been.** A card that is declined is a clear no. There is nothing to refund.
#
# ## An undo that is safe twice
#
# You have five undo steps already, in `payment.py`, `fulfillment.py` and `shipping.py`. Behind `refund_payment` is this:

# %%
show_code("sandbox", "undo")

# %% [markdown]
# It **marks** the charge as undone, as often as it is asked. Stock and points are numbers, so they are given back
# together with such a mark in one transaction, as notebook 05 did it in the other direction.
#
# Put it to the test. This story takes money and stock and gives points. Then it undoes all of it, the points and the
# stock even twice. And its refund dies once, after the work and before the checkpoint:

# %% module="workflow" differs="handler"
"""The story of an order that is undone, and of a process that dies while undoing it."""

from typing import Any

from aws_durable_execution_sdk_python import (
    DurableContext,
    StepContext,
    durable_execution,
    durable_step,
)

import partners
import sandbox
from faults import die
from outcomes import Order, agreed
from patience import PARTNER, PAYMENT, STORE, UNDO, WAREHOUSE
from payment import charge_key, process_payment, release_inventory, reserve_inventory
from shipping import revoke_loyalty_points, update_loyalty_points
from validation import validate_order


@durable_step
def refund_and_die(_step: StepContext, order: Order) -> dict[str, Any]:
    """Refund the payment; the first time, die before that can be recorded."""
    refunded_cents = partners.refund(order["orderId"], charge_key(order))
    if sandbox.count(order["orderId"], "crash#refund") == 1:
        die()
    return {"refundedCents": refunded_cents}


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))
    ctx.step(update_loyalty_points(order), name="update-loyalty-points", config=PARTNER)

    ctx.step(revoke_loyalty_points(order), name="revoke-loyalty-points", config=UNDO)
    ctx.step(revoke_loyalty_points(order), name="revoke-them-again", config=UNDO)
    ctx.step(release_inventory(order), name="release-inventory", config=UNDO)
    ctx.step(release_inventory(order), name="release-it-again", config=UNDO)
    ctx.step(refund_and_die(order), name="refund-payment", config=UNDO)
    return {"orderId": order["orderId"]}

# %%
deploy()

# %% [markdown]
# **Predict first:** what will the second `release` return? And will the customer be better off than before?

# %%
before = books("sku-teapot", "cust-grace")
undone_twice = send(product_id="sku-teapot", customer_id="cust-grace")
undone_twice

# %%
changes(before, undone_twice)

# %% [markdown]
# The repeats answer `False` and `0`: there was nothing left to undo. The refund ran twice, because its process died in
# between, and 9934 cents went back once. Money, stock and points are as before.
#
# ## Exercise 7a · Undo in reverse
#
# This is the saga. Read it in two parts:
#
# - `undo` registers an undo for the operations in a block: `with saga.undo("refund-payment", …):`. The code up to `yield`
#   runs first: it puts the undo on the list. Then the block runs. If the operation in it *refuses*, the undo is taken
#   off the list again (rule 5). If it *fails*, the undo stays (rule 3). It stays when the block has ended, too: so give
#   each operation a block of its own, one after the other and none inside another.
# - `close` ends an order that cannot go on. Here a line is missing, the heart of it.
#
# Go through `self._undos`, which holds pairs of name and step, **the newest first**. Run each with
# `self._ran(name, step)`, which makes a step of it and answers whether it worked. One that fails must not keep the
# others from running. Collect the names of those that failed, in a list named `left`: a person will have to see to them.

# %% module="compensation" exercise="7a"
"""The saga: when an order cannot go on, undo what was done, in reverse, and tell the customer.

An undo is registered before its forward operation runs. If that operation fails nobody knows
whether its work was done (the answer may have been lost), so the undo runs and finds out. A refusal
is different: the partner said no, nothing was done, and the undo is dropped.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_durable_execution_sdk_python import (
    DurableContext,
    DurableOperationError,
    SerDesError,
    StepContext,
    durable_step,
)

import partners
import store
from outcomes import Refused
from patience import UNDO
from rules import is_email

# What can go wrong with an operation. Never `except Exception` around one: that would also catch
# what the SDK says of this code, such as that it no longer fits the record, and undo an order.
OPERATION_ERRORS = (DurableOperationError, SerDesError)

Undo = Callable[[StepContext], Any]


class Saga:
    """The undo steps of one order, each registered before what it undoes."""

    def __init__(self, ctx: DurableContext, event: dict[str, Any]) -> None:
        self._ctx = ctx
        self._event = event
        self._undos: list[tuple[str, Undo]] = []

    @contextmanager
    def undo(self, name: str, step: Undo) -> Iterator[None]:
        """From here on the order's failure runs `step`, as the operation `name`.

        Unless the operation in this block refuses: then there is nothing to undo.
        """
        self._undos.append((name, step))
        try:
            yield
        except Refused:
            self._undos.pop()
            raise

    def close(self, status: str, reason: str) -> dict[str, Any]:
        """Undo everything, tell the customer and close the order; answers how it ended.

        An undo that outlives even its own retries does not stop the others. The order then ends as
        `failed`, and its reason names what a person must put right.
        """
        self._ctx.logger.warning("closing the order", extra={"status": status, "reason": reason})
        # BEGIN SOLUTION
        left = [name for name, step in reversed(self._undos) if not self._ran(name, step)]
        # STUB
        # left: list[str] = []  # TODO: run every undo, the newest first; collect names that failed
        # END SOLUTION
        if left:
            status, reason = "failed", f"{reason}; still to be undone by hand: {', '.join(left)}"
        if is_email(self._event.get("customerEmail")):
            self._ran("notify-customer", notify_customer(self._event, status, reason))
        closing = close_order(self._event["orderId"], status, reason)
        return self._ctx.step(closing, name="close-order", config=UNDO)

    def _ran(self, name: str, step: Undo) -> bool:
        try:
            self._ctx.step(step, name=name, config=UNDO)
        except OPERATION_ERRORS as error:
            self._ctx.logger.warning("not undone", extra={"undo": name, "reason": str(error)})
            return False
        return True


@durable_step
def notify_customer(
    _step: StepContext, event: dict[str, Any], status: str, reason: str
) -> dict[str, Any]:
    """Tell the customer that the order has ended, and why."""
    text = f"Your order was not completed ({status}): {reason}."
    partners.send_email(event["orderId"], event["customerEmail"], "closed", text)
    return {"told": "by email"}


@durable_step
def close_order(_step: StepContext, order_id: str, status: str, reason: str) -> dict[str, Any]:
    """Write the final status and its reason."""
    store.close(order_id, status, reason)
    return {"orderId": order_id, "status": status, "reason": reason}

# %%
check("7a")
# hint("7a")

# %% [markdown]
# `OPERATION_ERRORS` are all the ways in which an operation can fail for good, `StepError` of notebook 05 among them. And
# as there, not `Exception`: a saga that catches everything also refunds an order whose handler does not fit its record,
# which is a mistake in the code, as in notebook 03, and no failure of the order.
#
# ## Exercise 7b · Say how to take it back
#
# Now the story says of each operation that changes the world how to undo it. Label, shipment and points show you how.
# **Money and stock are yours**:
#
# | operation | name of its undo | undo |
# |---|---|---|
# | `process-payment` | `refund-payment` | `refund_payment(order)` |
# | `reserve-inventory` | `release-inventory` | `release_inventory(order)` |
#
# Two more things are new in `handler`. It catches both kinds of ending: a refusal ends as `rejected`, and the execution
# *succeeds*, since no is an answer. A technical fault ends as `failed`, and so does the execution, by `OrderFailed`:
# somebody should look into it. And it writes a log: `ctx.logger` knows about replays, and does not repeat what an earlier
# run has logged.

# %% module="workflow" exercise="7b" differs="process"
"""The story of an order: one durable function, 17 operations, five phases.

Every operation is recorded when it is done. After a wait or a crash this code runs again from its
first line; what is recorded is not done again but answered from the record. Hence the two rules
here: anything that changes the world, or differs from one run to the next, is inside an operation;
and the operations come in the same order, under the same names, every time.
"""

import os
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, StepError, durable_execution
from aws_durable_execution_sdk_python.config import Duration
from aws_lambda_powertools import Logger

from compensation import OPERATION_ERRORS, Saga
from fulfillment import (
    generate_shipping_label,
    package_order,
    pick_items,
    quality_check,
    void_shipping_label,
)
from outcomes import Order, Refused, agreed
from patience import PARTNER, PAYMENT, STORE, WAREHOUSE
from payment import (
    check_inventory,
    process_payment,
    refund_payment,
    release_inventory,
    reserve_inventory,
)
from risk import credit_check, fraud_check, generate_invoice
from rules import ORDER_ID
from shipping import (
    complete_order,
    recall_shipment,
    revoke_loyalty_points,
    send_notifications,
    ship_order,
    update_loyalty_points,
)
from validation import validate_order

logger = Logger(service="order-processor")

# Fixed for a deployed version, so the same in every replay.
WAREHOUSE_WAIT = Duration.from_seconds(int(os.environ.get("WAREHOUSE_WAIT_SECONDS", "300")))
CARRIER_WAIT = Duration.from_seconds(int(os.environ.get("CARRIER_WAIT_SECONDS", "180")))


class OrderFailed(Exception):
    """A technical fault outlived its retries; the order was undone and closed as `failed`."""


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted.

    Answers {orderId, status, ...}. A refused order ends as `rejected` and is a success of this
    function: the answer is no. Raises OrderFailed when the order ends as `failed`.
    """
    if not isinstance(event, dict) or not ORDER_ID.fullmatch(str(event.get("orderId"))):
        raise ValueError("The event needs an orderId: ord- and 32 hexadecimal digits.")
    ctx.set_logger(logger)
    logger.append_keys(orderId=event["orderId"])
    saga = Saga(ctx, event)
    try:
        return process(event, ctx, saga)
    except Refused as refusal:
        if refusal.not_ours:
            return {"orderId": event["orderId"], "status": "unchanged", "reason": str(refusal)}
        outcome = saga.close("rejected", str(refusal))
    except OPERATION_ERRORS as fault:
        outcome = saga.close("failed", f"a technical fault outlived its retries: {fault}")
    if outcome["status"] == "failed":
        raise OrderFailed(outcome["reason"])
    return outcome


def process(event: dict[str, Any], ctx: DurableContext, saga: Saga) -> dict[str, Any]:
    """The 17 operations. Each `with saga.undo(...)` says how to take back what is inside it."""
    # Phase 1: validation
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    ctx.logger.info("order validated", extra={"totalCents": order["totalCents"]})

    # Phase 2: payment
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    # BEGIN SOLUTION
    with saga.undo("refund-payment", refund_payment(order)):
        agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    with saga.undo("release-inventory", release_inventory(order)):
        agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))
    # STUB
    # # TODO: say how to undo each of these two
    # agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    # agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))
    # END SOLUTION

    # Phase 3: risk
    agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    ctx.logger.info("order paid and accepted")

    # Phase 4: fulfillment
    ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")
    picks = ctx.step(pick_items(order), name="pick-items", config=WAREHOUSE)
    agreed(ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE))
    ctx.step(package_order(order), name="package-order", config=WAREHOUSE)
    with saga.undo("void-shipping-label", void_shipping_label(order)):
        label = ctx.step(
            generate_shipping_label(order), name="generate-shipping-label", config=WAREHOUSE
        )

    # Phase 5: shipping
    ctx.wait(CARRIER_WAIT, name="carrier-pickup")
    with saga.undo("recall-shipment", recall_shipment(order)):
        shipment = ctx.step(ship_order(order, label), name="ship-order", config=WAREHOUSE)
    ctx.logger.info("order shipped", extra={"shippedBy": shipment["service"]})
    try:
        messages = send_notifications(order, shipment)
        notifications = ctx.step(messages, name="send-notifications", config=PARTNER)
    except StepError as error:
        notifications = dict.fromkeys(("email", "sms"), f"failed: {error.message}")
    with saga.undo("revoke-loyalty-points", revoke_loyalty_points(order)):
        ctx.step(update_loyalty_points(order), name="update-loyalty-points", config=PARTNER)
    done = ctx.step(complete_order(order, notifications), name="complete-order", config=STORE)
    ctx.logger.info("order completed", extra=done)
    return {"orderId": order["orderId"], "status": "completed", **shipment, **done}

# %%
check("7b")
# hint("7b")

# %%
deploy()

# %% [markdown]
# ## Fixed? Ask the real system
#
# The packing machine is still down.
#
# **Predict first:** which operations will follow `package-order`, in which order?

# %%
before = books("sku-teapot", "cust-grace")
failed = send(
    product_id="sku-teapot", customer_id="cust-grace", payment_token="tok_down_package-order"
)
failed

# %%
changes(before, failed)

# %% [markdown]
# The stock went back first, then the money. The books are as before. In the picture, what was undone is *compensated*,
# and the undos stand in a phase of their own:

# %%
snapshot(failed)

# %% [markdown]
# And the customer can read why:

# %%
orders.get(stack(), failed.order_id)["errorMessage"]

# %% [markdown]
# Now the worst moment of all: everything is done, the parcel has been handed over, the points are booked. And then
# the very last step fails for good.

# %%
before = books("sku-teapot", "cust-grace")
late = send(
    product_id="sku-teapot", customer_id="cust-grace", payment_token="tok_down_complete-order"
)
late.operations[16:]

# %%
changes(before, late)

# %% [markdown]
# Points, parcel, label, stock, money: five undos, from the last to the first. A real shop might decide otherwise, and
# rather finish such an order by hand. That is a decision about the business, and the saga does what you tell it.
#
# And a card that is declined?

# %%
declined = send(payment_token="tok_declined")
declined

# %% [markdown]
# No refund, because nothing was charged. The execution succeeded, and the order is `rejected`. The customer of notebook
# 03, whose order came to grief at the fraud check, gets money and stock back now:

# %%
suspicious = send(customer_id="cust-fraud")
suspicious.state, suspicious.operations[4:]

# %%
partner_calls(suspicious)

# %% [markdown]
# ## Exercise 7c · What is undone?
#
# For each of these cards, list the undo steps that run, the first one first. Leave out `notify-customer` and
# `close-order`, which always run. If none is needed, the list is empty. The check sends the four orders, and compares.
#
# - `tok_declined`: the bank says no.
# - `tok_down_reserve-inventory`: the warehouse never answers when the stock is to be reserved. (Is it certain that
#   nothing was reserved?)
# - `tok_down_fraud-check`: the fraud partner stays away for good.
# - `tok_down_ship-order`: the carrier stays away for good, when the parcel is to be handed over.

# %% exercise="7c"
# BEGIN SOLUTION
undone = {
    "tok_declined": [],
    "tok_down_reserve-inventory": ["release-inventory", "refund-payment"],
    "tok_down_fraud-check": ["release-inventory", "refund-payment"],
    "tok_down_ship-order": [
        "recall-shipment",
        "void-shipping-label",
        "release-inventory",
        "refund-payment",
    ],
}
# STUB
# undone = {
#     "tok_declined": ["TODO"],
#     "tok_down_reserve-inventory": ["TODO"],
#     "tok_down_fraud-check": ["TODO"],
#     "tok_down_ship-order": ["TODO"],
# }
# END SOLUTION

# %%
check("7c")
# hint("7c")

# %% [markdown]
# ## What a saga cannot do
#
# A saga is code of your function, so it runs only while the execution does. An execution that an operator **stops**, or
# that runs out of its `ExecutionTimeout`, is over: the run that is at work ends at its next checkpoint, and the saga does not run. Keep the timeout far
# beyond the longest order, and have alarms for executions that time out or are stopped. (The one in `template.yaml` looks at executions that
# *fail*, and those do the same when the handler itself has a mistake: an exception of its own is no failed operation.)
#
# And an undo can fail, too. It is tried eight times, over a minute or two. If it still fails, the others run all the same, the
# order ends as `failed`, and its reason names what a person must put right. Honest bookkeeping is part of it.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. The process of your function dies between two steps. Does the saga run?**
#
# - [ ] Yes: the order has failed. :: A process has failed, not the order. Nothing needs to be undone.
# - [x] No: Lambda runs the function again, and the order goes on. :: The saga is for orders that cannot go on.
# - [ ] Only if money was taken. :: What was taken is recorded, and the order goes on with it.
#
# **2. Why is the refund registered before the card is charged?**
#
# - [ ] So that it runs first. :: It runs only if the order cannot go on, and then in its turn.
# - [x] If the charge fails for good, nobody knows whether the money has moved. :: The answer may have been lost after the charge. So the undo runs, and finds out.
# - [ ] A `with` block cannot be written otherwise. :: It could. An undo that is registered after success is a mistake of many published sagas.
#
# **3. Somebody writes `except Exception` around the operations, to be on the safe side, and calls the saga there. What can happen?**
#
# - [ ] Nothing; it is slower. :: It catches more than failures of operations.
# - [ ] Waits are skipped. :: That is what a bare `except:` does. `Exception` is not as wide.
# - [x] An order is refunded because of a mistake in the code. :: `NonDeterministicExecutionError` is an `Exception`. It says that the code does not fit the record, not that the order has failed.

# %% [markdown]
# ## Clean up
#
# What you have deployed is one stack, and `clean_up()` tells what is in it. `clean_up(really=True)` deletes the stack
# with all of that, orders included, and lists what is left then, such as the bucket that SAM CLI keeps for its uploads.
# Your code in `modules/` and your answers in `my-work/` stay.
#
# On the local cloud you can leave the stack where it is: it costs nothing. In an account of your own, remove the `#`
# once you have seen enough, and run the cell again.

# %%
clean_up()
# clean_up(really=True)

# %% [markdown]
# ## Recap
#
# - When a **process** fails, Lambda runs the function again. When an **order** fails, you undo what it did.
# - Each undo is a step, registered **before** the work, run in **reverse**, safe **twice**, and tolerant of what never
#   happened.
# - A refusal is an answer: `rejected`, and the execution succeeds. A fault that outlives its retries: `failed`.
# - Catch the errors of operations, never everything.
#
# You have built the whole application: 17 operations, a status function, and a saga. One thing is simpler in yours than in
# the finished one of notebook 00: there `pick-items` treats every item in an operation of its own (a *map*), and
# `send-notifications` sends both messages side by side (a *parallel*). Yours are plain steps. Compare the two, if you
# like: the finished files are in `modules/`. From here it is yours: run it [on AWS](../README.md#on-aws), by
# `begin("07", target="aws")`, or take it to production.
