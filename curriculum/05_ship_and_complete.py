# %% [markdown]
# # 05 · Ship and complete
#
# You write the last phase, from `carrier-pickup` to `complete-order`. With it, an order has all of its 17 operations. On the
# way, you accidentally give a customer the points twice, and decide that a failed message must not stop a parcel.
#
# - **You build**: operations 13 to 17, a wait and four steps
# - **Time**: 20 minutes
# - **You need**: notebooks 02 and 04, or their ideas: effects that happen exactly once, waits
# - **Cost on AWS**: on the local cloud, nothing. In your own account, each order of this notebook costs less than a tenth of a cent.

# %%
from workshop.notebook import points_of
from workshop.notebook import begin, check, deploy, hint, partner_calls, process
from workshop.notebook import reset, show_code, show_order, solution
from workshop.notebook import times

begin("05")

# %% [markdown]
# ## A counter cannot recognize a repeated request
#
# A customer gets loyalty points: one point for each full 10.00 of the total. For two mugs, which cost 91.98, that is 9
# points. The points are a number in a table, and to add to it is one line: DynamoDB reads `ADD points :added` as *add
# this value to the attribute* `points`. (`:added` stands for a value, which a line below names.) These two cells write
# a first version, and a short workflow around it:

# %% tags=["given"] module="shipping"
"""Phase 5, shipping: a first version of the points, with a mistake in it."""

import os
from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

from database import dynamodb
from faults import operation
from outcomes import Order


@durable_step
@operation("update-loyalty-points")
def update_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Add the points of this order to the customer's balance."""
    return {}

# %% module="shipping" part="true" differs="update_loyalty_points"
@durable_step
@operation("update-loyalty-points")
def update_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Add the points of this order to the customer's balance."""
    added = order["totalCents"] // 1000
    dynamodb().update_item(
        TableName=os.environ["PARTNERS_TABLE"],
        Key={"subject": f"customer#{order['customerId']}", "record": "loyalty"},
        UpdateExpression="ADD points :added",
        ExpressionAttributeValues={":added": added},
    )
    return {"pointsAdded": added}

