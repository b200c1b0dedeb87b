# %% [markdown]
# # 07 · When things fail
#
# Processes die, cards are declined, machines break. You kill the function in the middle of its work and watch it recover.
# Then you write the saga: when an order cannot continue, it undoes everything that the order has done, in reverse.
#
# - **You build**: the compensation (refund, release, void), a workflow that uses it, and its point of no return
# - **Time**: 30 minutes
# - **You need**: notebooks 02, 05 and 06, or their ideas: refusals, effects that happen exactly once, `StepError`, the API
# - **Cost on AWS**: on the local cloud, nothing. In your own account, each order of this notebook costs less than a tenth of a cent.

# %%
from workshop.notebook import orders
from workshop.notebook import books, changes
from workshop.notebook import begin, check, clean_up, deploy, follow, hint, partner_calls
from workshop.notebook import real_time, reset, show_code, show_order, snapshot, solution, stack
from workshop.notebook import stop

begin("07")

# %% [markdown]
# ## Two kinds of failure
#
# | what fails | what happens | who repairs it |
# |---|---|---|
# | **the process** | it dies, or runs out of memory or time | Lambda: it invokes the function again, which continues from its checkpoints |
# | **the order** | a partner says no, or is unavailable for long | you: what was done for this order must be undone |
#
# The first kind needs no more code from you. See for yourself. This is the workflow as notebook 05 left it:

# %% tags=["deploy"]
deploy()

# %%
def send(**wanted):
    """Post an order to the API and follow it to its end."""
    return follow(orders.submit(stack(), orders.example(**wanted)))

# %% [markdown]
# Each of these three orders kills the process of its function once: before the work of a step, or after the work and before
# its checkpoint.
#
# **Predict first:** without a crash Lambda invokes the function three times for an order. How many times will it now,
# and how many of these orders will be completed?

# %%
deaths = "crash_before_validate-order", "crash_after_reserve-inventory", "crash_after_complete-order"
posted = [
    orders.submit(stack(), orders.example(payment_token=f"tok_{death}")) for death in deaths
]
for death, order_id in zip(deaths, posted, strict=True):
    order = follow(order_id)
    print(f"{death}: {order.state}, {order.invocations} invocations, {len(order.operations)} operations")

# %% [markdown]
# Three crashes, three completed orders: one more invocation for each, and no more operations in the history. (AWS bills
# each invocation after a crash as one durable operation.)
#
# ## Break it: an order that cannot continue
#
# Now the second kind. The packing machine is broken, and stays broken. To see the result, you read the shop's books
# before and after: the stock of a product, and the points of a customer.
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
# The customer has paid 99.34. Two teapots are reserved, and nobody will ever pack them. The order stays `quality-checked`
# permanently, and nobody tells the customer. The execution failed, and nothing else happened.
#
# In a database you would roll back. But the money is at the bank, and the teapots are in a warehouse: no transaction
# includes both. What you can do is a second action that reverses the first. That is called **compensation**. A workflow
# that defines a compensation for each operation with an effect, and runs the compensations when it cannot continue, is called a **saga**.
#
# ```mermaid
# flowchart LR
#     accTitle: What was done is undone in reverse
#     accDescr: The order does process-payment, reserve-inventory and package-order. The last one fails. Then release-inventory undoes the reservation, refund-payment undoes the payment, notify-customer tells the customer, and close-order writes the final status.
#     pay[process-payment] --> reserve[reserve-inventory] --> pack["package-order<br><b>fails permanently</b>"]
#     pack --> release[release-inventory] --> refund[refund-payment] --> tell[notify-customer] --> close[close-order]
#     reserve -. undone by .- release
#     pay -. undone by .- refund
# ```
#
# Five rules for a saga:
#
# 1. **Make each undo a separate step.** Then it has a checkpoint and retries, and survives a crash.
# 2. **Undo in reverse.** The last thing that was done is the first to be undone, because it may depend on the earlier ones.
# 3. **Register each undo before the work, not after it.** If the bank's answer is lost, nobody knows whether the money has
#    moved. An undo that is registered after success would not run. A
#    [sample of AWS](https://github.com/aws-samples/serverless-patterns/blob/1c01166ff5f35a331fbfa54d4438b8d34d4653c2/lambda-durable-saga-python-sam/src/orchestrator.py)
#    registers after success.
# 4. **Safe to run twice, and safe for work that never happened.** You need this because of 1 (a step can run twice) and
#    3 (an undo can be registered although the work never happened).
# 5. **Undo only what was done, or may have been done.** A declined card is a definite refusal, so no refund is necessary.
#
# ## An undo that is safe to run twice
#
# You have three undo steps already, in `payment.py` and `fulfillment.py`. `refund_payment` uses this function:

