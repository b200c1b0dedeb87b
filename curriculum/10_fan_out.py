# %% [markdown]
# # 10 · Fan out
#
# So far, one operation has followed another. But three items can be picked at the same time, and 200 orders can come in one file.
# Now you let one execution do many things at once, and you decide what happens when some of them fail.
#
# - **You build**: a map over the items of an order, and an import of a file of orders that survives broken lines and a crash
# - **Time**: 30 minutes
# - **You need**: notebooks 05 and 07, or their ideas: effects that happen exactly once, `StepError`, operations that fail permanently
# - **Cost on AWS**: on the local cloud, nothing. In your own account, the files of this notebook cost less than ten cents.

# %%
from workshop.notebook import begin, books, check, deploy, hint, import_file, order_file, process
from workshop.notebook import reset, show_code, solution

begin("10")

# %% [markdown]
# ## One step for all items
#
# Your step `pick-items` picks all items of an order, one after the other. If the shelf of the third item is stuck, the step fails, and its
# next attempt picks the first two again. A step is all or nothing.
#
# A **map** runs a function of yours for each item of a list, several at a time:
#
# ```mermaid
# flowchart LR
#     accTitle: A map, its branches, and their steps
#     accDescr: The operation pick-items is a map. It starts three branches, one for each item: 1-sku-mug, 2-sku-cup, and 3-sku-plate. Each branch is a child context with one step, pick-item. When all branches have ended, the map returns one result, and the order continues with quality-check.
#     map[pick-items] --> a["1-sku-mug<br>(child context)"] --> as[pick-item] --> all[one result]
#     map --> b["2-sku-cup<br>(child context)"] --> bs[pick-item] --> all
#     map --> c["3-sku-plate<br>(child context)"] --> cs[pick-item] --> all
#     all --> check[quality-check]
# ```
#
# Each call of your function is a **branch**. It has a **child context**: a context of its own, in which it can run steps, wait, or even run another map. Why its own?
# The SDK finds an operation by its position, as you saw in notebook 03. Branches overtake each other, so "the fifth step" would be a different one
# in each invocation. "The first step of branch 2" is always the same.
#
# So one rule holds in a branch: **use its own context, `child`, never `ctx`.**
#
# ## Exercise 10a · Pick the items at the same time
#
# `pick_item` is the step for one item. `pick_items` is now a plain function of the workflow, which runs the map. Complete it:
#
# - In `pick`, run `pick_item(order, item)` as a step with the name `pick-item` and `config=WAREHOUSE`, and return its result.
# - Run the map: `ctx.map(LIST, FUNCTION, name=…, config=…)`, over `order["items"]`, under the name `pick-items`, with the `config` that is there. It
#   returns a `BatchResult`. Keep it in `picked`.
# - **A map does not raise when items fail.** It returns, and only its result says so. `picked.throw_if_error()` raises the first error, and
#   `picked.get_results()` returns the results, in the sequence of the items. Without the first call, a customer gets a parcel with an item missing.

# %% tags=["given"] module="fulfillment"

# %% module="fulfillment" exercise="10a" part="true"
def pick_items(ctx: DurableContext, order: Order) -> list[dict[str, Any]]:
    """Pick every item, several at a time; return their bin locations, in the order's sequence."""

    def pick(child: DurableContext, item: Item, _index: int, _items: Any) -> dict[str, Any]:
        # BEGIN SOLUTION
        return child.step(pick_item(order, item), name="pick-item", config=WAREHOUSE)
        # STUB
        # return {}  # TODO: run pick_item(order, item) as a step of this branch
        # END SOLUTION

    config = MapConfig(max_concurrency=PICKERS, item_namer=_item_name)
    # BEGIN SOLUTION
    picked: BatchResult[dict[str, Any]] = ctx.map(
        order["items"], pick, name="pick-items", config=config
    )
    # A map succeeds even if items fail; this raises the first item's error.
    picked.throw_if_error()
    return picked.get_results()
    # STUB
    # return []  # TODO: run the map, raise its first error if there is one, return its results
    # END SOLUTION

# %%
check("10a")
# hint("10a")

# %% [markdown]
# `max_concurrency` says how many branches are open at once. `item_namer` gives each branch its name in the history.
#
# ## Email and SMS at the same time
#
# A **parallel** does the same with a few different functions. Notebook 05 sent email and SMS in one step: when the SMS failed, its next attempt
# sent the email again. Now each has a branch, with attempts of its own:

# %% tags=["given"] module="shipping"

