# %% [markdown]
# # 04 · Wait without paying
#
# You write the fulfillment phase, from `warehouse-processing` to `generate-shipping-label`. It starts with a wait of
# five minutes during which no code of yours runs. You see what this saves, which lines a replay runs again, and what
# happens to an order that is waiting when you deploy new code.
#
# - **You build**: a long wait and four more steps, operations 8 to 12
# - **Time**: 35 minutes
# - **You need**: notebooks 01 to 03, or their ideas: steps, replay, refusals
# - **Cost on AWS**: on the local cloud, nothing. In your own account, each order of this notebook costs less than a tenth of a cent.

# %%
from workshop.notebook import begin, check, deploy, hint, partner_calls, process
from workshop.notebook import complete_callback, show_code, show_order, snapshot
from workshop.notebook import reset, solution, start_order, times

begin("04")

# %% [markdown]
# ## A wait is an operation
#
# The warehouse needs five minutes for an order. If a function sleeps for five minutes, you pay for five minutes of
# compute. A durable function says instead: *invoke me again in five minutes*. Then the invocation **ends**.
#
# ```mermaid
# flowchart LR
#     accTitle: One wait, two invocations of the function
#     accDescr: In the first invocation the function does operations 1 to 7 and starts the wait. Then it ends. For 300 seconds nothing runs. Then Lambda invokes the function a second time, and it runs from its first line. Operations 1 to 8 return their checkpointed results, and operations 9 to 12 are done.
#     a["<b>first invocation</b><br>does operations 1 to 7,<br>starts the wait, ends"] --> b["<b>300 seconds</b><br>nothing runs"]
#     b --> c["<b>second invocation</b>, from the first line<br>1 to 8 return checkpointed results,<br>9 to 12 are done"]
# ```
#
# When the time is over, Lambda invokes the function again. This is a replay, like the one after a failed attempt: the
# handler runs from its first line, and operations that have a checkpoint do not run again. The wait is one of them.
#
# ## Exercise 4a · Wait for the warehouse
#
# In `workflow.py`, the function `run_operations` has the three phases that you know, and now ends with
# `return deliver(order, ctx)`. What comes after payment and risk goes into the new function `deliver`.
#
# The context also starts waits: `ctx.wait(duration, name="…")`. The code does not say how long. The
# template passes the number of seconds to the function in an environment variable, and `WAREHOUSE_WAIT` holds it. (Notebook 03 reads
# settings in an operation. This one is safe outside: a published version keeps its environment variables, so every replay reads the same value.)
#
# In `deliver`, wait for `WAREHOUSE_WAIT`, under the name `warehouse-processing`.

# %% tags=["given"] module="workflow"
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
    """Run fulfillment, for an order that is paid and accepted."""
    raise NotImplementedError

# %% module="workflow" exercise="4a" part="true" differs="handler, run_operations, deliver"
# Fixed for a deployed version, so the same in every replay.
WAREHOUSE_WAIT = Duration.from_seconds(int(os.environ.get("WAREHOUSE_WAIT_SECONDS", "300")))


def deliver(order: Order, ctx: DurableContext) -> dict[str, Any]:
    """Run fulfillment, for an order that is paid and accepted."""
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
# **Predict first:** how many times will Lambda invoke your function for one order? And how long will *you* wait for the
# table?

# %%
waited = process()
waited

# %% [markdown]
# The history has a wait of 300 seconds, and you have the table already: the clock of the local cloud skips waiting time.
# On AWS you would get this table after five minutes, or sooner if you deploy with a shorter wait:
# `deploy(WarehouseWaitSeconds=10)`. To wait in real time here too, run `python -m workshop start --clock real` in a terminal.
#
# ## Wall time, compute time, waiting time
#
# Where did the time go? Here is another order, with the times from its history:

# %%
times(process())

# %% [markdown]
# And the first order as a picture. The two short bars at the top are the invocations of the function. The long, hollow bar
# is the wait:

# %%
snapshot(waited)

# %% [markdown]
# Five minutes pass from start to end. Nearly all of them are in the middle, where nothing ran. You pay for the two short
# invocations, and for each durable operation; the wait is one of them.
#
# What if the function sleeps instead? The next cell writes such a handler. It sleeps for five seconds instead of five
# minutes, because you have to wait for it:

