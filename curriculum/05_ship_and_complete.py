# %% [markdown]
# # 05 · Ship and complete
#
# You write the last phase, from `carrier-pickup` to `complete-order`. With it the order has all of its 17 operations.
# On the way you give a customer twice the points, and find out that a letter may fail without costing a parcel.
#
# | | |
# |---|---|
# | **You build** | operations 13 to 17: a wait and four steps |
# | **Time** | 15 minutes |
# | **You need** | notebooks 02 and 04, or their ideas: effects that happen exactly once, waits |
# | **Cost on AWS** | nothing here, on the local cloud; in an account of your own, each order of this notebook would cost less than a tenth of a cent |

# %%
from workshop.notebook import points_of
from workshop.notebook import begin, check, deploy, hint, partner_calls, process
from workshop.notebook import reset, show_code, show_order, solution
from workshop.notebook import times

begin("05")

# %% [markdown]
# ## A counter cannot be asked twice
#
# For each full 10.00 of an order its customer gets a loyalty point, which makes 9 for two mugs. The points are a number
# in a table, and adding to it is one line: DynamoDB reads `ADD points :added` as *add this much to* `points`. Run these two
# cells. They write a first attempt, and a short story around it:

# %% module="shipping" differs="update_loyalty_points"
"""Phase 5, shipping: a first attempt at the points, with a mistake in it."""

import os
from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

from database import dynamodb
from faults import operation
from outcomes import Order


@durable_step
@operation("update-loyalty-points")
def update_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Add 10 % of the total to the customer's balance."""
    added = order["totalCents"] // 1000
    dynamodb().update_item(
        TableName=os.environ["PARTNERS_TABLE"],
        Key={"subject": f"customer#{order['customerId']}", "record": "loyalty"},
        UpdateExpression="ADD points :added",
        ExpressionAttributeValues={":added": added},
    )
    return {"pointsAdded": added}

# %% module="workflow" differs="handler"
"""The story of an order: two operations, the second of them a first attempt."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from outcomes import Order, agreed
from patience import PARTNER, STORE
from shipping import update_loyalty_points
from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
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
# The card `tok_crash_after_update-loyalty-points` kills the process of the function once: after the points were added,
# and before the checkpoint.
#
# **Predict first:** how many points will the history report, and how many will the customer have?

# %%
before = points_of("cust-grace")
crashed = process(customer_id="cust-grace", payment_token="tok_crash_after_update-loyalty-points")
crashed

# %%
points_of("cust-grace") - before

# %% [markdown]
# 18 points, and a history that says 9. You know this gap from notebook 02: between the work and its checkpoint a
# process can die, and then the step runs again.
#
# The bank could be sent an idempotency key. A counter has no place for one: whoever adds 9 a second time gets 9 more.
# So the shop makes the place itself. **Together with the points it writes that this order has had them**, both or
# neither, in one transaction:
#
# ```mermaid
# flowchart LR
#     accTitle: Points and the note about them are written together
#     accDescr: One transaction contains two writes. The first notes that this order has had its points, on the condition that there is no such note yet. The second adds 9 to the balance of the customer. The first time both are written. When the step runs again the note is there already, so neither is written.
#     step[update-loyalty-points] --> t
#     subgraph t [one transaction: both, or neither]
#         note["note: this order had 9 points<br>only if there is no such note"]
#         balance["balance of the customer: + 9"]
#     end
#     t -- first time --> done[both are written]
#     t -- again --> same[the note is there: nothing is written]
# ```
#
# DynamoDB has such [transactions](https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html). The partner's code uses one:

# %%
show_code("partners", "add_points")

# %% [markdown]
# `SET` writes the note, and `attribute_not_exists(subject)` is its condition: *only if there is no such row yet*. `_balance` is the
# `ADD` that you know.
#
# ## Exercise 5a · Points, exactly once
#
# This is the finished `shipping.py`. Two things are missing:
#
# - in `points`: how many points an order is worth, one for every full 10.00 of its `totalCents`. No fractions, no
#   rounding up: 9,999 cents are 9 points;
# - in `update_loyalty_points`: the call of `partners.add_points` that you see above.
#
# Look also at `complete_order`. It reads a clock, and that is fine: it does so **inside** a step.

# %% module="shipping" exercise="5a" differs="send_notifications"
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
def recall_shipment(_step: StepContext, order: Order) -> dict[str, Any]:
    """Undo `ship_order`: the carrier brings the parcel back; as often as it is called."""
    return {"recalled": partners.recall(order["orderId"])}


@durable_step
@operation("send-notifications")
def send_notifications(
    _step: StepContext, order: Order, shipment: dict[str, Any]
) -> dict[str, str]:
    """Email and text the tracking number; answers what became of each."""
    partners.send_email(order["orderId"], order["customerEmail"], "shipped", _message(shipment))
    if "customerPhone" not in order:
        return {"email": "sent", "sms": "skipped: the order has no phone number"}
    partners.send_sms(order["orderId"], order["customerPhone"], "shipped", _message(shipment))
    return {"email": "sent", "sms": "sent"}


@durable_step
@operation("update-loyalty-points")
def update_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Add 10 % of the total to the customer's balance, in whole points, rounded down."""
    # BEGIN SOLUTION
    partners.add_points(order["orderId"], order["customerId"], points(order))
    # STUB
    # # TODO: have the partner add the points of this order, once
    # END SOLUTION
    return {"pointsAdded": points(order)}