# %% module="shipping" part="true"
def send_notifications(
    ctx: DurableContext, order: Order, shipment: dict[str, Any]
) -> dict[str, str]:
    """Send email and SMS at the same time; return the outcome of each.

    A message that fails is only noted in the result. The parcel is on its way, and taking it back
    because of an email would help nobody.
    """

    def email(child: DurableContext) -> str:
        return child.step(send_email(order, shipment), name="send-email", config=PARTNER)

    def sms(child: DurableContext) -> str:
        return child.step(send_sms(order, shipment), name="send-sms", config=PARTNER)

    outcome: BatchResult[str] = ctx.parallel(
        [ParallelBranch(email, name="email"), ParallelBranch(sms, name="sms")],
        name="send-notifications",
        config=ParallelConfig(completion_config=EACH_FOR_ITSELF),
    )
    return {
        channel: f"failed: {item.error.message}" if item.error else str(item.result)
        for channel, item in zip(("email", "sms"), outcome.all, strict=True)
    }

# %% [markdown]
# The workflow now calls `pick_items` and `send_notifications` as plain functions. With the next cell, your application is the finished one of notebook 00:

# %% tags=["given"] module="workflow"

# %% module="workflow" part="true"
def finish(order: Order, ctx: DurableContext, shipment: dict[str, Any]) -> dict[str, Any]:
    """Complete an order whose parcel has left. From here, it can only go forward."""
    ctx.logger.info("order shipped", extra={"shippedBy": shipment["service"]})
    notifications = send_notifications(ctx, order, shipment)
    ctx.step(update_loyalty_points(order), name="update-loyalty-points", config=PARTNER)
    done = ctx.step(complete_order(order, notifications), name="complete-order", config=STORE)
    ctx.logger.info("order completed", extra=done)
    return {"orderId": order["orderId"], "status": "completed", **shipment, **done}

# %%
def tree(operations, depth=0):
    """Print operations, and what is inside them."""
    for operation in operations:
        print("    " * depth + f"{operation.name} ({operation.kind})")
        tree(operation.children, depth + 1)

# %% tags=["deploy"]
deploy()

# %% [markdown]
# **Predict first:** this order has three items. At the top level, its history still has 17 operations. How many does it have with those
# inside the map and the parallel included?

# %%
three = process(products=("sku-mug", "sku-cup", "sku-plate"))
tree([three.run.find("pick-items"), three.run.find("send-notifications")])

# %%
len(three.operations), len(three.run.all_operations)

# %% [markdown]
# Each item adds two operations to the map: its branch (the child context, a `mapiteration`) and the step in it. Each message does the same. So this
# order has 27: 17, and 3 × 2, and 2 × 2.
#
# That matters, because you pay for each operation, and an execution may have 3,000 at most. A branch that holds one operation does
# not need a context in the history. `MapConfig(nesting_type=NestingType.FLAT)` leaves it out: the step is then directly
# under the map, and this order has three operations fewer. What you lose is the name of the branch and its result in the history.
#
# ## A file of 200 orders
#
# A large customer does not use your API. It sends a file each morning, with one order on each line: customer, product, quantity, price, card.
#
# For this, the template has one more durable function, `order-import`. Its module is `order_import`. It maps over the
# lines of the file. For each line, it lets the order processor process the order, in an execution of its own:
#
# ```mermaid
# flowchart LR
#     accTitle: An execution that invokes others
#     accDescr: The execution of order-import has a map with the name lines. Each of its branches, line-1 to line-200, has one chained invoke with the name process-order. Each chained invoke starts an execution of order-processor, with 17 operations of its own. The branch gets the status with which the order ended.
#     file[/200 lines/] --> map["order-import<br>lines"]
#     map --> a["line-1<br>process-order"] -- chained invoke --> ap["order-processor<br>17 operations"] -- completed --> a
#     map --> b["line-2<br>process-order"] -- chained invoke --> bp["order-processor<br>17 operations"] -- rejected --> b
#     map --> c["…"]
# ```
#
# `child.invoke(FUNCTION, EVENT, name=…)` is a **chained invoke**: an operation that invokes another function and waits for its result. While it waits,
# your function does not run. Two things make it safe here:
#
# - Lambda keeps the invoke in the history, so a replay does not start the order again.
# - The id of the order is made from the name of the file and the number of the line. So it is the same if somebody sends the file twice. (This also means that a
#   name must never be used again for another file: make it from the customer, the date, and a checksum. If each line has an order number, use that.)
#
# This import passes each order as it is in the file, so the email and the card token stay in the histories for seven days. In a sandbox that does not matter. In production, a step
# stores the order first, and the invoke gets only its id, as in the order API. Here is the first version:

# %% tags=["given"] module="order_import"