# %% tags=["given"] module="workflow"
"""An experiment: an order of two operations."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration

from outcomes import Order, agreed
from patience import PARTNER, STORE
from shipping import update_loyalty_points
from validation import validate_order

CARRIER_WAIT = Duration.from_seconds(180)


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    return {}

# %% module="workflow" part="true" differs="handler"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Validate the order, and add its points."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    added = ctx.step(update_loyalty_points(order), name="update-loyalty-points", config=PARTNER)
    return {"orderId": order["orderId"], **added}

# %%
deploy()

# %%
before = points_of("cust-grace")
process(customer_id="cust-grace")
points_of("cust-grace") - before

# %% [markdown]
# ## Break it: the process dies after the points
#
# The card `tok_crash_after_update-loyalty-points` kills the process of the function once: after the points were added, and
# before the checkpoint.
#
# **Predict first:** how many points will the history report, and how many will the customer have?

# %%
before = points_of("cust-grace")
crashed = process(customer_id="cust-grace", payment_token="tok_crash_after_update-loyalty-points")
crashed

# %%
points_of("cust-grace") - before

# %% [markdown]
# 18 points, and a history that says 9. You know this gap from notebook 02: a process can die between the work and its
# checkpoint, and then the step runs again.
#
# With the charge, you sent the bank an idempotency key. A counter has no place for a key: if you add 9 again, it is 9 more.
# So the shop creates one. **Together with the points, it writes a note that this order has received them.** Both writes
# happen in one transaction, which writes both or neither:
#
# ```mermaid
# flowchart LR
#     accTitle: Points and a note about them are written together
#     accDescr: One transaction contains two writes. The first writes a note that this order has received its points, on the condition that no such note exists. The second adds 9 to the balance of the customer. The first time, both are written. When the step runs again, the note exists, so neither is written.
#     step[update-loyalty-points] --> t
#     subgraph t [one transaction: both, or neither]
#         note["note: this order received 9 points<br>only if no such note exists"]
#         balance["balance of the customer: + 9"]
#     end
#     t -- first time --> done[both are written]
#     t -- again --> same[the note exists: nothing is written]
# ```
#
# DynamoDB has such [transactions](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html),
# and the loyalty partner uses one:

# %%
show_code("partners", "add_points")

# %% [markdown]
# `SET` writes the note. `attribute_not_exists(subject)` is its condition: *only if this row does not exist*. `_balance`
# is the `ADD` that you know. And what happens when the note exists? `all_or_none` catches the error of DynamoDB, so the
# step does not fail. (`NoAnswer` means that a partner did not answer. It becomes a `Fault`, so the step is retried.)

# %%
show_code("sandbox", "all_or_none")

# %% [markdown]
# ## Exercise 5a · Points, exactly once
#
# These are two functions of the finished `shipping.py`. Complete them:
#
# - `points` returns how many points an order is worth: one for each full 10.00 of its `totalCents`. The result is a whole
#   number, rounded down: 9,999 cents are 9 points.
# - `update_loyalty_points` calls `partners.add_points`, which you see above.

# %% tags=["given"] module="shipping"
"""Phase 5, shipping: hand over, tell the customer, thank them, done."""

from datetime import datetime
from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import partners
import store
from faults import operation
from outcomes import Order


@durable_step
@operation("ship-order")
def ship_order(_step: StepContext, order: Order, label: dict[str, Any]) -> dict[str, Any]:
    """Give the parcel to the carrier, who estimates its delivery in three days."""
    shipment = {**label, "estimatedDelivery": partners.hand_over(order["orderId"])}
    store.advance(order["orderId"], "shipped", shipment=shipment)
    return shipment


@durable_step
def hold_parcel(_step: StepContext, order: Order, label: dict[str, Any]) -> dict[str, Any]:
    """Find out whether the parcel has left; if not, see to it that it never will."""
    delivery = partners.hold(order["orderId"])
    if delivery is None:
        return {"held": True}
    shipment = {**label, "estimatedDelivery": delivery}
    store.advance(order["orderId"], "shipped", shipment=shipment)
    return {"held": False, "shipment": shipment}


@durable_step
@operation("send-notifications")
def send_notifications(
    _step: StepContext, order: Order, shipment: dict[str, Any]
) -> dict[str, str]:
    """Send the tracking number by email and SMS; return the outcome of each."""
    address = store.personal(order["orderId"], "customerEmail")
    partners.send_email(order["orderId"], address, "shipped", _message(shipment))
    phone = store.personal(order["orderId"], "customerPhone")
    if not phone:
        return {"email": "sent", "sms": "skipped: the order has no phone number"}
    partners.send_sms(order["orderId"], phone, "shipped", _message(shipment))
    return {"email": "sent", "sms": "sent"}


@durable_step
@operation("update-loyalty-points")
def update_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Add 10% of the total to the customer's balance, in whole points, rounded down."""
    return {"pointsAdded": points(order)}


@durable_step
@operation("complete-order")
def complete_order(
    _step: StepContext, order: Order, notifications: dict[str, str]
) -> dict[str, Any]:
    """Close the order as `completed`, with the time it took from its first second."""
    started, ended = datetime.fromisoformat(order["createdAt"]), datetime.fromisoformat(store.now())
    milliseconds = round((ended - started).total_seconds() * 1000)
    stored = store.advance(
        order["orderId"],
        "completed",
        notifications=notifications,
        processingMilliseconds=milliseconds,
    )
    return {"processingMilliseconds": int(stored["processingMilliseconds"])}


def points(order: Order) -> int:
    """Loyalty points of an order: one for every full 10.00 of its total."""
    return 0


def _message(shipment: dict[str, Any]) -> str:
    return (
        f"Your order is on its way with {shipment['service']}, "
        f"tracking number {shipment['trackingNumber']}, due {shipment['estimatedDelivery']}."
    )

# %% module="shipping" exercise="5a" part="true" differs="send_notifications"
@durable_step
@operation("update-loyalty-points")
def update_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Add 10% of the total to the customer's balance, in whole points, rounded down."""
    # BEGIN SOLUTION
    partners.add_points(order["orderId"], order["customerId"], points(order))
    # STUB
    # # TODO: have the partner add the points of this order, once
    # END SOLUTION
    return {"pointsAdded": points(order)}


def points(order: Order) -> int:
    """Loyalty points of an order: one for every full 10.00 of its total."""
    # BEGIN SOLUTION
    return order["totalCents"] // 1000
    # STUB
    # return 0  # TODO: one for every full 10.00 of the total
    # END SOLUTION