# %%
show_code("sandbox", "undo")

# %% [markdown]
# It **marks** the charge as undone, no matter how many times you call it, and even if no charge exists. Stock is a number, so it is given back
# together with such a mark in one transaction, as in notebook 05.
#
# The mark stays. It is called a **tombstone**: a request that the network delayed, and that arrives after its undo, finds it, and is refused. Without
# it the bank would charge a customer whose refund is already done, and no step would ever look at this charge again.
#
# Test it. This workflow takes money and stock, and registers a parcel. Then it undoes all of it, and undoes the parcel and the stock
# twice. Its refund kills the process once, after the work and before the checkpoint. In the end, a delayed request to charge the
# same order reaches the bank:

# %% tags=["given"] module="workflow"
"""An experiment: an order that is undone, and a process that dies while undoing it."""

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
from fulfillment import generate_shipping_label, void_shipping_label
from outcomes import Order, agreed
from patience import PAYMENT, STORE, UNDO, WAREHOUSE
from payment import charge_key, process_payment, release_inventory, reserve_inventory
from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    return {}

# %% module="workflow" part="true" differs="handler"
@durable_step
def refund_and_die(_step: StepContext, order: Order) -> dict[str, Any]:
    """Refund the payment; the first time, die before the checkpoint."""
    refunded_cents = partners.refund(order["orderId"], charge_key(order))
    if sandbox.count(order["orderId"], "crash#refund") == 1:
        die()
    return {"refundedCents": refunded_cents}


@durable_step
def charge_late(_step: StepContext, order: Order) -> dict[str, Any]:
    """Charge the order again, as a request does that the network delayed."""
    try:
        partners.charge(order["orderId"], 9934, "tok_ok", charge_key(order))
    except sandbox.Undone:
        return {"charged": False}
    return {"charged": True}


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Take money and stock and register a parcel, then undo it all."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))
    label = generate_shipping_label(order)
    ctx.step(label, name="generate-shipping-label", config=WAREHOUSE)

    ctx.step(void_shipping_label(order), name="void-shipping-label", config=UNDO)
    ctx.step(void_shipping_label(order), name="void-it-again", config=UNDO)
    ctx.step(release_inventory(order), name="release-inventory", config=UNDO)
    ctx.step(release_inventory(order), name="release-it-again", config=UNDO)
    ctx.step(refund_and_die(order), name="refund-payment", config=UNDO)
    ctx.step(charge_late(order), name="charge-late", config=PAYMENT)
    return {"orderId": order["orderId"]}

# %%
deploy()

# %% [markdown]
# **Predict first:** what will the second `release` return? Will the delayed charge take the money again?

# %%
before = books("sku-teapot", "cust-grace")
undone_twice = send(product_id="sku-teapot", customer_id="cust-grace")
undone_twice

# %%
changes(before, undone_twice)

# %% [markdown]
# The second `release` returns `False`: there was nothing left to undo. One invocation died after the refund, so the
# refund step ran twice, and 9934 cents went back once. The delayed charge found the tombstone, and the bank refused it. Money and stock are as before.
#
# ## Exercise 7a · Undo in reverse
#
# `Saga` is a **class**: an object of it holds the undo steps of one order, in the list `self._undos`. You have two tasks:
#
# 1. In `undo`, **register** the pair `(name, step)` in the list, at the right place.
# 2. In `close`, which ends an order that cannot continue, go through the list, **the newest pair first**. Run each with
#    `self._ran(name, step)`, which runs it as a step and returns whether it succeeded. One that fails must not stop the
#    others. Collect the names of those that failed in a list named `left`, because a person must repair them.
#
# `undo` is used as `with saga.undo("refund-payment", …):`, with an operation in the block. Everything before `yield` runs
# before the block, the rest runs after it. If the operation *fails*, its undo stays in the list (rule 3), and so it does
# when the block has ended. A *refusal* drops the newest undo (rule 5), so never put one block inside another.
#
# `close` gets two texts: a `reason` for the customer, and a `fault` for the people who operate the shop. The attribute `past_pivot` is
# explained below.

