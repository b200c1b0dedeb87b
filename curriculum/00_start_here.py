# %% [markdown]
# # 00 · Start here
#
# You start a cloud on your own machine, deploy the finished order system to it, and watch one order go through all of
# its 17 operations. From notebook 01 on you write that system yourself.
#
# - **You build**: nothing yet; you see what you are going to build
# - **Time**: 15 minutes
# - **You need**: this page open in JupyterLab, some Python, no AWS account
# - **Cost on AWS**: on the local cloud, nothing. In your own account, the orders of this notebook cost less than a
#   tenth of a cent, and the stack costs 70 cents a month, for seven alarms (and $3 for a dashboard, if your account has three others).

# %% [markdown]
# ## How this works
#
# A notebook is text with **code cells** in between. Click into the first one below and press **Shift + Enter**: the cell
# runs, and the next one is selected. You can also run all of them with *Run → Run All Cells*.
#
# Each notebook starts with a cell like the next one. It starts the local cloud if it is not running, and brings your
# application to the state from which the notebook starts. So you can open the notebooks in any order. Nothing that you
# wrote is lost: before a file is replaced, it is copied to `my-work/`.
#
# Your application is in `my-work/app/`. The finished application is in `modules/`, and no notebook changes it. The text
# names a module by its file name, such as `payment.py`.
#
# The outputs that you see before you run a cell are stored in the notebook. To make your own predictions, hide them
# first: *Edit → Clear Outputs of All Cells*.
#
# These words of AWS appear in every notebook:
#
# | word | meaning |
# |---|---|
# | **Lambda** | runs functions; you manage no server |
# | **invocation** | one run of a Lambda function |
# | **execution** | one run of a durable function for one order; it can take several invocations |
# | **DynamoDB** | stores tables |
# | **API Gateway** | receives the requests of clients |
# | **template** | a file that lists all resources of an application |
# | **SAM CLI** | the command that deploys a template |
# | **stack** | everything that was deployed from one template |
# | **boto3** | the Python library that calls AWS |
# | **SDK** | here: the library that makes a Lambda function durable |

# %%
from workshop.notebook import orders
from workshop.notebook import begin, deploy, follow, partner_calls, show_code
from workshop.notebook import snapshot, stack, watch

begin("00")

# %% [markdown]
# The local cloud replaces AWS while you learn. Only programs on your machine can reach it, it needs no Docker and no
# account, and it keeps running when you close the notebook.
#
# ## What you are going to build
#
# ![A client posts an order to a REST API. An ordinary function stores it and starts the durable order processor, which calls partners and writes each status to the Orders table. The client reads the status through the same API.](../docs/architecture.svg)
#
# A customer orders two mugs. The shop must check the order, take the money, reserve the stock, check for fraud and
# credit, wait for the warehouse, pack, wait for the carrier, ship, and tell the customer. That takes minutes here, and
# days in some shops. Meanwhile machines fail, partners do not respond, and banks decline cards.
#
# All of it is **one durable function**. Read it from top to bottom:

# %%
show_code("workflow", "run_operations")

# %% [markdown]
# You do not need to understand it yet. Each name such as `"validate-order"` belongs to one of the 17 operations. You
# write this function in notebooks 01 to 07, one phase at a time. There, `pick-items` and `send-notifications` are
# two plain steps; the finished application, which you deploy now, does the work inside them in parallel.
#
# ## Deploy it
#
# The next cell calls the real AWS SAM CLI with `template.yaml`, as you would for AWS. The first time takes about ten
# seconds, later ones less.

# %% tags=["deploy"]
deploy()

# %% [markdown]
# ## Send an order
#
# A client sends this:

# %%
order = orders.example()
order

# %% [markdown]
# The API responds with an id at once. It has only accepted the order; processing takes longer.

# %%
order_id = orders.submit(stack(), order)
order_id

# %% [markdown]
# The next cell waits until the order has ended, and shows its operations:

# %%
follow(order_id)

# %% [markdown]
# Here are the 17 operations. (The kind *map* does the same work for each item, and *parallel* does several things at the
# same time.) Notice two things:
#
# - **Two of them are waits**, of 300 and 180 seconds. The history says that they took eight minutes, but you have the
#   table already, because the local cloud has a clock that skips waiting time. (To make waits take their real time, as
#   on AWS, run `python -m workshop start --clock real` in a terminal. The last operation, `complete-order`, measures real
#   time, so it reports a few seconds here.)
# - **Lambda invoked the function three times**, each time for a moment: until the first wait, until the second, and to
#   the end. While an order waits, no function runs, and you pay for no compute.
#
# This is what the customer sees through the API:

# %%
seen = orders.get(stack(), order_id)
seen["status"], seen["total"], seen["progress"]

