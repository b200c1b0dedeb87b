# %% [markdown]
# # 00 · Start here
#
# In ten minutes you start a cloud on your own machine, deploy the finished order system to it, and watch one order
# go through all of its 17 operations. From notebook 01 on you write that system yourself.
#
# | | |
# |---|---|
# | **You build** | nothing yet: you see what you are going to build |
# | **Time** | 10 minutes |
# | **You need** | this page open in JupyterLab; some Python; no AWS account |
# | **Cost on AWS** | nothing here, on the local cloud; in an account of your own, the orders of this notebook would cost less than a tenth of a cent, and the stack itself 10 cents a month, for an alarm |

# %% [markdown]
# ## How this works
#
# A notebook is text with **code cells** in between. Click into the first one below and press **Shift + Enter**: it
# runs, and the next one is selected. You can also run all of them with *Run → Run All Cells*.
#
# Each notebook begins with a cell like the next one. It starts the local cloud if it is down, and puts the folder
# `modules/`, where your code will live, into the state that the notebook starts from. So you can open the notebooks
# in any order. Nothing you wrote is lost: what is replaced is copied to `my-work/`.
#
# The outputs that you see before you run anything were stored by an earlier run, for those who read the notebooks on the
# web. To make your own predictions, hide them first: *Edit → Clear Outputs of All Cells*.
#
# Some words of AWS, if they are new to you. **Lambda** runs functions, and you own no server for it. **DynamoDB** keeps
# tables, **API Gateway** receives the requests of clients. A **template** is a file that lists all of that, **SAM CLI**
# deploys it, and what was deployed from one template is a **stack**. **boto3** is the library with which Python calls
# AWS; the **SDK** in these notebooks is the library that makes a function durable.

# %%
from workshop.notebook import orders
from workshop.notebook import begin, deploy, follow, partner_calls, show_code
from workshop.notebook import snapshot, stack, watch

begin("00")

# %% [markdown]
# The local cloud stands in for AWS. It listens on your machine alone, it needs no Docker and no account, and it goes
# on when you close the notebook.
#
# ## What you are going to build
#
# ![A client posts an order to a REST API. An ordinary function stores it and starts the durable order processor, which calls partners and writes each status to the Orders table. The client reads the status through the same API.](../docs/architecture.svg)
#
# A customer orders two mugs. The shop must check the order, take the money, reserve the stock, look into fraud and
# credit, wait for the warehouse, pack, wait for the carrier, ship, and tell the customer. That takes minutes here, and
# days in some shops. Machines are lost in between, partners do not answer, cards are declined.
#
# All of it is **one durable function**. It reads like a story, top to bottom:

# %%
show_code("workflow", "process")

# %% [markdown]
# Do not try to understand it all. Each line with a name such as `"validate-order"` is one of the 17 operations, and
# you will write every one of them.
#
# ## Deploy it
#
# The next cell calls the real AWS SAM CLI with `template.yaml`, as you would for AWS. The first time takes some ten
# seconds, later ones less.

# %% tags=["deploy"]
deploy()

# %% [markdown]
# ## Send an order
#
# This is what a client sends:

# %%
order = orders.example()
order

# %% [markdown]
# The API answers at once, with an id. Processing has only begun.

# %%
order_id = orders.submit(stack(), order)
order_id

# %% [markdown]
# Now look over the shoulder of the durable function, until the order is done:

# %%
follow(order_id)

# %% [markdown]
# There they are, 17 operations. Two things to notice:
#
# - **Two of them are waits**, of 300 and 180 seconds. The history says that they took eight minutes, and yet you have
#   the table already. The local cloud has a clock that skips waiting time. (`python -m workshop start --clock real`,
#   in a terminal, makes waits real, as they are on AWS. The last operation, `complete-order`, measures by
#   the clock on your wall, and so reports a few seconds here.)
# - **Lambda ran the function three times**, and each time for a moment: until the first wait, until the second, and to
#   the end. While an order waits, no function runs, and there is no compute to pay for.
#
# And this is what the customer sees, who asks the API:

# %%
seen = orders.get(stack(), order_id)
seen["status"], seen["total"], seen["progress"]

# %% [markdown]
# ## See it happen
#
# That was too fast to see. With the card `tok_slow` every partner takes a second longer, and `watch` shows the order as
# it happens: its operations, each with its state, and at the top the runs of the function. Choose an operation to read
# its result. The buttons act on the real system. (*Approve* and *Reject* are for orders
# that wait for a person's answer, and none of ours does.)
#
# **Predict first:** what becomes of the order if you press *Crash the function now* while it works? Run the cell, and
# press it.

