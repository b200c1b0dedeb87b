# %% [markdown]
# # 04 · Wait without paying
#
# You write the fulfillment phase, from `warehouse-processing` to `generate-shipping-label`. It begins with a wait of
# five minutes, in which nothing of yours runs. You see what that saves, and what a replay does to code that is not
# prepared for it.
#
# | | |
# |---|---|
# | **You build** | a long wait and four more steps: operations 8 to 12 |
# | **Time** | 25 minutes |
# | **You need** | notebooks 01 to 03, or their ideas: steps, replay, refusals |
# | **Cost on AWS** | nothing here, on the local cloud; in an account of your own, each order of this notebook would cost less than a tenth of a cent |

# %%
from workshop.notebook import begin, check, deploy, hint, partner_calls, process
from workshop.notebook import reset, show_code, show_order, snapshot, solution
from workshop.notebook import times

begin("04")

# %% [markdown]
# ## A wait is an operation
#
# The warehouse needs five minutes for an order. A function that sleeps for five minutes is paid for five minutes. A
# durable function says instead: *wake me in five minutes*, and **ends**.
#
# ```mermaid
# flowchart LR
#     accTitle: One wait, two runs of the function
#     accDescr: In the first run the function does operations 1 to 7 and asks for the wait. Then it ends. For 300 seconds nothing runs. Then Lambda runs the function a second time, from its first line. Operations 1 to 7 and the wait are answered from the record, and operations 9 to 12 are done.
#     a["<b>first run</b><br>does operations 1 to 7,<br>asks for the wait, ends"] --> b["<b>300 seconds</b><br>nothing runs"]
#     b --> c["<b>second run</b>, from the first line<br>1 to 8 come from the record,<br>9 to 12 are done"]
# ```
#
# When the time is over, Lambda runs the function again. It is a replay like those after a failed try: it begins at the
# first line, what is recorded is not done again, and the wait is now recorded as over.
#
# ## Exercise 4a · Wait for the warehouse
#
# The context can wait as it can run a step: `ctx.wait(duration, name="…")`. How long is not written in the code. The
# template hands it to the function in an environment variable, and `WAREHOUSE_WAIT` holds it.
#
# After the invoice, wait for `WAREHOUSE_WAIT`, under the name `warehouse-processing`.

# %% module="workflow" exercise="4a" differs="handler, process"
"""The story of an order, so far: validation, payment, risk, and a wait."""

import os
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration

from compensation import close_order
from outcomes import Order, Refused, agreed
from patience import PARTNER, PAYMENT, STORE, WAREHOUSE
from payment import check_inventory, process_payment, reserve_inventory
from risk import credit_check, fraud_check, generate_invoice
from validation import validate_order

# Fixed for a deployed version, so the same in every replay.
WAREHOUSE_WAIT = Duration.from_seconds(int(os.environ.get("WAREHOUSE_WAIT_SECONDS", "300")))


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
    # BEGIN SOLUTION
    ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")
    # STUB
    # # TODO: wait for WAREHOUSE_WAIT, under the name "warehouse-processing"
    # END SOLUTION
    return {"orderId": order["orderId"], "status": "awaiting-warehouse"}

# %%
check("4a")
# hint("4a")

# %% tags=["deploy"]
deploy()

# %% [markdown]
# **Predict first:** how often will Lambda run your function for one order? And how long will *you* wait for the table?

# %%
waited = process()
waited

# %% [markdown]
# A wait of 300 seconds stands in the history, and you have the table already: the clock of the local cloud skips
# waiting time. On AWS you would come back in five minutes, or deploy with a shorter wait:
# `deploy(WarehouseWaitSeconds=10)`. (`python -m workshop start --clock real`, in a terminal, makes waits real here, too.)
#
# ## Wall time, compute time, waiting time
#
# Where did the time go? Here is another order, by the times in its history:

# %%
times(process())

# %% [markdown]
# And the first one as a picture. The two short bars at the top are the runs of the function; the long and hollow one is
# the wait:

# %%
snapshot(waited)

# %% [markdown]
# Five minutes from start to end, and nearly all of them in the middle, where nothing ran. You pay for the two short
# runs, and for the wait as one durable operation.
#
# And if the function slept? Here is its twin. It sleeps for five seconds where the other waits for five minutes, to
# spare you the rest:

# %% module="workflow" differs="handler"
"""The story of an order that is asleep, and paid for it."""

import time
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from outcomes import Order, agreed
from patience import STORE
from risk import generate_invoice
from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    time.sleep(5)
    return {"orderId": order["orderId"], "status": "awaiting-warehouse"}