# %% [markdown]
# ## See it happen
#
# That was too fast to see. With the card `tok_slow` every partner takes one second longer, and `watch` shows the order
# while it runs: each operation with its state, and at the top the invocations of the function. Select an operation to
# read its result. The buttons act on the real system. (*Approve* and *Reject* are for orders that wait for a person's
# decision, and none of these orders does.)
#
# **Predict first:** what happens to the order if you press *Crash the function now* while the function runs? Run the
# cell, and press it. If the order has already ended, run the cell again.

# %%
slow_order_id = orders.submit(stack(), orders.example(payment_token="tok_slow"))
watch(slow_order_id)

# %% [markdown]
# In the column *invocations*, each sign is one invocation of the function: ● it ran the operation, ◐ it started the operation,
# ↷ it skipped the operation, because an earlier invocation had saved the result. A · means that the history shows nothing
# of this operation in this invocation. If you crashed the function, the next invocation continued from the last saved
# result. When the order has ended, use the slider to step through it.
#
# The number *durable operations* is larger than 17, because it counts what AWS bills: the start of the order is one,
# and so is each further attempt of a step, each invocation after a crash, and each operation inside `pick-items` and `send-notifications`.
#
# ## Now let something fail
#
# The partners of the shop (bank, warehouse, carrier, and others) are a sandbox. As with the test cards of a payment
# provider, the order that you send decides what happens. The card `tok_crash_after_process-payment` ends the process of
# the function after the bank has charged the card and before the result is saved.
#
# **Predict first:** what happens to this order? How many times does the customer pay?

# %%
order_id = orders.submit(
    stack(), orders.example(payment_token="tok_crash_after_process-payment")
)
orders.wait(stack(), order_id)["status"]

# %%
partner_calls(order_id)

# %% [markdown]
# The order was completed. Look at the row `charge`: the bank was *asked* twice, with the same key, and it *charged* once,
# 9934 cents (91.98 plus 8% tax). Notebook 02 explains how.
#
# `snapshot` is a still picture of the same timeline:

# %%
snapshot(order_id)

# %% [markdown]
# Look at the row `process-payment`. In its first column, the process ended before it could save a result. The sign there
# is ◐ if the SDK saved the start of the step before the crash, and · if it did not. Only the bank knew of this charge. The second
# invocation skipped the two operations that had a saved result, and asked the bank again: ●.
#
# The table `TRIGGERS` in `triggers.py` lists everything that you can make fail. NAME stands for the name of an
# operation, such as `process-payment`. To try one, change the call of `orders.example` in the cell under *Now let
# something fail*, and run the cells from there again. For example: `orders.example(customer_id="cust-fraud")` or
# `orders.example(product_id="sku-damaged")`.

# %%
show_code("triggers", "TRIGGERS")

# %% [markdown]
# ## How exercises work
#
# From notebook 01 on, some cells have lines marked `TODO`. You replace these lines, run the cell, and run the check below
# it. These functions help you:
#
# | you type | you get |
# |---|---|
# | `check("1a")` | whether your code is right: what was checked, what was expected, and what your code did |
# | `hint("1a")` | a hint; each further call says more |
# | `solution("1a")` | one solution, after you have tried |
# | `reset("1a")` | the cell as it was, in a new cell; your answer is kept as a copy, and a passed exercise stays passed |
# | `catch_up(3)` | your application as notebook 03 starts from it |
# | `progress()` | which exercises you have passed, and where to continue |
#
# You cannot break anything, and an exercise that you have not solved does not stop you: until your code passes its
# check, your application uses the workshop's solution.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. The order waited eight minutes in total. For how long did its function run?**
#
# - [ ] A little more than eight minutes. :: While an order waits, no function runs. The invocation ends, and Lambda invokes the function again when the wait is over.
# - [x] A moment, three times. :: Until the first wait, until the second, and to the end.
# - [ ] It cannot run that long: a Lambda function may run for at most 15 minutes. :: That limit is for one invocation. A durable execution can last up to a year.
#
# **2. The process ended after the card was charged. What made the order continue?**
#
# - [ ] The client, which posted the order again. :: It posted the order once. It could not know about the crash.
# - [x] Lambda, which invoked the function again. :: The function continued from the saved results.
# - [ ] The local cloud; AWS would not do that. :: AWS does it too. That is what makes a function durable.
#
# **3. Where is the code that you write?**
#
# - [ ] Only in the notebook. :: Each cell that writes code also writes a file when you run it.
# - [x] In `my-work/app/`. `deploy()` deploys it from there. :: Your answers to exercises are also kept in `my-work/`.
# - [ ] On AWS. :: Only if you choose AWS as the target, with `begin("00", target="aws")`.

# %% [markdown]
# ## Recap
#
# - The local cloud runs on your machine and skips waiting time. One page lists
#   [the differences between the local cloud and AWS](../docs/local-cloud.md).
# - An order is one execution of a **durable function**: 17 operations, two of them waits.
# - The execution continues after its process dies, and the customer pays once.
#
# Next: [01 · Your first durable function](01_your_first_durable_function.ipynb)