# %% tags=["given"] module="workflow"
"""An experiment: an order whose function sleeps, and is paid for while it sleeps."""

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
    return {"orderId": order["orderId"], "status": "awaiting-warehouse"}

# %% module="workflow" part="true" differs="handler"
import time


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Sleep while the warehouse works, which is the mistake of this experiment."""
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
# The whole sleep is compute. (The rest is work, and the start of a new process after the deployment.) No clock can
# skip a sleep: you had to wait for it.
#
# In dollars, for 100,000 orders that wait five minutes each. The prices are those of
# [the Lambda price list](https://aws.amazon.com/lambda/pricing/) for the United States, without the free tier:

# %%
gigabytes = 0.5  # MemorySize: 512, in template.yaml
gigabyte_second = 0.0000166667  # dollars of compute
operation = 8 / 1_000_000  # dollars for one durable operation
asleep = 100_000 * 300 * gigabytes * gigabyte_second
waiting = 100_000 * operation
print(f"asleep: ${asleep:.2f}, waiting: ${waiting:.2f}")

# %% [markdown]
# (The second invocation is short and adds less than a dollar. Lambda also charges for the data that an execution stores
# while it waits. Here that is a few kilobytes per order.)
#
# A sleep also has a limit. One invocation can take [15 minutes](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)
# at most, and ours has a `Timeout` of 60 seconds. A wait can be much longer: a durable execution may take up to a year.
# Ours may take two weeks, which is the `ExecutionTimeout` in `template.yaml`.
#
# ## What a replay skips, and what it runs again
#
# Back to the order that waited. Lambda invoked its function twice, and each invocation ran the handler from its first
# line. Did the function ask the bank twice?

# %%
partner_calls(waited)

# %% [markdown]
# No: the bank and the fraud partner were asked once each. (The warehouse does not count its calls.) In the second
# invocation the seven steps returned their checkpointed results.
#
# | in the second invocation | what happens |
# |---|---|
# | the body of a step that has a checkpoint | **skipped**: `ctx.step` returns the checkpointed result |
# | a wait that is over | **skipped**: `ctx.wait` returns at once |
# | every line of the handler outside operations | **runs again** |
# | the variables of the handler | are set again, by those lines |
#
# The last two rows can mislead you. Suppose that you want to know how long the warehouse took. You read the clock before
# the wait, and again after it. But when the second reading happens, the first line has also run *again*, a moment ago. You
# measure almost nothing, for every order. Notebook 03 has the fix: read the clock inside an operation.
#
# ## Write the fulfillment phase
#
# Four steps follow the wait. `pick-items` takes every item from its bin, `quality-check` inspects the items,
# `package-order` packs them, and `generate-shipping-label` registers the parcel with the carrier. (In the application of
# notebook 00, `pick-items` is a *map*, with one operation inside it for each item. Here it is one plain step.)
#
# ## Exercise 4b · A damaged item
#
# Write the end of `quality_check` and of `generate_shipping_label`. `package_order` shows how a step stores its status:
# `store.advance(order_id, "packaged", package=result)` moves the order to `packaged`, and stores the package with it.
# It also takes two statuses, one after the other: `store.advance(order_id, "items-picked", "quality-checked", …)`.
#
# `quality_check` is a decision with two outcomes. Store `picks=picks` in both, with the status `items-picked`:
# `pick_items` stores nothing, because in the finished application no pick knows whether it is the last.
#
#
# - **An item is damaged.** Move the order to `items-picked`, and refuse it. The reason names the damaged products by
#   their `productId`. Is a damaged item an exception, or a result? You know `refused(…)` from notebook 02.
# - **No item is damaged.** Move the order to `items-picked` and `quality-checked`.
#
# `generate_shipping_label` chooses the service: `ExpressShip` for a total above `EXPRESS_OVER_CENTS`, otherwise
# `StandardShip`. Then `partners.print_label(order_id, service)` returns the tracking number. Store the label with the
# status `awaiting-pickup`, and return it.

# %% tags=["given"] module="fulfillment"
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
    """Fetch every item's units, and return the bin of each, in the order's sequence."""
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
    raise NotImplementedError


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
    raise NotImplementedError


@durable_step
def void_shipping_label(_step: StepContext, order: Order) -> dict[str, Any]:
    """Undo `generate_shipping_label`, as often as it is called."""
    return {"voided": partners.void_label(order["orderId"])}

# %% module="fulfillment" exercise="4b" part="true" differs="pick_items, pick_item"
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
    # # TODO: if an item is damaged, store the status and the picks, and refuse the order
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
    # BEGIN SOLUTION
    service = "ExpressShip" if order["totalCents"] > EXPRESS_OVER_CENTS else "StandardShip"
    label = {"service": service, "trackingNumber": partners.print_label(order["orderId"], service)}
    store.advance(order["orderId"], "awaiting-pickup", label=label)
    return label
    # STUB
    # # TODO: choose the service, have the label printed, store it with the status, return it
    # return {"service": "", "trackingNumber": ""}
    # END SOLUTION

# %%
check("4b")
# hint("4b")

# %% [markdown]
# ## Break it: a status that goes backward
#
# In these steps each status is written **inside** the step.
# [A sample of AWS](https://github.com/aws-samples/serverless-patterns/blob/23870b9e4af53c24910eb861479ea07cee7b9a61/lambda-durable-order-processing-sam/src/index.js)
# for the same 17 operations writes two of them elsewhere: in the handler, on the line before each wait. The next cell does
# the same, in Python. (In `UpdateExpression`, a word with `#` stands for the name of an attribute, and a word with `:` for
# a value. DynamoDB reads both from the lines below it.)

# %% tags=["given"] module="workflow"
"""An experiment: an order whose status is written between the operations."""

import os
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration

import store
from database import dynamodb
from fulfillment import package_order
from outcomes import Order, agreed
from patience import STORE, WAREHOUSE
from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    return {"orderId": order["orderId"]}

# %% module="workflow" part="true" differs="handler"
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
    """Write the status before each wait, which is the mistake of this experiment."""
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    tell(order, "awaiting-warehouse")
    ctx.wait(Duration.from_seconds(30), name="warehouse-processing")
    ctx.step(package_order(order), name="package-order", config=WAREHOUSE)
    tell(order, "awaiting-pickup")
    ctx.wait(Duration.from_seconds(20), name="carrier-pickup")
    return {"orderId": order["orderId"], "status": "awaiting-pickup"}

# %%
deploy()

# %% [markdown]
# This order is a good one: two waits, and no fault.
#
# **Predict first:** which statuses will its customer see, in which order?

# %%
backwards = process()
show_order(backwards)

# %% [markdown]
# Line 3 is the second invocation, which repeated line 2. Line 6 is the third: the parcel was packed and waited for its
# carrier, and then the order *was back in the warehouse*. The third invocation ran the handler from its first line, and
# so it ran `tell(order, "awaiting-warehouse")` again. A moment later it wrote the right status again, so at the end
# everything looks fine. A customer who looks in that moment sees the wrong status.
#
# > **The rule of this notebook.** A status is a side effect. Write it inside an operation, never outside.
#
# `store.advance` has a second guard. Each status has a **rank**, and the rank of an order may only rise. `advance` is a
# *conditional write*: it sends a condition with the write, and DynamoDB writes only if the condition is true. Here the condition is
# that the stored rank is below the new one. So even a step that runs twice, because its process died before the checkpoint,
# cannot move an order back:

# %%
show_code("store", "advance")

# %% [markdown]
# ## Exercise 4c · Fix it: the fulfillment phase
#
# The experiments are finished. This is `deliver` as it was after exercise 4a. Write the four steps after the wait. Their
# functions are `pick_items(order)`, `quality_check(order, picks)`, `package_order(order)` and `generate_shipping_label(order)`,
# and each writes its status itself.
#
# - The name of each operation is that of its function, with hyphens. All four use `config=WAREHOUSE`.
# - `quality_check` needs what `pick_items` returned: the result of one operation is the input of the next.
# - One of the four can refuse the order. Notebook 02 shows what to do with its result.
# - Keep the result of the last step in the variable `label`.

# %% tags=["given"] module="workflow"
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
    """Run fulfillment, for an order that is paid and accepted."""
    raise NotImplementedError

# %% module="workflow" exercise="4c" part="true" differs="handler, run_operations, deliver"
def deliver(order: Order, ctx: DurableContext) -> dict[str, Any]:
    """Run fulfillment, for an order that is paid and accepted."""
    # Phase 4: fulfillment
    ctx.wait(WAREHOUSE_WAIT, name="warehouse-processing")
    # BEGIN SOLUTION
    picks = ctx.step(pick_items(order), name="pick-items", config=WAREHOUSE)
    agreed(ctx.step(quality_check(order, picks), name="quality-check", config=WAREHOUSE))
    ctx.step(package_order(order), name="package-order", config=WAREHOUSE)
    label = ctx.step(
        generate_shipping_label(order), name="generate-shipping-label", config=WAREHOUSE
    )
    # STUB
    # label: dict[str, Any] = {}  # TODO: the four steps; the last one returns the label
    # END SOLUTION
    return {"orderId": order["orderId"], "status": "awaiting-pickup", **label}

# %%
check("4c")
# hint("4c")

# %%
deploy()

# %%
process()

# %% [markdown]
# Twelve operations, two invocations. Line 9 has the bin of each item, and line 12 the tracking number of the parcel.
#
# Now with more replays: the warehouse times out twice when it packs the order.
#
# **Predict first:** how many times will Lambda invoke the function? And which statuses will the customer see?

# %%
forwards = process(payment_token="tok_timeout_package-order")
forwards.invocations

# %%
show_order(forwards)

# %% [markdown]
# Four invocations, and every status is there once, in the right order. Now an order for the product `sku-damaged`:

# %%
show_order(process(product_id="sku-damaged"))

# %% [markdown]
# The quality check refused the order, after five minutes of waiting, with a reason.
#
# ## A deployment while an order waits
#
# Orders wait for minutes, and you can deploy at any time. So some orders that started with the old code are still waiting.
# What happens to them?
#
# You need an order that waits until you tell it to continue. The next handler waits for a **callback**, not for a time:
# `ctx.create_callback` is an operation that stays open until a caller outside the function completes it (or until its timeout, which this one does not set). In `weigh`, the two steps are
# `lambda` functions and have no name. You will need them later.

# %% tags=["given"] module="workflow"
"""An experiment: an order that waits for a callback while its code is deployed again."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from outcomes import Order, agreed
from patience import STORE
from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    return {}