# %% tags=["given"] module="compensation"

# %% module="compensation" exercise="7a" part="true"
class Saga:
    """The undo steps of one order, each registered before what it undoes."""

    def __init__(self, ctx: DurableContext, event: dict[str, Any]) -> None:
        self._ctx, self._event = ctx, event
        self._undos: list[tuple[str, Undo]] = []
        self.past_pivot = False  # then nothing is undone anymore

    @contextmanager
    def undo(self, name: str, step: Undo) -> Iterator[None]:
        """Register an undo for the operation in this block; drop it if that operation refuses."""
        # BEGIN SOLUTION
        self._undos.append((name, step))
        # STUB
        # # TODO: register (name, step), here or elsewhere in this function?
        # END SOLUTION
        try:
            yield
        except Refused:
            self._undos.pop()
            raise

    def close(self, status: str, reason: str, fault: str) -> dict[str, Any]:
        """Undo everything, give the customer the reason, and operators the fault."""
        self._ctx.logger.warning("closing the order", extra={"status": status, "fault": fault})
        if self.past_pivot:
            return leave_to_a_person(self._ctx, self._event["orderId"], fault)
        # BEGIN SOLUTION
        left = [name for name, step in reversed(self._undos) if not self._ran(name, step)]
        # STUB
        # left: list[str] = []  # TODO: run every undo, the newest first; collect names that failed
        # END SOLUTION
        if left:
            status, fault = "failed", f"{fault}; still to be undone by hand: {', '.join(left)}"
        self._ran("notify-customer", notify_customer(self._event, status, reason), LAST_MESSAGE)
        closing = close_order(self._event["orderId"], status, reason, fault, is_left=bool(left))
        return self._ctx.step(closing, name="close-order", config=UNDO)

    def _ran(self, name: str, step: Undo, config: StepConfig = UNDO) -> bool:
        step = calling_a_person(self._event["orderId"], name, step)
        try:
            self._ctx.step(step, name=name, config=config)
        except OPERATION_ERRORS as error:
            self._ctx.logger.warning("not undone", extra={"undo": name, "reason": str(error)})
            return False
        return True

# %%
check("7a")
# hint("7a")

# %% [markdown]
# `_ran` catches `OPERATION_ERRORS`: all the ways in which an operation can fail permanently. `StepError` of notebook 05
# is one of them. `SerDesError` of notebook 01 is another: the SDK raises it when it cannot store what a step returned
# (*serialize* it) or read it back (*deserialize*). Unlike the sample, it does not catch `Exception`: a saga that
# catches everything also refunds an order whose code does not fit its history. That is a mistake in the code, as in notebooks 03 and 04, not a failure of the order.
#
# ## Exercise 7b · Say how to undo it
#
# Now the workflow says for each operation that changes the world how to undo it. **Money and stock are yours**:
#
# | operation | name of its undo | undo |
# |---|---|---|
# | `process-payment` | `refund-payment` | `refund_payment(order)` |
# | `reserve-inventory` | `release-inventory` | `release_inventory(order)` |
#
# In `deliver`, the shipping label already has its undo:
#
# ```python
# with saga.undo("void-shipping-label", void_shipping_label(order)):
#     label = ctx.step(
#         generate_shipping_label(order), name="generate-shipping-label", config=WAREHOUSE
#     )
# ```
#
# As in notebook 01, `void_shipping_label(order)` only *prepares* the step. The saga runs it later, or never.

# %% tags=["given"] module="workflow"

