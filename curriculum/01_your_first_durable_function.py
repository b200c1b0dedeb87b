# %% [markdown]
# # 01 · Your first durable function
#
# You write `validate-order`, the first of the 17 operations of an order, and a second step. You find out what makes a
# function *durable*: it saves what it has done.
#
# - **You build**: a durable function with a step, deployed with AWS SAM
# - **Time**: 20 minutes
# - **You need**: the workshop open in JupyterLab, some Python, no AWS account
# - **Cost on AWS**: on the local cloud, nothing. In your own account, each order of this notebook costs less than a
#   tenth of a cent.

# %%
from workshop.notebook import begin, check, deploy, hint, invocations, partner_calls, process
from workshop.notebook import reset, show_code, show_order, solution, stack

begin("01")

# %% [markdown]
# ## The idea
#
# An ordinary Lambda function does not save its progress. If its machine fails in the middle of the work, nobody
# knows which part was done.
#
# A **durable function** saves each piece of its work when that piece is done. Such a piece is a **step**, and the saved
# result is its **checkpoint**. A step is one kind of **operation**; a wait is another. All checkpoints of one order are
# in its **execution history**.
#
# The **handler** is the Python function that Lambda calls. After an interruption Lambda calls it again, from its first
# line. This is a **replay**. A step that has a checkpoint does not run again: the handler gets the saved result, and
# continues until it reaches a step that has none.
#
# ```mermaid
# sequenceDiagram
#     accTitle: A step has a checkpoint, and does not run again on replay
#     accDescr: In the first invocation the handler runs step A, and its result is saved as a checkpoint. Then the process dies. In the second invocation the handler starts at its first line, gets the result of step A from the checkpoint without running it, and continues with step B.
#     participant H as Your handler
#     participant R as Execution history of this order
#     Note over H: first invocation
#     H->>H: run step A
#     H->>R: checkpoint: A is done, its result
#     Note over H: the process dies
#     Note over H: second invocation, from the first line
#     H->>R: step A?
#     R-->>H: done, here is its result
#     H->>H: run step B
#     H->>R: checkpoint: B is done, its result
# ```

# %% [markdown]
# ## The code that you start with
#
# Your application in `my-work/app/` has several modules from the start; the finished application is in `modules/`. One of
# the given modules, `rules.py`, has the rules for a valid order. It is plain Python and does not use Lambda:

# %%
show_code("rules", "check_order")

# %% [markdown]
# ## The step
#
# The next cell begins with `%%change validation`. When you run it, it writes the code in it to the file
# `validation.py`. The cell shows only the part of the file that matters; the imports and the rest are already in the file.
# The output says where the whole file is. (A cell that begins with `%%module workflow` writes the whole file. An
# exercise also has its number there, such as `%%module workflow 1a`; `%%exercise 2c` writes no file of the
# application.)
#
# Read the function from the bottom up:
#
# - `store.advance` writes the order, with its new status, to a DynamoDB table. **This changes something outside the
#   function**, so it belongs in a step.
# - The function returns the result of the step, which becomes its checkpoint.
# - `store.posted` returns the order as the API of notebook 06 stored it. The API does not exist yet, so you send the order itself, in the event.
# - `store.for_history` makes the `Order` that the step returns: ids, quantities, cents. The history keeps it for days, and many may read a
#   history who must not see a customer's address. So **a step returns nothing personal**.
# - `refused(…)` makes the result for an order that the shop cannot accept. Notebook 02 explains it.
# - A line that begins with `@` is a **decorator**: it changes the function below it. `@durable_step` turns the
#   function into a step. The SDK passes in the first argument, the context of the step; the name `_step` begins with an
#   underscore because the code does not use it.
# - `@operation` is not part of the SDK. It lets you simulate faults in this workshop.
#
# What may a step return? The SDK can save text, bytes, numbers (also `Decimal`), booleans, `None`, dates, UUIDs, and
# lists, tuples, and dictionaries of these, with strings as keys. It cannot save a set or a dataclass: the step fails at once with a
# `SerDesError` (an error of *serialize* and *deserialize*), without another attempt, although its work is done. Keep a
# result under 256 KB. For more data, store the data in S3 and return its key. (The handler itself must return plain JSON:
# no `Decimal`, no date.)