# %%
check("5a")
# hint("5a")

# %% [markdown]
# The last step of an order reads a clock. That is safe here, because it does so **inside** a step:

# %%
show_code("shipping", "complete_order")

# %% [markdown]
# ## When a step has failed permanently
#
# When a partner is unavailable for long, a step uses up its attempts. Then the step has **failed permanently**. This
# failure is saved as a checkpoint, too, and `ctx.step` raises a `StepError` in your handler. Until now you did not
# catch it, and the execution failed.
#
# You may also catch it, and continue. That is safe on replay: the failure has a checkpoint, so each invocation sees it and
# goes the same way.
#
# Catch `StepError`, and not `Exception`. The SDK reports its own problems by exceptions, too, such as the
# `NonDeterministicExecutionError` of notebook 03. Your handler must let them pass. And never write a bare `except:`. See what
# it does to a wait:

# %% module="workflow" part="true" differs="handler"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Catch everything around a wait, which is the mistake of this experiment."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    try:
        ctx.wait(CARRIER_WAIT, name="carrier-pickup")
    except:
        return {"orderId": order["orderId"], "status": "shipped without a carrier"}
    return {"orderId": order["orderId"], "status": "shipped"}

# %%
deploy()

# %%
hasty = process()
hasty.state, hasty.invocations, hasty.result["status"]

# %% [markdown]
# One invocation: the handler did not wait. When a handler has to stop for a wait, or for the next attempt of a step, the SDK stops
# it with a special exception. A bare `except:` catches it; `except Exception` does not.
#
# ## Exercise 5b · A failed message must not stop the parcel
#
# This is `deliver` with all of its operations. Complete two places.
#
# At the first `TODO`, wait for `CARRIER_WAIT` under the name `carrier-pickup`. Then run `ship_order(order, label)` as
# `ship-order` with `config=WAREHOUSE`, and keep its result in `shipment`.
#
# At the second `TODO`, the parcel is on its way. If email and SMS are unavailable, the order must continue, and store what
# happened to the messages. (In the application of notebook 00, email and SMS are sent at the same time, in a *parallel*.
# Here one plain step sends both.) Catch the failure of this step, and set `notifications` to a dictionary that says so, such as
# `{"email": "failed: …", "sms": "failed: …"}`. The reason is in `error.message`.

# %% tags=["given"] module="workflow"
"""The story of an order that goes well: 17 operations, five phases."""

import os
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, StepError, durable_execution
from aws_durable_execution_sdk_python.config import Duration

from compensation import close_order
from fulfillment import generate_shipping_label, package_order, pick_items, quality_check
from outcomes import Order, Refused, agreed
from patience import PARTNER, PAYMENT, STORE, WAREHOUSE
from payment import check_inventory, process_payment, reserve_inventory
from risk import credit_check, fraud_check, generate_invoice
from shipping import complete_order, send_notifications, ship_order, update_loyalty_points
from validation import validate_order

# Fixed for a deployed version, so the same in every replay.
WAREHOUSE_WAIT = Duration.from_seconds(int(os.environ.get("WAREHOUSE_WAIT_SECONDS", "300")))
CARRIER_WAIT = Duration.from_seconds(int(os.environ.get("CARRIER_WAIT_SECONDS", "180")))


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
    """Run validation, payment and risk; `deliver` does the rest."""
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
    return deliver(order, ctx)


def deliver(order: Order, ctx: DurableContext) -> dict[str, Any]:
    """Run fulfillment and shipping, for an order that is paid and accepted."""
    raise NotImplementedError