# %%
deploy()

# %% [markdown]
# **Predict first:** which of the sums will be large this time?

# %%
times(process())

# %% [markdown]
# The sleep is compute, all of it. (The rest is work, and the start of a new process after the deployment.) And no
# clock can skip a sleep: you sat through it.
#
# Let us put that in dollars, for 100,000 orders that wait five minutes. The prices are those of
# [Lambda's price list](https://aws.amazon.com/lambda/pricing/) for the United States, without the free tier:

# %%
gigabytes = 0.5  # MemorySize: 512, in template.yaml
gigabyte_second = 0.0000166667  # dollars of compute
operation = 8 / 1_000_000  # dollars for one durable operation
asleep = 100_000 * 300 * gigabytes * gigabyte_second
waiting = 100_000 * operation
print(f"asleep: ${asleep:.2f}, waiting: ${waiting:.2f}")

# %% [markdown]
# (The second run of the function adds a few cents: it is short.)
#
# The money is not even the worst of it. One run of a Lambda function may take **15 minutes** at most, and ours has a
# `Timeout` of 60 seconds. Lambda would stop the sleeper in its bed, run the function again, and again stop it there. A
# wait has no such limit: `ctx.wait` can take a year, and so can a durable execution. Ours may take a day, as
# `ExecutionTimeout` in `template.yaml` says.
#
# ## What a replay skips, and what not
#
# Back to the order that waited. Lambda ran its function twice, and each time from the first line. So did it ask the
# bank twice?

# %%
partner_calls(waited)

# %% [markdown]
# Each partner was asked once. In the second run the seven steps were answered from their checkpoints.
#
# | in the second run | |
# |---|---|
# | the body of a step that is recorded | **skipped**; `ctx.step` returns the recorded result |
# | a wait that is over | **skipped**; `ctx.wait` returns at once |
# | every line of the handler between two operations | **runs again** |
# | what the handler had in its variables | made anew, by those lines |
#
# The last two lines of the table have a trap in them. Say that you want to know how long the warehouse took. You read
# the clock before the wait, and again after it. But by the time the second line runs, the first has run a *second*
# time, a moment ago: you measure next to nothing, for every order. Notebook 03 has the remedy: the clock is read
# inside an operation.
#
# ## Write the fulfillment phase
#
# After the wait come four steps. `pick-items` fetches every item from its bin, `quality-check` inspects them,
# `package-order` packs them, and `generate-shipping-label` registers the parcel with the carrier.
#
# ## Exercise 4b · A damaged item
#
# In `quality_check` the end is missing. It is a decision with two outcomes, and a status for each:
#
# - **Something is damaged.** Then the order has come as far as `items-picked`, and is refused. Name the products,
#   by their `productId`.
# - **All is well.** Then it has come as far as `quality-checked`, by way of `items-picked`.
#
# `store.advance(order_id, …)` takes one status or several in a row, and facts to keep. Keep `picks=picks` in both cases.
# Is a damaged item an exception, or an answer? You know `refused(…)` from notebook 02.

# %% module="fulfillment" exercise="4b" differs="pick_items, pick_item"
"""Phase 4, fulfillment: pick, check, pack, label."""

from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import partners
import store
from faults import operation
from outcomes import Order, refused

EXPRESS_OVER_CENTS = 500_00


@durable_step
@operation("pick-items")
def pick_items(_step: StepContext, order: Order) -> list[dict[str, Any]]:
    """Fetch every item's units from their bin; answers where each lay, in the order's sequence."""
    return [
        {
            "productId": item["productId"],
            "quantity": item["quantity"],
            "bin": partners.bin_location(item["productId"]),
        }
        for item in order["items"]
    ]


@durable_step
@operation("quality-check")
def quality_check(_step: StepContext, order: Order, picks: list[dict[str, Any]]) -> dict[str, Any]:
    """Record the picks, then inspect them; one damaged item refuses the order."""
    damaged = [pick["productId"] for pick in picks if partners.is_damaged(pick["productId"])]
    # BEGIN SOLUTION
    if damaged:
        store.advance(order["orderId"], "items-picked", picks=picks)
        return refused(f"damaged: {', '.join(dict.fromkeys(damaged))}")
    store.advance(order["orderId"], "items-picked", "quality-checked", picks=picks)
    # STUB
    # # TODO: if something is damaged, store the status and the picks, and refuse the order
    # # TODO: if not, store both statuses and the picks
    # END SOLUTION
    return {"linesInspected": len(picks)}


