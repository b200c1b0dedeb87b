# %% [markdown]
# # 01 · Your first durable function
#
# You write `validate-order`, the first of the 17 operations of an order, and find out what makes a
# function *durable*: it remembers what it has done.
#
# | | |
# |---|---|
# | **You build** | a durable function with one step, deployed with AWS SAM |
# | **Time** | 20 minutes |
# | **You need** | the workshop open in JupyterLab; some Python; no AWS account |
# | **Cost on AWS** | nothing here, on the local cloud; in an account of your own, each order of this notebook would cost less than a tenth of a cent |

# %%
from workshop.notebook import begin, check, deploy, hint, partner_calls, process
from workshop.notebook import reset, show_code, show_order, solution

begin("01")

# %% [markdown]
# ## The idea
#
# An ordinary Lambda function forgets everything when it ends. If its machine dies half-way, nobody
# knows how far it got.
#
# A **durable function** writes down each piece of its work when that piece is done. Such a piece is a
# **step**, and what is written down is its **checkpoint**. When the function has to start again, it runs
# from its first line, and that is called **replay**. But a step that has a checkpoint is not done
# again: the function gets the recorded result instead, and goes on where it was.
#
# ```mermaid
# sequenceDiagram
#     accTitle: A step is recorded, and not repeated on replay
#     accDescr: In the first run the handler runs step A and its result is recorded as a checkpoint. Then the process dies. In the second run the handler starts at its first line, receives the result of step A from the checkpoint without running it, and goes on with step B.
#     participant H as Your handler
#     participant R as The record of this order
#     Note over H: first run
#     H->>H: do step A
#     H->>R: checkpoint: A is done, its result
#     Note over H: the process dies
#     Note over H: second run, from the first line
#     H->>R: step A?
#     R-->>H: is done, here is its result
#     H->>H: do step B
#     H->>R: checkpoint: B is done, its result
# ```

# %% [markdown]
# ## What is there already
#
# The folder `modules/` holds the code of the application. Some of it is given, such as the rules of a
# valid order. They are plain Python and know nothing of Lambda:

# %%
show_code("rules", "check_order")

# %% [markdown]
# ## Write the step
#
# The next cell begins with `%%module validation`. Run it, and its code becomes the file
# `modules/validation.py`. That is how you write the application, from here to the end of the workshop.
#
# Read it from the bottom up:
#
# - `store.advance` writes the order, with its new status, to a DynamoDB table. **This changes the
#   world**, and that is why it is in a step.
# - What the function returns is recorded as the step's result. It must be data that can be written
#   down: text, numbers, lists, dictionaries and the like.
# - `refused(…)` is the answer for an order that we cannot take. You meet it in notebook 02.
# - `@durable_step` makes a step of the function. The SDK passes in the first argument, the step's own
#   context; the leading underscore says that we have no use for it.
# - `@operation` is not part of the SDK. It lets you play faults in this workshop, as you will see.

# %% module="validation"
"""Phase 1, validation: is this an order we can take? The rules stand in `rules.py`."""

from typing import Any

from aws_durable_execution_sdk_python import StepContext, durable_step

import store
from faults import operation
from outcomes import refused
from rules import check_order


@durable_step
@operation("validate-order")
def validate_order(_step: StepContext, event: dict[str, Any]) -> dict[str, Any]:
    """Check the order, compute its total and store it as `validated`; answers the `Order`."""
    posted = {name: value for name, value in event.items() if name != "orderId"}
    order, problems = check_order(posted)
    if order is None:
        return refused("the order is not valid: " + "; ".join(problems))
    order_id = event["orderId"]
    stored = store.advance(order_id, "validated", **store.facts_of(order))
    if stored["status"] != "validated":
        return refused(f"the order is already {stored['status']}", not_ours=True)
    return {**order, "orderId": order_id, "createdAt": stored["createdAt"]}

# %% [markdown]
# ## Exercise 1a · Validate the order in a step
#
# `workflow.py` tells the story of an order. `@durable_execution` makes its handler a durable function,
# and hands it two things: the event, which is the order as it was posted, and the **durable context**
# `ctx`.
#
# Calling `validate_order(event)` does not run the step yet. It prepares it. The context runs it, with
# `ctx.step(…, name="…")`, and returns its result: on the first run by doing the work, on a replay from
# the checkpoint. The name is what you will see in the history.
#
# Replace the line marked `TODO`: run `validate_order` as a step with the name `validate-order`.