# %% module="workflow" exercise="5b" part="true" differs="handler, run_operations, deliver"
def deliver(order: Order, ctx: DurableContext) -> dict[str, Any]:
    """Run fulfillment and shipping, for an order that is paid and accepted."""
    # Phase 4: fulfillment
    ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")
    picks = ctx.step(pick_items(order), name="pick-items", config=WAREHOUSE)
    agreed(ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE))
    ctx.step(package_order(order), name="package-order", config=WAREHOUSE)
    label = ctx.step(
        generate_shipping_label(order), name="generate-shipping-label", config=WAREHOUSE
    )

    # Phase 5: shipping
    # BEGIN SOLUTION
    ctx.wait(CARRIER_WAIT, name="carrier-pickup")
    shipment = ctx.step(ship_order(order, label), name="ship-order", config=WAREHOUSE)
    try:
        messages = send_notifications(order, shipment)
        notifications = ctx.step(messages, name="send-notifications", config=PARTNER)
    except StepError as error:
        notifications = dict.fromkeys(("email", "sms"), f"failed: {error.message}")
    # STUB
    # shipment: dict[str, Any] = {**label, "estimatedDelivery": "?"}  # TODO: wait, then ship
    # # TODO: if this step fails permanently, go on with {"email": "failed: …", "sms": "failed: …"}
    # messages = send_notifications(order, shipment)
    # notifications = ctx.step(messages, name="send-notifications", config=PARTNER)
    # END SOLUTION
    ctx.step(update_loyalty_points(order), name="update-loyalty-points", config=PARTNER)
    done = ctx.step(complete_order(order, notifications), name="complete-order", config=STORE)
    return {"orderId": order["orderId"], "status": "completed", **shipment, **done}

# %%
check("5b")
# hint("5b")

# %% [markdown]
# ## All 17

# %% tags=["deploy"]
deploy()

# %%
complete = process(customer_id="cust-grace")
complete

# %% [markdown]
# That is the whole order, from the first line to the last. Where does the time of such an order go?

# %%
times(process())

# %% [markdown]
# Eight minutes, three short invocations. (`complete-order` reports real time, which does not include skipped waits. On AWS,
# or with a real clock, it reports eight minutes, too. To save these minutes there, use
# `deploy(WarehouseWaitSeconds=10, CarrierWaitSeconds=10)`.)
#
# Now the crash from above once more.
#
# **Predict first:** how many times will Lambda invoke the function, how many invocations will die, and how many points
# will the customer get?

# %%
before = points_of("cust-grace")
survivor = process(customer_id="cust-grace", payment_token="tok_crash_after_update-loyalty-points")
survivor

# %%
points_of("cust-grace") - before

# %% [markdown]
# Four invocations, and one of them died, after the points were added. The next one found no checkpoint for
# `update-loyalty-points`, so it ran the step again. This time the note existed: 9 points, and not 18.
#
# What if the messages cannot be sent?

# %%
silent = process(payment_token="tok_down_send-notifications")
silent

# %% [markdown]
# Line 15 failed after four attempts, and lines 16 and 17 followed. The execution succeeded, because the handler caught the
# failure and continued. What happened to the messages is stored with the order:

# %%
show_order(silent)

# %% [markdown]
# Other failures do more harm: if `package-order` fails permanently, a customer has paid for a parcel that is never packed.
# That is the subject of notebook 07.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Why are the points and the note about them written in one transaction?**
#
# - [x] A process that dies between two writes would leave one without the other. :: Points without a note would be given twice. A note without points means that they are never given.
# - [ ] It is faster than two writes. :: It is slower, and DynamoDB counts each write in a transaction twice. That is not the reason.
# - [ ] DynamoDB can add to a number only in a transaction. :: A single write can do that, as the first version showed.
#
# **2. A step has failed permanently, and your handler caught its `StepError`. Later, Lambda invokes the function again. What happens at that step?**
#
# - [ ] The step is retried: perhaps the partner is available now. :: Its failure has a checkpoint, and that is final. No later invocation runs the step.
# - [x] `ctx.step` raises the same `StepError` at once. :: The failure is in the history, so every invocation goes the same way.
# - [ ] It is left out, and the operation after it takes its place. :: Operations are found by position. The failed step keeps its own.
#
# **3. Why does `complete_order` read the clock inside the step?**
#
# - [ ] The handler has no clock. :: It has one, but reads a different time in each invocation.
# - [ ] Because the clock of the table is more exact. :: The step reads the clock of the same machine.
# - [x] The time becomes part of the checkpointed result, and is the same in every later invocation. :: If the handler read it, each invocation would see another time.

# %% [markdown]
# ## Recap
#
# - An order has **17 operations**, takes eight minutes, and uses a few seconds of compute at most.
# - To change a counter exactly once, write in the **same transaction** that it has been changed.
# - A step that fails permanently raises `StepError` in the handler. Catch it where the order can continue without the step.
# - Catch only `StepError`. Do not catch `Exception`, and never write a bare `except:`.
#
# Next: [06 · The status function](06_the_status_function.ipynb)