# %% module="order_import" part="true" differs="handler"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process a file: {name, lines}, one line at a time. The first version, for an experiment."""

    def process(child: DurableContext, line: str, index: int, _lines: Any) -> str:
        order = {"orderId": order_id(event["name"], index + 1), **order_of(line)}
        ended: dict[str, Any] = child.invoke(os.environ["PROCESSOR"], order, name="process-order")
        return str(ended["status"])

    config = MapConfig(max_concurrency=1, item_namer=line_name)
    outcome = ctx.map(event["lines"], process, name="lines", config=config)
    why = outcome.completion_reason.value
    return {"lines": len(event["lines"]), "begun": len(outcome.all), "reason": why}

# %%
show_code("order_import", "order_id")

# %% [markdown]
# A parameter of the template adds the function to your stack. On AWS, the other two keep you from waiting for eight minutes for each order:

# %%
deploy(OrderImport="ENABLED", WarehouseWaitSeconds=1, CarrierWaitSeconds=1)

# %% [markdown]
# ## Break it: three broken lines
#
# In this file of 12 orders, three lines are broken. Line 3 has a word instead of a number as the quantity. The card on line 6 will be declined. For line 9,
# the bank will be unavailable, so the saga of this order undoes it, and its execution fails.

# %%
def broken_file():
    """Return a file of 12 orders with three broken lines."""
    return order_file(
        12,
        line_3="cust-003,sku-mug,two,45.99,tok_ok",
        line_6="cust-006,sku-mug,2,45.99,tok_declined",
        line_9="cust-009,sku-mug,2,45.99,tok_down_process-payment",
    )

# %% [markdown]
# **Predict first:** how many lines will begin? Will the execution of the import succeed or fail?

# %%
half = import_file(broken_file())
half.state, half.result

# %% [markdown]
# Three lines began: two orders were completed, line 3 failed, and nine lines never began. And the import *succeeded*. Nine
# customers get nothing, and nobody notices.
#
# When may a map end? Its **completion policy**, a `CompletionConfig`, says so:
#
# | you want | `CompletionConfig(…)` |
# |---|---|
# | stop at the first failure | the default of a map |
# | stop when more than three items have failed | `tolerated_failure_count=3` |
# | stop when more than 5% have failed | `tolerated_failure_percentage=5` |
# | stop when one has succeeded, such as the first of three price quotes | `min_successful=1` |
# | process every item, whatever happens to the others | `tolerated_failure_percentage=100` |
#
# (The default is that of SDK 3.0.0. If you set the policy, nobody needs to know the default.) To *stop* means that no further branch begins, and that the map does not wait for open ones. Branches that have begun are not undone: their
# parcels may be on their way.
#
# ## Exercise 10b · The file goes on, and the result says what failed
#
# One broken line must not stop the 199 others. Complete the code in two places:
#
# - In `handler`, give the map a `completion_config` that processes every line. `AT_ONCE` is the number of lines that are open at the same time.
# - `report` returns what the customer reads: `{"ended": …, "failed": …}`.
#     - `ended` counts the orders by the status with which they ended, such as `{"completed": 9, "rejected": 1}`.
#       `Counter(LIST)` counts, and `dict(…)` turns the result into a dictionary.
#     - `failed` has an entry for each line that failed: its number, and why. Lines are numbered from 1, as people count.
#
# `outcome.all` is the list of all items that have begun. Each has an `index` (from 0), a `result`, and an `error`, which is `None` if the item succeeded. The
# reason is in `error.message`. `outcome.get_results()` returns the results of those that succeeded.

# %% module="order_import" exercise="10b" part="true"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process a file: {name, lines}. Returns {ended: {status: number}, failed: {line: why}}."""

    def process(child: DurableContext, line: str, index: int, _lines: Any) -> str:
        order = {"orderId": order_id(event["name"], index + 1), **order_of(line)}
        ended: dict[str, Any] = child.invoke(os.environ["PROCESSOR"], order, name="process-order")
        return str(ended["status"])

    # BEGIN SOLUTION
    every_line = CompletionConfig(tolerated_failure_percentage=100)
    config = MapConfig(max_concurrency=AT_ONCE, completion_config=every_line, item_namer=line_name)
    # STUB
    # # TODO: process every line, whatever happens to the others
    # config = MapConfig(max_concurrency=AT_ONCE, item_namer=line_name)
    # END SOLUTION
    return report(ctx.map(event["lines"], process, name="lines", config=config))