# %% tags=["given"] module="workflow" part="true"
from aws_durable_execution_sdk_python import StepError


def deliver(order: Order, ctx: DurableContext, saga: Saga) -> dict[str, Any]:
    """Run fulfillment, up to the hand-over of the parcel, for an order that is paid."""
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
    saga.past_pivot = True
    try:
        shipment = ctx.step(ship_order(order, label), name="ship-order", config=WAREHOUSE)
    except OPERATION_ERRORS:
        # The answer may have been lost. Only the carrier knows whether the parcel has left.
        parcel = ctx.step(hold_parcel(order, label), name="hold-parcel", config=UNDO)
        if parcel["held"]:
            saga.past_pivot = False
            raise
        shipment = parcel["shipment"]
    return finish(order, ctx, shipment)


def finish(order: Order, ctx: DurableContext, shipment: dict[str, Any]) -> dict[str, Any]:
    """Complete an order whose parcel has left. From here, it can only go forward."""
    ctx.logger.info("order shipped", extra={"shippedBy": shipment["service"]})
    try:
        messages = send_notifications(order, shipment)
        notifications = ctx.step(messages, name="send-notifications", config=PARTNER)
    except StepError as error:
        notifications = dict.fromkeys(("email", "sms"), f"failed: {error.message}")
    ctx.step(update_loyalty_points(order), name="update-loyalty-points", config=PARTNER)
    done = ctx.step(complete_order(order, notifications), name="complete-order", config=STORE)
    ctx.logger.info("order completed", extra=done)
    return {"orderId": order["orderId"], "status": "completed", **shipment, **done}

# %% module="workflow" exercise="7b" part="true"
def run_operations(event: dict[str, Any], ctx: DurableContext, saga: Saga) -> dict[str, Any]:
    """Run the 17 operations. Each `with saga.undo(...)` says how to undo what is inside it."""
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
    fraud = agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    if "needsReview" in fraud:
        review_order(ctx, order, fraud["score"])
    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    ctx.logger.info("order paid and accepted")
    return deliver(order, ctx, saga)

# %%
check("7b")
# hint("7b")

# %% [markdown]
# `handler` is also new:

# %%
show_code("workflow", "handler")

# %% [markdown]
# It catches both endings. A refusal ends as `rejected`, and the execution *succeeds*, because a refusal is a valid result. A
# technical fault ends as `failed`, and so does the execution, by `OrderFailed`: an operator should look at it.
#
# Customer and operator read two texts. The customer gets a reason from a short list, in `reasons.py`. The operator gets the
# fault, in the log and in a field of the stored order that the API never returns.
#
# It also writes a log. `logger` is the one of [Powertools for AWS
# Lambda](https://docs.powertools.aws.dev/lambda/python/latest/core/logger/), a library of AWS that writes each line as
# JSON. `ctx.logger` passes lines on to it, except in a replay.

# %%
deploy()

# %% [markdown]
# ## Is it fixed? Ask the real system
#
# The packing machine is still broken.
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
# The stock went back first, then the money. The books are as before. In the picture, what was undone is *compensated*, and
# the undo steps have a phase of their own:

# %%
snapshot(failed)

# %% [markdown]
# The customer can read why, in words that tell nothing of the inside of the shop. The execution has the fault, for operators:

# %%
orders.get(stack(), failed.order_id)["errorMessage"], failed.error

# %% [markdown]
# ## The point of no return
#
# What if the carrier already has the parcel, and a step after that fails permanently? You could ask the carrier to bring it back, refund
# it, and tell a customer whose parcel is at the door that the order failed. Nobody wants that. Most sagas have a **pivot**: the
# operation after which there is no way back. Ours is `ship-order`, and `deliver` and `finish` know it:
#
# - **Before the pivot**, an order that cannot continue is undone, in reverse.
# - **After the pivot**, it only goes forward. What cannot be finished waits for a person.
# - **At the pivot** a fault is a question: has the parcel left, and only the answer was lost? `hold-parcel` asks the carrier. If the parcel is still there, the
#   carrier leaves a tombstone, so it never leaves. Then the order is undone. If it has left, the order goes forward.
#
# **Predict first:** the step after the messages fails permanently. What has changed in the books?