@durable_step
@operation("package-order")
def package_order(_step: StepContext, order: Order) -> dict[str, Any]:
    """Put everything into one package."""
    units = sum(item["quantity"] for item in order["items"])
    package = partners.pack(order["orderId"], units)
    result = {"packageId": package["reference"], "weightGrams": int(package["weightGrams"])}
    store.advance(order["orderId"], "packaged", package=result)
    return result


@durable_step
@operation("generate-shipping-label")
def generate_shipping_label(_step: StepContext, order: Order) -> dict[str, Any]:
    """Register the parcel: ExpressShip for totals over 500.00, else StandardShip."""
    service = "ExpressShip" if order["totalCents"] > EXPRESS_OVER_CENTS else "StandardShip"
    label = {"service": service, "trackingNumber": partners.print_label(order["orderId"], service)}
    store.advance(order["orderId"], "awaiting-pickup", label=label)
    return label


@durable_step
def void_shipping_label(_step: StepContext, order: Order) -> dict[str, Any]:
    """Undo `generate_shipping_label`, as often as it is called."""
    return {"voided": partners.void_label(order["orderId"])}

# %%
check("4b")
# hint("4b")

# %% [markdown]
# (`void_shipping_label` undoes a label. Leave it aside until notebook 07.)
#
# ## Break it: a status that goes backwards
#
# In our phase each step writes its status itself, **inside** the step. Samples on the web do it otherwise. They write the
# status in the handler, on the line before the wait. It reads well:

# %% module="workflow" differs="handler"
"""The story of an order whose status is written between the operations."""

import os
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration

import store
from database import dynamodb
from fulfillment import package_order, pick_items, quality_check
from outcomes import Order, agreed
from patience import STORE, WAREHOUSE
from validation import validate_order


def tell(order: Order, status: str) -> None:
    """Write the order's status, and add it to the timeline."""
    dynamodb().update_item(
        TableName=os.environ["ORDERS_TABLE"],
        Key={"orderId": order["orderId"]},
        UpdateExpression="SET #status = :status, #timeline = list_append(#timeline, :new)",
        ExpressionAttributeNames={"#status": "status", "#timeline": "timeline"},
        ExpressionAttributeValues={
            ":status": status,
            ":new": [{"status": status, "at": store.now()}],
        },
    )


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    tell(order, "awaiting-warehouse")
    ctx.wait(Duration.from_seconds(30), name="warehouse-processing")
    picks = ctx.step(pick_items(order), name="pick-items", config=WAREHOUSE)
    agreed(ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE))
    ctx.step(package_order(order), name="package-order", config=WAREHOUSE)
    tell(order, "awaiting-pickup")
    ctx.wait(Duration.from_seconds(20), name="carrier-pickup")
    return {"orderId": order["orderId"], "status": "awaiting-pickup"}

# %%
deploy()

# %% [markdown]
# No fault is played this time: a good order, two waits.
#
# **Predict first:** which statuses will its customer see, in which order?

# %%
backwards = process()
show_order(backwards)

# %% [markdown]
# Line 8: the parcel was packed and waited for its carrier, and then the order *was back in the warehouse*. The third
# run began at the first line, came to `tell(order, "awaiting-warehouse")`, and told. A moment later it told the truth
# again, so whoever looks at the end sees nothing wrong. A customer who looks in that moment does, and calls.
#
# > **The rule of this notebook.** A status is a side effect. Write it inside an operation, never beside one.
#
# Our own `store.advance` adds a second guard. Each status has a **rank**, and the table takes a write only if the rank
# rises. So even a step that runs twice, because its process died before the checkpoint, cannot move an order back:

# %%
show_code("store", "advance")

# %% [markdown]
# ## Exercise 4c · Fix it: tell it once
#
# `tell` is now a step, and uses `store.advance`. The handler does not run it yet. Write both statuses at the places
# marked `TODO`, so that no replay repeats them.

# %% module="workflow" exercise="4c" differs="handler"
"""The story of an order whose status is written by operations."""

from typing import Any

from aws_durable_execution_sdk_python import (
    DurableContext,
    StepContext,
    durable_execution,
    durable_step,
)
from aws_durable_execution_sdk_python.config import Duration

import store
from fulfillment import package_order, pick_items, quality_check
from outcomes import Order, agreed
from patience import STORE, WAREHOUSE
from validation import validate_order