# %% module="workflow" part="true" differs="handler"
def weigh(ctx: DurableContext) -> dict[str, Any]:
    """Weigh the parcel and count its boxes, in two steps without names."""
    grams = ctx.step(lambda _step: 850)
    boxes = ctx.step(lambda _step: 2)
    return {"grams": grams, "boxes": boxes}


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Weigh the parcel, wait for the warehouse, and return what was measured."""
    ctx.step(validate_order(event), name="validate-order", config=STORE)
    parcel = weigh(ctx)
    ctx.create_callback(name="warehouse-processing").result()
    return parcel

# %%
deploy()

# %% [markdown]
# Each deployment publishes a **version** of the function: a numbered copy of code and settings that never changes. An
# **alias** is a name that points to a version. Ours is called `live`, and `deploy()` moves it to the newest version. There
# is also `$LATEST`, which stands for the code that was deployed last.
#
# `start_order` starts the function for an order, and returns when that order waits. Start one order by the
# alias, as always, and two through `$LATEST`:

# %%
pinned = start_order()
latest = start_order(qualifier="$LATEST")
swapped = start_order(qualifier="$LATEST")

# %% [markdown]
# The cell has ended, so all three wait. Now rename a step: `validate-order` becomes `check-order`. That is a change
# that looks harmless.

# %% module="workflow" part="true" differs="handler"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Weigh the parcel, wait for the warehouse, and return what was measured."""
    ctx.step(validate_order(event), name="check-order", config=STORE)
    parcel = weigh(ctx)
    ctx.create_callback(name="warehouse-processing").result()
    return parcel