# %%
before = books("sku-teapot", "cust-grace")
late = send(
    product_id="sku-teapot",
    customer_id="cust-grace",
    payment_token="tok_down_update-loyalty-points",
)
late.operations[13:]

# %%
changes(before, late)

# %% [markdown]
# Nothing was undone: the customer has paid, and gets the parcel. The order stays `shipped`, and `call-a-person` noted in the table
# that it waits for a person, who adds the points. The execution failed, which an operator sees.
#
# And a carrier that is unavailable when the parcel is to be handed over?

# %%
kept = send(payment_token="tok_down_ship-order")
kept.operations[12:]

# %% [markdown]
# What about a card that is declined?

# %%
declined = send(payment_token="tok_declined")
declined

# %% [markdown]
# No refund, because nothing was charged. The execution succeeded, and the order is `rejected`. The customer of notebook 03,
# whose order the fraud check rejected, gets money and stock back now:

# %%
suspicious = send(customer_id="cust-fraud")
suspicious.state, suspicious.operations[4:]

# %%
partner_calls(suspicious)

# %% [markdown]
# ## Exercise 7c · What is undone?
#
# For each of these cards, list the undo steps that run, the first one first. Leave out `notify-customer`,
# `close-order` and `call-a-person`, which end an order. If no undo runs, the list is empty. The check sends the five orders, and compares.
#
# - `tok_declined`: the bank says no.
# - `tok_down_reserve-inventory`: the warehouse never responds to the reservation request. (Is it certain that
#   nothing was reserved?)
# - `tok_down_fraud-check`: the fraud partner is unavailable.
# - `tok_down_generate-shipping-label`: the carrier is unavailable when the label is to be made.
# - `tok_down_update-loyalty-points`: the loyalty program is unavailable, when the parcel is on its way.

# %% exercise="7c"
# BEGIN SOLUTION
undone = {
    "tok_declined": [],
    "tok_down_reserve-inventory": ["release-inventory", "refund-payment"],
    "tok_down_fraud-check": ["release-inventory", "refund-payment"],
    "tok_down_generate-shipping-label": [
        "void-shipping-label",
        "release-inventory",
        "refund-payment",
    ],
    "tok_down_update-loyalty-points": [],
}
# STUB
# undone = {
#     "tok_declined": ["TODO"],
#     "tok_down_reserve-inventory": ["TODO"],
#     "tok_down_fraud-check": ["TODO"],
#     "tok_down_generate-shipping-label": ["TODO"],
#     "tok_down_update-loyalty-points": ["TODO"],
# }
# END SOLUTION

# %%
check("7c")
# hint("7c")

# %% [markdown]
# ## What a saga cannot do
#
# A saga is code of your function, so it runs only while the execution does. When an operator **stops** an execution, Lambda
# [does not invoke the function again](https://docs.aws.amazon.com/lambda/latest/dg/durable-managing-executions.html) and
# does not undo what its steps did. Your saga does not run. The same is true of an execution that times out, and of an order that is
# stored, but whose execution never starts.
#
# So another function must notice. `recovery.py` is started by the event that Lambda sends when an execution was stopped, timed out or
# failed, and every five minutes by a schedule, because an event can be lost. It does two things:
#
# 1. **It takes the order over.** In the table, each order names its owner: an execution. One conditional write makes a *successor* the owner, and from
#    then on the former owner can write nothing.
# 2. **It starts the successor**, an execution with a new name and the same idempotency keys. Its handler calls `recover`:

# %%
show_code("workflow", "recover")

# %% [markdown]
# The successor does not know how far the order came, and need not. It asks the carrier first, as at the pivot: if the parcel has left, the order goes
# forward, otherwise every undo runs. Each is safe for work that never happened, and its tombstone refuses what the stopped execution still sends.
#
# Until now, your applications ran without recovery, because their unfinished workflows left orders open. Turn it on:

# %% tags=["deploy"]
deploy(Recovery="ENABLED")

# %% [markdown]
# An operator stops an order that is paid and waits for the warehouse.
#
# **Predict first:** what will the books say, and what will the customer read?