# %% module="validation" part="true"
@durable_step
@operation("validate-order")
def validate_order(_step: StepContext, event: dict[str, Any]) -> Order | dict[str, Any]:
    """Check the order, compute its total, store it as `validated`, and return the `Order`."""
    order_id = event["orderId"]
    stored = store.load(order_id) or {}
    taken = store.taken(stored)
    if taken:
        return refused(taken, not_ours=True)
    sent = {name: value for name, value in event.items() if name != "orderId"}
    order, problems = check_order(store.posted(stored) or sent)
    if order is None:
        return refused("the order is not valid: " + "; ".join(problems))
    stored = store.advance(order_id, "validated", **store.facts_of(order))
    return store.for_history(stored)

# %% [markdown]
# ## Exercise 1a · Validate the order in a step
#
# `workflow.py` contains the handler. `@durable_execution` makes it a durable function and passes it two arguments: the
# event, which is the order as the client sent it, and the **durable context** `ctx`.
#
# The call `validate_order(event)` does not run the step. It only prepares it. `ctx.step(…, name="…")` runs the prepared
# step and returns its result: it runs the code the first time, and on a replay it takes the result from the checkpoint.
# The name appears in the execution history.
#
# Replace the line marked `TODO`: run `validate_order` as a step with the name `validate-order`.

# %% module="workflow" exercise="1a" differs="handler"
"""The workflow of an order: one durable function, so far with one operation."""

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
# The check runs your code in a separate process, with tables in memory, and looks at what the code does, not at how it is
# written. If you need help, remove the `#` from the second line. Each call of `hint` tells you more.

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
# Each deployment publishes a **version** of the function, a numbered copy of its code and settings that never changes. It also moves
# the **alias** `live`, a name for one version, to the new version. Orders are sent to the alias:

# %%
stack().outputs["ProcessorAliasArn"]

# %% [markdown]
# A name with `:3`, `:live` or `:$LATEST` at its end is a **qualified** name: a version, an alias, or the newest code. You can
# start a durable function only by a qualified name; Lambda refuses a name without one. A version fixes the code for the
# whole order, and so does an alias, because Lambda replaces it with its version when the order starts. `$LATEST` is allowed,
# but fixes nothing: after a deployment new code would replay an order that old code started. So use a version or an alias, as the
# [best practices of AWS](https://docs.aws.amazon.com/lambda/latest/dg/durable-best-practices.html) say. Notebook 04 shows
# the difference.
#
# ## Process an order
#
# `process()` starts your function for one order, through the alias, and waits for the end.
#
# **Predict first:** how many operations will the history of one order show, and how many times will Lambda invoke your
# function for it?

# %%
first = process()
first

# %% [markdown]
# One operation, one invocation. This table comes from the execution history, which Lambda keeps for each order. The
# history has the result of your step, and the order is in the Orders table:

# %%
show_order(first)

# %%
first.result_of("validate-order")["totalCents"]

# %% [markdown]
# Amounts are in cents: 9198 is 91.98, for two mugs at 45.99.
#
# ## A step that fails
#
# The sandbox has *test cards*, as payment providers do. With the card `tok_timeout_validate-order`, the step
# `validate-order` fails twice with a timeout and succeeds the third time.
#
# **Predict first:** will this order be validated? How many times will Lambda invoke your function?

# %%
retried = process(payment_token="tok_timeout_validate-order")
retried

# %% [markdown]
# The step needed three attempts, and the order is validated. You wrote no code for that: when a step raises an exception,
# the SDK runs it again later, by default up to six attempts in total. (In notebook 02 you change that.)
#
# Between two attempts the function does not sleep. The invocation *ends*, you pay for no compute, and Lambda invokes the
# function again when the next attempt is due. So Lambda invoked it **three times, and each time your handler ran from its
# first line**. Remember this for what comes next.
#
# ## Break it
#
# The shop wants to thank each customer by email. Somebody adds one line to the handler, where it is easiest:

# %% module="workflow" part="true" differs="handler"
import partners


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
# The email partner got one request. This looks right, so the shop releases it.
#
# **Predict first:** how many times will the partner be asked for the order whose step needs three attempts?

# %%
partner_calls(process(payment_token="tok_timeout_validate-order"))