def report(outcome: BatchResult[str]) -> dict[str, Any]:
    """Count how the orders ended, and say which lines failed, and why."""
    # BEGIN SOLUTION
    ended = Counter(outcome.get_results())
    failed = {item.index + 1: item.error.message for item in outcome.all if item.error}
    return {"ended": dict(ended), "failed": failed}
    # STUB
    # return {"ended": {}, "failed": {}}  # TODO: count the statuses, and say what failed
    # END SOLUTION

# %%
check("10b")
# hint("10b")

# %%
deploy(OrderImport="ENABLED", WarehouseWaitSeconds=1, CarrierWaitSeconds=1)

# %% [markdown]
# **Predict first:** the same three broken lines. Which of them will be in `failed`?

# %%
import_file(broken_file()).result

# %% [markdown]
# Lines 3 and 9. The declined card of line 6 is not a failure: the order processor returned an answer, and the answer is no. In notebook 02
# you returned a refusal as data, and this is what you gain from that.
#
# (JSON has turned the numbers of the lines into text.)
#
# An error loses its type on its way out of a branch. The type `OrderFailed` is lost, and so is
# every attribute that you may have given it; only the message is left. So if another part of your code must know something, put it
# into a *result*, not into an exception.
#
# One thing differs from a step: **a chained invoke is not retried.** Line 9 needs no further attempt, because the steps of its order had
# theirs. When you invoke a function that may fail temporarily, put the SDK's `with_retry` around the invoke. It runs a block of operations
# again, with a wait before each attempt. Each attempt starts a new execution, so the function that you invoke must be safe to invoke twice.
#
# ## Break it: the process dies in the middle of 200 orders
#
# Now the real file, and a fault: when line 100 begins, the process of the import ends, once. By then many orders are completed, and others are half done.

# %% module="order_import" part="true" differs="handler"
import sandbox
from faults import die


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process a file, and end the process when line 100 begins for the first time."""

    def process(child: DurableContext, line: str, index: int, _lines: Any) -> str:
        if index == 99 and sandbox.count(event["name"], "crash#import") == 1:
            die()
        order = {"orderId": order_id(event["name"], index + 1), **order_of(line)}
        ended: dict[str, Any] = child.invoke(os.environ["PROCESSOR"], order, name="process-order")
        return str(ended["status"])

    every_line = CompletionConfig(tolerated_failure_percentage=100)
    config = MapConfig(max_concurrency=AT_ONCE, completion_config=every_line, item_namer=line_name)
    return report(ctx.map(event["lines"], process, name="lines", config=config))

# %%
deploy(OrderImport="ENABLED", WarehouseWaitSeconds=1, CarrierWaitSeconds=1)

# %% [markdown]
# **Predict first:** each order takes two mugs from the shelf. How many mugs will be gone in the end? (The next cell is the longest of the
# workshop: a minute on a machine with two cores, longer if it has other work.)

# %%
before = books("sku-mug")
file = order_file(200)
killed = import_file(file)
died = sum(1 for invocation in killed.run.invocations if invocation.error)
print(f"invocations that died: {died}; {killed.result}")
print(f"{before.units - books('sku-mug').units} mugs are gone")

# %% [markdown]
# 400 mugs, two for each order: nothing was done twice, and nothing was left out. The orders in flight did not even notice: each has an execution
# of its own, which does not need the process of the import. The next invocation of the import found the chained invokes in its history and went on with line 100.
#
# Then somebody sends the same file a second time, because the first answer was late.
#
# **Predict first:** what will the import return, and how many more mugs will be gone?

# %%
before = books("sku-mug")
again = import_file(file)
again.result, before.units - books("sku-mug").units

# %% [markdown]
# For Lambda this is a new execution, which starts 200 more. But the orders have the same ids. Each new execution finds that another one owns its order, and leaves
# it `unchanged`. That does not say how these orders ended, and some may still run: ask the table for that.
#
# So you repair an import by sending the same file again: what has begun is unchanged, and the rest begins. (The template has no alarm for this function. In production, add
# one on its metrics `DurableExecutionFailed` and `DurableExecutionTimedOut`.)
#
# Take the fault out again:

# %% tags=["given"] module="order_import"

# %% module="order_import" part="true"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process a file: {name, lines}. Returns {ended: {status: number}, failed: {line: why}}."""

    def process(child: DurableContext, line: str, index: int, _lines: Any) -> str:
        order = {"orderId": order_id(event["name"], index + 1), **order_of(line)}
        ended: dict[str, Any] = child.invoke(os.environ["PROCESSOR"], order, name="process-order")
        return str(ended["status"])

    every_line = CompletionConfig(tolerated_failure_percentage=100)
    config = MapConfig(max_concurrency=AT_ONCE, completion_config=every_line, item_namer=line_name)
    return report(ctx.map(event["lines"], process, name="lines", config=config))