@durable_step
def revoke_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Undo `update_loyalty_points`, as often as it is called."""
    revoked = partners.revoke_points(order["orderId"], order["customerId"], points(order))
    return {"pointsRevoked": points(order) if revoked else 0}


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
    # BEGIN SOLUTION
    return order["totalCents"] // 1000
    # STUB
    # return 0  # TODO: one for every full 10.00 of the total
    # END SOLUTION


def _message(shipment: dict[str, Any]) -> str:
    return (
        f"Your order is on its way with {shipment['service']}, "
        f"tracking number {shipment['trackingNumber']}, due {shipment['estimatedDelivery']}."
    )

# %%
check("5a")
# hint("5a")

# %% [markdown]
# ## When a step has failed for good
#
# When a partner stays away, a step runs out of tries. What then? The step is recorded as **failed**, and
# `ctx.step` raises a `StepError` in your handler. Until now you let it pass, and the execution failed with it.
#
# You may also catch it, and go on. That is safe on replay: the failure stands in the record, so every run sees it and
# goes the same way.
#
# Two warnings. Catch `StepError`, and not `Exception`: the SDK tells of its own troubles by exceptions, too, such as the
# `NonDeterministicExecutionError` of notebook 03, and these must come through. And never write a bare `except:`. To
# wait, or to try a step again later, the SDK leaves your handler by an exception of a special kind. A bare `except:`
# catches that, too, and the wait is lost.
#
# ## Exercise 5b · A letter must not cost the parcel
#
# The parcel is on its way when `send-notifications` runs. If mail and SMS are down for good, the order must go on, and
# record what became of the messages.
#
# The story below has all 17 operations. At the place marked `TODO`, let a failed `send-notifications` pass, and set
# `notifications` to a dictionary that says so, such as `{"email": "failed: …", "sms": "failed: …"}`. The reason is in
# `error.message`.

# %% module="workflow" exercise="5b" differs="handler, process"
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

    # Phase 4: fulfillment
    ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")
    picks = ctx.step(pick_items(order), name="pick-items", config=WAREHOUSE)
    agreed(ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE))
    ctx.step(package_order(order), name="package-order", config=WAREHOUSE)
    label = ctx.step(
        generate_shipping_label(order), name="generate-shipping-label", config=WAREHOUSE
    )

    # Phase 5: shipping
    ctx.wait(CARRIER_WAIT, name="carrier-pickup")
    shipment = ctx.step(ship_order(order, label), name="ship-order", config=WAREHOUSE)
    # BEGIN SOLUTION
    try:
        messages = send_notifications(order, shipment)
        notifications = ctx.step(messages, name="send-notifications", config=PARTNER)
    except StepError as error:
        notifications = dict.fromkeys(("email", "sms"), f"failed: {error.message}")
    # STUB
    # # TODO: if this step fails for good, go on with {"email": "failed: …", "sms": "failed: …"}
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
# There it is, from the first line to the last. And where does the time of such an order go?

# %%
times(process())

# %% [markdown]
# Eight minutes, three short runs. (`complete-order` reports the time by the clock on the wall, which does not know of
# skipped waits. On AWS, or with a real clock, it reports eight minutes, too. To spare yourself the minutes there, use
# `deploy(WarehouseWaitSeconds=10, CarrierWaitSeconds=10)`.)
#
# Now the crash from above once more.
#
# **Predict first:** how often will Lambda run the function, how often will the process die, and how many points will
# there be?

# %%
before = points_of("cust-grace")
survivor = process(customer_id="cust-grace", payment_token="tok_crash_after_update-loyalty-points")
survivor.state, survivor.invocations, points_of("cust-grace") - before

# %% [markdown]
# The step ran twice, and there are 9 points. The second time the note was there.
#
# And when the messages cannot be sent?

# %%
silent = process(payment_token="tok_down_send-notifications")
silent

# %% [markdown]
# Line 15 failed after four tries, and lines 16 and 17 followed. The execution succeeded, because the handler knew what
# to do. The customer's mug is on its way.
#
# Other failures are not so harmless: if `package-order` fails for good, money has been taken for a parcel that never
# leaves. That is notebook 07.

# %%
show_order(silent)

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Why are the points and the note about them written in one transaction?**
#
# - [x] A process that dies between two writes would leave one without the other. :: Points without a note would be given twice; a note without points, never.
# - [ ] It is faster than two writes. :: It is slower, and DynamoDB counts each write in it twice. That is not the point.
# - [ ] DynamoDB can add to a number only in a transaction. :: One write can do that, as the first attempt showed.
#
# **2. A step has failed for good, and your handler caught its `StepError`. The function is run again later. What happens at that step?**
#
# - [ ] It is tried again: perhaps the partner is back. :: It is recorded as failed, and that is final. No later run tries it again.
# - [x] `ctx.step` raises the same `StepError` at once. :: The failure is on record, so every run goes the same way.
# - [ ] It is left out, and the operation after it takes its place. :: Operations are found by position. The failed step keeps its own.
#
# **3. Why does `complete_order` read the clock inside the step?**
#
# - [ ] The handler has no clock. :: It has one, and that is the trap.
# - [ ] Because the clock of the table is more exact. :: The step reads the clock of the same machine.
# - [x] The time becomes part of the recorded result, and is the same in every later run. :: Read in the handler, it would be another in every run.

# %% [markdown]
# ## Recap
#
# - An order has **17 operations**, takes eight minutes, and computes for a moment.
# - To change a counter exactly once, write in the **same transaction** that it has been done.
# - A step that fails for good raises `StepError` in the handler. Catch it where the order can go on without the step.
# - Never catch more than you mean to: not `Exception`, and never a bare `except:`.
#
# Next: [06 · The status function](06_the_status_function.ipynb)