# %% [markdown]
# Three requests for one email. In each invocation the handler sent the email again, because **code outside an operation
# runs on every replay**. (The email partner of the sandbox recognizes repeated requests and delivers one email. Most
# email services would deliver three.)
#
# Nothing failed, and no error was logged. A test with an order that has no fault would not find this mistake. Published
# samples have it too: the handler of
# [a sample of AWS on GitHub](https://github.com/aws-samples/serverless-patterns/blob/44faff16b03fc4d2c6f35553ffe0ad52aed612fc/lambda-durable-saga-python-sam/src/orchestrator.py)
# writes a failed order to its table with `orders_table.put_item`, outside a step.
#
# ## Exercise 1b · Thank the customer once
#
# Now write a step of your own. Replace two lines:
#
# 1. Above the handler, write the step `thank_customer`, decorated with `@durable_step`, as `validate_order` is. Its
#    arguments are the context of the step and the event. It sends the email with the call of `partners.send_email` from
#    the cell above, and returns what the call returns.
# 2. In the handler, run your step before the order is validated, and give the operation a name.

# %% module="workflow" exercise="1b" part="true" differs="handler"
from aws_durable_execution_sdk_python import StepContext, durable_step


# BEGIN SOLUTION
@durable_step
def thank_customer(_step: StepContext, event: dict[str, Any]) -> str:
    """Thank the customer for the order."""
    return partners.send_email(event["orderId"], event["customerEmail"], "thanks", "Thank you!")
# STUB
# # TODO: write the step thank_customer
# END SOLUTION


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    # BEGIN SOLUTION
    ctx.step(thank_customer(event), name="thank-customer")
    # STUB
    # # TODO: run thank_customer(event) as a step, with a name of your choice
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
# Lambda still invoked the function three times, but the partner was asked only once. Here are the three invocations side
# by side:

# %%
invocations(fixed)

# %% [markdown]
# The first invocation ran `thank-customer` and saved its result. The second and third got this result from the
# checkpoint, and did not run the code of the step. Each of them made the next attempt of `validate-order`.
#
# > **The rule of this notebook.** Put everything that changes something outside the function into an operation.
#
# One question remains. What if the process dies *inside* a step, after the email was sent and before the checkpoint is
# saved? Then the step runs again. A step runs **at least once**. To make its effect happen exactly once, you need one
# more idea. For an email this hardly matters. For money it does, and this is the subject of notebook 02.
#
# ## Clean up
#
# In notebook 05, the shop sends messages to its customers. The next cell brings `workflow.py` back to the version of
# exercise 1a, with which notebook 02 continues. Only the first line of the file is shown here:

# %% module="workflow" tags=["given"]
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution

from validation import validate_order


@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order: {orderId, customerId, customerEmail, items, ...} as it was posted."""
    order = ctx.step(validate_order(event), name="validate-order")
    return order

# %% module="workflow" part="true"
"""The workflow of an order: one durable function, so far with one operation."""

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Lambda has invoked your function three times for one order. A step succeeded in the first invocation. How many times did its code run?**
#
# - [ ] Three times, once in each invocation. :: In the second and third invocation the handler gets the result from the checkpoint; the code of the step does not run.
# - [x] Once. :: Its result was saved, and every later invocation gets this result.
# - [ ] You cannot know. :: You can: its result was saved in the first invocation, and no later invocation runs it.
#
# **2. Where may the handler write to a database?**
#
# - [x] Inside a step. :: The step gets a checkpoint, and does not run again on replay.
# - [ ] Before the first step, because nothing is saved yet. :: That line runs again on each replay, like any other code outside an operation.
# - [ ] After the last step. :: If the process dies after that line and before the function has returned, the line runs again.
#
# **3. By which name must you start a durable function, so that an order keeps its code?**
#
# - [ ] The function's name, with nothing after it. :: Lambda refuses it: the name is not qualified.
# - [x] The name with a version or an alias, such as `:3` or `:live`. :: Lambda resolves an alias to a version when the order starts. The order stays on that version.
# - [ ] The name with `:$LATEST`. :: It is qualified, so Lambda accepts it. But it fixes nothing: after a deployment, new code replays the order.

# %% [markdown]
# ## Recap
#
# - A **step** is a piece of work whose result is saved when it is done. The saved result is its **checkpoint**.
# - Lambda **replays** a durable function from the first line of its handler. Steps with a checkpoint do not run again. A replay can
#   happen in another process, so a global variable does not survive it.
# - A step may return text, numbers, dates, and lists and dictionaries of these, at most 256 KB.
# - When a step raises an exception, the SDK makes another attempt later. Between two attempts nothing runs.
# - Everything that changes something outside the function belongs in an operation.
# - You start a durable function by a **qualified** name. Use a version or an alias: then the order keeps the code with
#   which it started.
#
# Next: [02 · Take the money once](02_take_the_money_once.ipynb)