# %% [markdown]
# ## Exercise 10c · How large can a file be?
#
# Before you fan out, count. An execution may have 3,000 operations. The import has one operation for the map, and for each line a context and a chained invoke:

# %%
len(killed.run.all_operations)

# %% [markdown]
# Answer with whole numbers. (AWS also bills one operation for the start of each execution, and one for each invocation after a crash. Leave
# them out here.)
#
# - **A**: How many lines can one file have at most?
# - **B**: How many, if the map is `FLAT`?
# - **C**: How many operations does an order with one item, as in this file, have in its own execution, including those inside the map and the parallel? (The one above had three items.)
# - **D**: So how many operations do the import of 200 lines and its orders have together? The map is not flat.
# - **E**: With its real waits, an order takes 8 minutes. `max_concurrency` counts branches that wait, too. Suppose that `AT_ONCE` were 20. How many minutes does the file of 200 take then?

# %% exercise="10c"
# BEGIN SOLUTION
numbers = {
    "A": (3000 - 1) // 2,
    "B": 3000 - 1,
    "C": 17 + 2 + 4,
    "D": 1 + 200 * 2 + 200 * 23,
    "E": 200 // 20 * 8,
}
# STUB
# numbers = {
#     "A": "TODO: a whole number",
#     "B": "TODO",
#     "C": "TODO",
#     "D": "TODO",
#     "E": "TODO",
# }
# END SOLUTION

# %%
check("10c")
# hint("10c")

# %% [markdown]
# Split longer files: use an import that invokes itself for each thousand lines, or one execution for each part. And when you need no result, do not wait: *start* each order, as
# your API does, in a step, by a plain asynchronous invocation with the order's id as the name of the execution.
#
# ## When the result is too large
#
# A map returns the results of all its branches. What if they do not fit? The SDK stores up to 256 KB for a child context, a map, or a parallel.
# We tried it with 200 branches that return 2,000 characters each, and a wait after the map:
#
# | | |
# |---|---|
# | result of the map | 400,000 characters |
# | stored in the history for the map | 181 characters: how many succeeded and failed, and a flag, `ReplayChildren` |
# | what the handler gets after the wait | all 400,000 characters |
#
# So nothing is lost. After the wait, the SDK puts the result together again from the results of the branches, which have checkpoints of
# their own. No step runs twice. But each invocation reads 400 KB more. And in a *flat* map the branches have no checkpoints, so their code runs again, as your
# handler does in a replay: 400 times instead of 200, when we counted.
#
# A *step* has no children to put its result together from. The same is true for the result of the whole execution, which may be at most 1 MB if the execution was started asynchronously. In both
# cases, **store what is large, and return its key.** Your import does so: it returns statuses, and the orders are in your table.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Why must a branch of a map run its steps with `child`, and not with `ctx`?**
#
# - [ ] `ctx` is slower. :: It would be as fast. It would be wrong.
# - [x] Branches overtake each other, and the steps of `ctx` are found by their position in one sequence. :: In a child context each branch counts its own operations, so a replay finds each at the same position.
# - [ ] `ctx` cannot run two steps. :: It runs 17 operations in each order. The problem is which step comes first.
#
# **2. A map with `tolerated_failure_percentage=100` has ended. Five of its ten items have failed. What happens at `ctx.map(…)`?**
#
# - [x] It returns, and the result says which five. :: A map never raises because of its items. Look at its result, or call `throw_if_error()`.
# - [ ] It raises the first error. :: Only `throw_if_error()` does that, whatever the completion policy is.
# - [ ] It starts the five again. :: Steps in a branch are retried on their own. A branch that has failed is final.
#
# **3. The import is stopped while eight chained invokes are open. What happens to these eight orders?**
#
# - [ ] They are stopped, too. :: Stopping an execution does not stop the executions that it has started.
# - [ ] They are undone. :: Only the saga of an order undoes it, and nothing in the order has failed.
# - [x] They go on to their end. :: Each is an execution of its own. But nobody reads what they return.

# %% [markdown]
# ## Recap
#
# - A **map** runs a function for each item, a **parallel** runs a few that differ. Each branch has a **child context**: use `child`, never `ctx`.
# - A map does not raise. Choose a **completion policy**, and read its result: what has failed, and what has never begun?
# - A **chained invoke** waits for another function without a running process. It survives a crash, and it is not retried.
# - Make the id of each order from what identifies it for the customer, so that the file may come twice.
# - **Count** before you fan out: branches, operations, open waits, and the size of what comes back.
#
# You now have the finished application of notebook 00, and one more function.
#
# Next: [11 · Run it for real](11_run_it_for_real.ipynb)