# %%
slow_order_id = orders.submit(stack(), orders.example(payment_token="tok_slow"))
watch(slow_order_id)

# %% [markdown]
# In the column *runs* each run of the function has a sign: ● did the operation, ◐ began it, ↷ skipped it, since its
# result was recorded by an earlier run. A · means that this run left no trace of it
# in the record. If you crashed the function, its next run went on where the first one died.
# When the order has ended, the slider replays it.
#
# The sum *durable operations* is larger than 17, since it counts what AWS would put on the bill: the start of the order
# is one, and so is each further try, and each operation inside `pick-items` and `send-notifications`, which have some of
# their own.
#
# ## Now let something go wrong
#
# The partners of the shop (bank, warehouse, carrier and others) are a sandbox. As with the test cards of a payment
# provider, what you send decides what happens. The card `tok_crash_after_process-payment` makes the *process of the
# function die*, after the card was charged and before anybody could write that down.
#
# **Predict first:** what becomes of this order? How often does the customer pay?

# %%
order_id = orders.submit(
    stack(), orders.example(payment_token="tok_crash_after_process-payment")
)
orders.wait(stack(), order_id)["status"]

# %%
partner_calls(order_id)

# %% [markdown]
# The order was completed all the same. The bank was *asked* twice, under the same key, and *charged* once: 9934 cents,
# which is 91.98 and 8 % tax. How that is done is the subject of notebook 02. `snapshot` is a picture of the same
# timeline, which stays as it is. The first run died, and left no trace of the charge in the record: the bank alone knows
# of it. The second run skipped what was recorded, and asked the bank again:

# %%
snapshot(order_id)

# %% [markdown]
# All that can be made to go wrong stands in one table, `TRIGGERS` in `modules/triggers.py`. NAME in it stands for the name
# of an operation, such as `process-payment`. Try one, if you like:
# change the token in the cell that posts the order, further up, and run the cells from there again.

# %%
show_code("triggers", "TRIGGERS")

# %% [markdown]
# ## How exercises work
#
# From notebook 01 on there are cells with a line marked `TODO`. You change that line, run the cell, and run the check
# below it. These are your words for it:
#
# | you type | and get |
# |---|---|
# | `check("1a")` | whether your code does what it should: what was expected, and what it got |
# | `hint("1a")` | a hint; each further call tells more |
# | `solution("1a")` | one way to do it, once you have tried |
# | `reset("1a")` | the cell as it was, in a new cell; your answer is kept, and so is its pass |
# | `catch_up(3)` | `modules/` as notebook 03 starts from |
# | `progress()` | which exercises you have passed, and where you go on |
#
# You cannot break anything. An exercise that you have not solved does not hold you up: until your code passes its
# check, the workshop's solution stands in for it.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. The order waited eight minutes in all. For how long did its function run?**
#
# - [ ] Eight minutes and a little. :: While an order waits, no function runs. It ends, and is run again when the wait is over.
# - [x] A moment, three times. :: Until each wait, and to the end.
# - [ ] It cannot run for so long: a Lambda function has at most 15 minutes. :: That limit is for one run of the function. A durable execution may take up to a year.
#
# **2. The process died after the card was charged. Who saw to it that the order went on?**
#
# - [ ] The client, who posted the order again. :: It posted once. It could not even have known.
# - [x] Lambda, which ran the function again. :: And the function went on from what was recorded.
# - [ ] The local cloud, which AWS would not do. :: AWS does so, too: that is what makes a function durable.
#
# **3. Where is your code, once you have written it?**
#
# - [ ] In the notebook alone. :: The notebook has the cells, and each writes a file when you run it.
# - [x] In `modules/`, from where it is deployed. :: And your attempts at exercises are kept in `my-work/`.
# - [ ] On AWS. :: Not before you choose to, with `begin("00", target="aws")`.

# %% [markdown]
# ## Recap
#
# - The local cloud stands in for AWS, on your machine, and skips waiting time. [How it differs](../docs/local-cloud.md)
#   is one table.
# - An order is one execution of a **durable function**: 17 operations, two of them waits.
# - It survives the death of its process, and its customer pays once.
#
# Next: [01 · Your first durable function](01_your_first_durable_function.ipynb)