# %% module="workflow" exercise="1a" differs="handler"
"""The story of an order: one durable function, and so far one operation."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    # BEGIN SOLUTION
    order = ctx.step(validate_order(event), name="validate-order")
    # STUB
    # order = {}  # TODO: run validate_order(event) as a step named "validate-order"
    # END SOLUTION
    return order

# %% [markdown]
# The check runs your code in a process of its own, against tables in memory, and looks at what it does,
# not at how you spelled it. Stuck? Remove the `#` from the second line. Each run of `hint` tells more.

# %%
check("1a")
# hint("1a")

# %% [markdown]
# ## Deploy it
#
# The next cell calls the real AWS SAM CLI with `template.yaml`. It takes a few seconds.

# %% tags=["deploy"]
deploy()

# %% [markdown]
# ## Process an order
#
# **Predict first:** how many operations will the history of one order show, and how often will Lambda
# run your function for it?

# %%
first = process()
first

# %% [markdown]
# One operation, one run. What you see is read from the *execution history*, which Lambda keeps for every
# order. The result of your step is in it, and the order is stored:

# %%
show_order(first)

# %%
first.result_of("validate-order")["totalCents"]

# %% [markdown]
# Amounts are in whole cents, so 9198 is 91.98: two mugs at 45.99.
#
# ## Now something goes wrong
#
# The sandbox has *test cards*, like those of a payment provider. The card `tok_timeout_validate-order`
# makes the step `validate-order` fail twice with a timeout, and succeed the third time.
#
# **Predict first:** will this order be validated? And how often will Lambda run your function?

# %%
bumpy = process(payment_token="tok_timeout_validate-order")
bumpy

# %% [markdown]
# The step was tried three times, and the order is fine. You wrote nothing for that: a step that raises an
# exception is tried again, six times in all if you do not say otherwise (notebook 02 does say otherwise).
#
# Between two tries the function does not sit and wait. It *ends*, and costs nothing, until it is time to
# try again. So Lambda ran it **three times, each time from the first line of your handler**. Keep that in
# mind for what comes next.
#
# ## Break it
#
# The shop wants to thank each customer by email. Somebody adds one line to the handler, where it is
# easiest:

# %% module="workflow" differs="handler"
"""The story of an order, with a mistake in it."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

import partners
from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    partners.send_email(event["orderId"], event["customerEmail"], "thanks", "Thank you!")
    order = ctx.step(validate_order(event), name="validate-order")
    return order

# %%
deploy()

# %%
partner_calls(process())

# %% [markdown]
# The mail partner was asked once. It works, so it is released on a Friday.
#
# **Predict first:** what will the partner report for the order whose first step is tried three times?

# %%
partner_calls(process(payment_token="tok_timeout_validate-order"))

# %% [markdown]
# Three requests for one letter. Each time Lambda ran the handler, it sent the mail again, because **what
# stands outside an operation runs on every replay**. (The mail partner of our sandbox recognises the
# repeats and delivers one letter. Most mail services deliver three.)
#
# Nothing failed, nothing was logged, and no test with a well-behaved order would have shown it. Samples
# of durable functions that you find on the web have this very mistake.
#
# ## Exercise 1b · Fix it: thank the customer once
#
# The letter is now in a step of its own, `thank_customer`. The handler does not run it yet. Do that,
# before the order is validated, and give the operation a name.

# %% module="workflow" exercise="1b" differs="handler"
"""The story of an order, with a letter to its customer."""

from typing import Any

from aws_durable_execution_sdk_python import (
    DurableContext,
    StepContext,
    durable_execution,
    durable_step,
)

import partners
from validation import validate_order


@durable_step
def thank_customer(_step: StepContext, event: dict[str, Any]) -> str:
    """Thank the customer for the order."""
    return partners.send_email(event["orderId"], event["customerEmail"], "thanks", "Thank you!")


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    # BEGIN SOLUTION
    ctx.step(thank_customer(event), name="thank-customer")
    # STUB
    # # TODO: run thank_customer(event) as a step with a name of its own
    # END SOLUTION
    order = ctx.step(validate_order(event), name="validate-order")
    return order

# %%
check("1b")
# hint("1b")

# %%
deploy()

# %%
fixed = process(payment_token="tok_timeout_validate-order")
fixed

# %%
partner_calls(fixed)

# %% [markdown]
# Lambda still ran the handler three times. But the letter was asked for once: on the second and third
# run its step was answered from the checkpoint, and its code did not run.
#
# > **The rule of this notebook.** Whatever changes the world goes inside an operation.
#
# One question is left open. What if the process dies *inside* a step, after the letter has left and before
# the checkpoint is written? Then the step runs again. A step runs **at least once**, and to make its effect
# happen exactly once takes one more idea. With a letter that is a trifle. With money it is notebook 02.
#
# ## Tidy up
#
# The shop will write to its customers in notebook 05. Until then the story of an order has one operation,
# and this is the file from which you go on:

# %% module="workflow" differs="handler"
"""The story of an order: one durable function, and so far one operation."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order = ctx.step(validate_order(event), name="validate-order")
    return order

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Your function has run three times for one order. How often did the code of a step run that succeeded in the first run?**
#
# - [ ] Three times, once in each run. :: On the second and third run it is answered from its checkpoint; its code does not run.
# - [x] Once. :: Its result was recorded, and every later run receives the record.
# - [ ] That cannot be known. :: It can: the history shows how often each step was tried.
#
# **2. Where may the handler write to a database?**
#
# - [x] Inside a step. :: There it is recorded as done, and not repeated on replay.
# - [ ] Before the first step, since nothing is recorded yet. :: That line runs again on each replay, like any other outside an operation.
# - [ ] After the last step. :: If the process dies after that line and before the function has ended, the line runs again.
#
# **3. What happens between two tries of a step?**
#
# - [ ] The function sleeps, and you pay for it. :: It ends. Nothing runs, and nothing is paid for, until the next try is due.
# - [x] The function ends, and Lambda runs it again when the next try is due. :: And it begins at the first line of the handler.
# - [ ] The order has failed. :: It would fail after the last try, the sixth if you do not say otherwise.

# %% [markdown]
# ## Recap
#
# - A **step** is a piece of work that is recorded when it is done. Its **checkpoint** holds its result.
# - A durable function is **replayed** from its first line. Steps with a checkpoint are answered from it.
# - A step that raises an exception is tried again, and between two tries nothing runs.
# - Whatever changes the world goes inside an operation.
#
# Next: [02 · Take the money once](02_take_the_money_once.ipynb)