@durable_step
def tell(_step: StepContext, order: Order, status: str) -> str:
    """Write the order's status, unless the order is already that far."""
    store.advance(order["orderId"], status)
    return status


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    # BEGIN SOLUTION
    ctx.step(tell(order, "awaiting-warehouse"), name="tell-awaiting-warehouse", config=STORE)
    # STUB
    # # TODO: the status "awaiting-warehouse", by an operation with a name of its own
    # END SOLUTION
    ctx.wait(Duration.from_seconds(30), name="warehouse-processing")
    picks = ctx.step(pick_items(order), name="pick-items", config=WAREHOUSE)
    agreed(ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE))
    ctx.step(package_order(order), name="package-order", config=WAREHOUSE)
    # BEGIN SOLUTION
    ctx.step(tell(order, "awaiting-pickup"), name="tell-awaiting-pickup", config=STORE)
    # STUB
    # # TODO: the status "awaiting-pickup", in the same way
    # END SOLUTION
    ctx.wait(Duration.from_seconds(20), name="carrier-pickup")
    return {"orderId": order["orderId"], "status": "awaiting-pickup"}

# %%
check("4c")
# hint("4c")

# %% [markdown]
# An operation for a status costs as much as any other. That is why the finished steps write their status along with
# their work: `generate-invoice` writes `awaiting-warehouse`, `generate-shipping-label` writes `awaiting-pickup`. One
# operation for both.
#
# ## The story, so far
#
# The experiments are over. These are the four new lines of the real story, from which notebook 05 goes on. `quality_check`
# needs what `pick_items` found, so the result of one operation becomes the input of the next:

# %% module="workflow" differs="handler, process"
"""The story of an order, so far: validation, payment, risk and fulfillment."""

import os
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration

from compensation import close_order
from fulfillment import generate_shipping_label, package_order, pick_items, quality_check
from outcomes import Order, Refused, agreed
from patience import PARTNER, PAYMENT, STORE, WAREHOUSE
from payment import check_inventory, process_payment, reserve_inventory
from risk import credit_check, fraud_check, generate_invoice
from validation import validate_order

# Fixed for a deployed version, so the same in every replay.
WAREHOUSE_WAIT = Duration.from_seconds(int(os.environ.get("WAREHOUSE_WAIT_SECONDS", "300")))


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
    return {"orderId": order["orderId"], "status": "awaiting-pickup", **label}

# %%
deploy()

# %%
process()

# %% [markdown]
# Twelve operations, two runs. Line 9 knows the bin of each item, and line 12 the tracking number of the parcel.
#
# Now with more replays: packing does not answer in time, twice.
#
# **Predict first:** how often will Lambda run the function? And which statuses will the customer see?

# %%
forwards = process(payment_token="tok_timeout_package-order")
forwards.invocations

# %%
show_order(forwards)

# %% [markdown]
# Four runs, and every status is there once, in its order. And the product `sku-damaged` is what its name says:

# %%
show_order(process(product_id="sku-damaged"))

# %% [markdown]
# Refused by the quality check, after five minutes of waiting, with a reason.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. On AWS, an order waits for 300 seconds by `ctx.wait`. What do you pay for that wait?**
#
# - [ ] 300 seconds of compute, at a lower price. :: Nothing runs, so there is no compute to pay for.
# - [x] One durable operation, and afterwards one more short run of the function. :: A wait of a second and a wait of a year cost the same operation.
# - [ ] Nothing at all. :: Nearly. A wait is one durable operation, and the function runs once more after it.
#
# **2. A handler reads the clock before and after a wait of five minutes, outside of operations, and returns the difference. What does it return?**
#
# - [ ] Five minutes. :: When the second clock is read, the first has been read again: the run after the wait begins at the first line.
# - [x] Next to nothing. :: Both clocks are read in the same run, the one after the wait.
# - [ ] It fails with a `NonDeterministicExecutionError`. :: The operations are the same in both runs. A value that differs is not noticed.
#
# **3. What keeps a status from going backwards?**
#
# - [ ] Writing it before each wait, so that it is never out of date. :: Such a line runs again on every replay, and writes the old status again.
# - [ ] Never writing the same status twice. :: The order that went backwards had a correct status at its end. The trouble was a write that was repeated.
# - [x] Writing it inside an operation, and only if its rank is above the stored one. :: The first guards against replays, the second against a step that runs twice.

# %% [markdown]
# ## Recap
#
# - `ctx.wait` is an operation. While it lasts **nothing runs**, and Lambda runs the function again when it is over.
# - A sleep is compute: it is paid for, and it cannot be longer than one run may take.
# - A replay skips what is recorded, and repeats every line between two operations.
# - A status is a side effect, so it is written inside an operation, and it may only rise.
#
# Next: [05 · Ship and complete](05_ship_and_complete.ipynb)