# %%
before = books("sku-teapot", "cust-grace")
wanted = orders.example(product_id="sku-teapot", customer_id="cust-grace")
with real_time():
    order_id = orders.submit(stack(), wanted)
    orders.wait(stack(), order_id, until="awaiting-warehouse")
    stop(order_id, "stopped by mistake")
ended = orders.wait(stack(), order_id)
ended["status"], ended["errorMessage"]

# %%
lost = follow(order_id)
lost.state, follow(order_id + "-r1").operations

# %%
changes(before, lost)

# %% [markdown]
# Nobody noticed, and nobody had to. What recovery cannot do in three attempts lands in a **dead-letter queue**, a list of events that failed, with an alarm.
#
# An undo can fail, too. It is retried for four days, because waiting costs nothing; after an hour the alarm `person-called` rings. If it still fails, the
# others run anyway, the order ends as `failed`, it waits for a person, and its fault names what this person must repair.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. The process of your function dies between two steps. Does the saga run?**
#
# - [ ] Yes: the order has failed. :: A process has failed, not the order. Nothing needs to be undone.
# - [x] No: Lambda invokes the function again, and the order continues. :: The saga is for orders that cannot continue.
# - [ ] Only if money was taken. :: The charge has a checkpoint, and the order continues with it.
#
# **2. Why is the refund registered before the card is charged?**
#
# - [ ] So that it runs first. :: It runs only if the order cannot continue, and then in reverse order.
# - [x] If the charge fails permanently, nobody knows whether the money has moved. :: The answer may have been lost after the charge. So the undo runs, and finds out.
# - [ ] A `with` block must come before its operation. :: You could write it differently. But an undo that is registered after success does not run when the answer was lost.
#
# **3. Somebody writes `except Exception` around the operations, to be safe, and calls the saga there. What can happen?**
#
# - [ ] Nothing; it is only slower. :: It catches more than failures of operations.
# - [ ] Waits are skipped. :: That is what a bare `except:` does, as notebook 05 showed. `except Exception` does not catch the exception that suspends a handler.
# - [x] An order is refunded because of a mistake in the code. :: `NonDeterministicExecutionError` is an `Exception`. It says that the code does not fit the history, not that the order has failed.

# %% [markdown]
# ## Clean up
#
# What you have deployed is one stack, and `clean_up()` lists what is in it. `clean_up(really=True)` deletes the stack with
# everything in it, orders included. Then it lists what is left, such as the bucket that SAM CLI keeps for its uploads. Your
# code and your answers in `my-work/` stay.
#
# On the local cloud you can keep the stack: it costs nothing. In your own account, remove the `#` when you have seen
# enough, and run the cell again.

# %% tags=["nbval-ignore-output"] reason="the stack holds more if notebook 10 deployed it before"
clean_up()
# clean_up(really=True)

# %% [markdown]
# ## Recap
#
# - When a **process** fails, Lambda invokes the function again. When an **order** fails, you undo what it did.
# - Make each undo a step. Register it **before** the work, run undos in **reverse**, and make each safe to run **twice** and safe for work that never
#   happened.
# - An undo is final: its **tombstone** refuses the work that arrives late.
# - After the **pivot** there is only forward; what cannot be finished waits for a person.
# - A refusal is a result: `rejected`, and the execution succeeds. A fault that remains after all retries: `failed`, and so is the execution.
# - Catch only the errors of operations.
# - A saga dies with its execution. **Recovery** takes the order over, and a successor undoes it or brings it to its end.
#
# You have built the whole application: 17 operations, a status function, and a saga. Yours is simpler than the finished one
# of notebook 00 in two places: there `pick-items` runs one operation for each item (a *map*), and `send-notifications`
# sends both messages at the same time (a *parallel*). Yours are plain steps. Compare the two, if you like: the finished
# code is in the folder [modules](../modules). From here it is yours: run it on AWS with `begin("07", target="aws")`, as the
# [section "On AWS" of the README](../README.md#on-aws) explains, or take it to production.
#
# Next: [08 · Test it](08_test_it.ipynb)