# %%
deploy()

# %% [markdown]
# `complete_callback` completes the callback, so that the order continues. Lambda invokes the function, and the handler runs
# again from its first line.
#
# **Predict first:** which code will run for the order that was started through the alias?

# %%
complete_callback(pinned)

# %% [markdown]
# The old code: the first step is still called `validate-order`. Lambda resolved the alias to a version when the order
# started. The order is **pinned** to that version, wherever the alias points later.
#
# **Predict first:** what will happen to the order that you started through `$LATEST`?

# %%
complete_callback(latest)

# %% [markdown]
# It failed. `$LATEST` is now the new code, and in the replay that code asked for an operation `check-order` at the place
# where the history has `validate-order`. The SDK compares kind and name of each operation with the history. It raised
# a `NonDeterministicExecutionError`, which names both, and the execution failed. That is visible, and safe: no other operation started.
#
# One order is left. Change the step's name back. Also swap the two lines in `weigh`, as a developer might do in a
# cleanup:

# %% module="workflow" part="true" differs="handler"
def weigh(ctx: DurableContext) -> dict[str, Any]:
    """Count the boxes and weigh the parcel: the same two steps, in the other order."""
    boxes = ctx.step(lambda _step: 2)
    grams = ctx.step(lambda _step: 850)
    return {"grams": grams, "boxes": boxes}


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Weigh the parcel, wait for the warehouse, and return what was measured."""
    ctx.step(validate_order(event), name="validate-order", config=STORE)
    parcel = weigh(ctx)
    ctx.create_callback(name="warehouse-processing").result()
    return parcel

# %%
deploy()

# %% [markdown]
# **Predict first:** will this order fail, too?

# %%
mixed_up = complete_callback(swapped)
mixed_up.state, mixed_up.result

# %% [markdown]
# It succeeded: a parcel of 2 grams in 850 boxes. An operation is found by its position, and a name is the only thing that
# tells two steps apart. Without names the SDK noticed nothing, and gave each line the result of the other.
#
# So new code can meet a waiting order of `$LATEST` in three ways. It asks for other operations: the order fails. It
# asks for operations that only look the same: the data is wrong. Or its operations still match the history, for example
# because only lines after the wait are new: then the new code continues the order.
#
# - Start durable functions through a **version or an alias**, and not through `$LATEST`, as the
#   [best practices of AWS](https://docs.aws.amazon.com/lambda/latest/dg/durable-best-practices.html) say. Lambda refuses a function name
#   without any of the three.
# - Give **every operation a name**, so that a wrong order fails loudly.
# - Keep each version that waiting orders still use. SAM keeps old versions when it publishes a new one.
#
# On AWS these cells do the same. The deployments take longer there, and the orders wait until you complete their callbacks.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. On AWS, an order waits for 300 seconds by `ctx.wait`. What do you pay for that wait?**
#
# - [ ] 300 seconds of compute, at a lower price. :: Nothing runs, so there is no compute to pay for.
# - [x] One durable operation, one more short invocation, and the storage of the history while it waits. :: The operation costs the same for a second and for a day. Storage grows with time and size; for an order of a few kilobytes it is small.
# - [ ] Nothing at all. :: Nearly. A wait is one durable operation, the function is invoked once more after it, and stored data is charged.
#
# **2. Two steps without names return a weight and a number of boxes. An order, started through `$LATEST`, has done both and waits. You exchange the two lines and deploy. What happens to the order?**
#
# - [ ] It fails with a `NonDeterministicExecutionError`. :: It would, if the steps had names. Without names, two steps look the same to the SDK.
# - [ ] Both steps run again, in the new order. :: They have checkpoints, so neither runs again.
# - [x] It succeeds with the weight as the number of boxes. :: Each operation is found by its position, so each line gets the other one's result. Give every operation a name.
#
# **3. An order was started through `$LATEST`, and waits. You change only lines after the wait, and deploy. What happens to the order?**
#
# - [ ] It fails with a `NonDeterministicExecutionError`. :: It would, if you had inserted a step before the wait. Here the operations before the wait still match the history.
# - [x] The new code continues it. :: `$LATEST` is the newest code, and this code matches the history so far.
# - [ ] It finishes with the code it started with. :: An order that was started through a version or an alias does. It is pinned to that version; `$LATEST` pins nothing.

# %% [markdown]
# ## Recap
#
# - `ctx.wait` is an operation. During the wait **nothing runs**, and Lambda invokes the function again when it is over.
# - A sleep is compute: you pay for it, and it cannot be longer than one invocation may take.
# - A replay skips operations that have a checkpoint, and runs every line outside operations again.
# - A status is a side effect: write it inside an operation, and only if its rank rises.
# - An order stays on the **version** it started with. On `$LATEST` new code replays it, and the SDK mixes up unnamed steps without an error.
#
# Next: [05 · Ship and complete](05_ship_and_complete.ipynb)
