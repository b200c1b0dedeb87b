# %% [markdown]
# # 12 · Your own
#
# Until now, everything ran on your machine, and the application was the workshop's. In this notebook you leave the workshop in two steps: you see what
# the same cells need in an AWS account, and you make a service of your own, which needs nothing from the workshop.
#
# - **You build**: a small durable service in `my-work/shop/`, with tests, replay tests, and a pipeline
# - **Time**: 20 minutes
# - **You need**: notebooks 07 and 08, or their ideas: undo, replay tests. An AWS account only if you want to use one
# - **Cost on AWS**: on the local cloud, nothing. In your own account, a few cents; a section of this notebook says what costs money.

# %%
from workshop.notebook import begin, check, clean_up, deploy, hint, new_service, process
from workshop.notebook import reset, show_code, solution, stack, what_if

begin("12")

# %% [markdown]
# ## The same cells, on AWS
#
# The first cell decides where all other cells run. This is the whole difference:
#
# ```python
# begin("12", target="aws")
# ```
#
# ```mermaid
# flowchart LR
#     accTitle: Two places, one set of cells
#     accDescr: The cells of a notebook use SAM CLI and AWS APIs. The target decides where these go: to the local cloud on your machine, or to your AWS account. Your own service, in my-work/shop, goes the same way, from a notebook, from a terminal, or from its pipeline.
#     cells[the cells of a notebook] --> tools["SAM CLI and AWS APIs"]
#     shop["your service,<br>by terminal or pipeline"] --> tools
#     tools -- "target local" --> local[the local cloud on your machine]
#     tools -- "target aws" --> aws[your AWS account]
# ```
#
# Before you do that, you need three things:
#
# - **Credentials** that AWS tools find: `aws sts get-caller-identity` prints your account. If you have none, `aws configure sso` or
#   `aws configure` asks for them. `make doctor` says what is wrong with them.
# - **Permissions** for these credentials, to create what is in the template: with CloudFormation, S3, Lambda, IAM roles, DynamoDB, API
#   Gateway, SQS, EventBridge, CloudWatch and its logs. A sandbox account in which you are an administrator is best.
# - **Patience**: on AWS nothing is skipped. An order takes eight minutes, or seconds after `deploy(WarehouseWaitSeconds=3, CarrierWaitSeconds=3)`.
#
# Here, these cells run on the local cloud:

# %% tags=["deploy"]
deploy()

# %%
order = process()
order.state, order.invocations, len(order.operations)

# %% [markdown]
# ## What it costs
#
# `what_if` multiplies what one order has used by AWS's prices.
#
# **Predict first:** a million orders a month, and each waits for eight minutes. Which two items are most of the bill: compute, requests, durable
# operations, or the data that executions keep?

# %% tags=["nbval-ignore-output"] reason="compute is measured on this machine, in milliseconds"
what_if(order)

# %% [markdown]
# Durable operations and compute. The waiting costs nothing. Operations cost the same wherever they run; compute was measured on this machine, where partners respond in
# milliseconds. When yours take seconds, compute is the larger one, because a step that waits for a response is running.
#
# Your few orders cost less than a cent together. Three things cost money *while nothing happens*: alarms ($0.10 a month each; the template has seven), a dashboard ($3 a month; the first three of an account are free), and
# stored data. So clean up, and do not stop at the stack: `clean_up(really=True)` deletes it and then **lists what is left**. From a terminal it is
# `make delete ARGS="--target aws"`. Without `really=True` it only shows what it would delete:

# %% tags=["nbval-ignore-output"] reason="the stack holds more if notebook 10 deployed it before"
clean_up()

# %% [markdown]
# ## Three traps
#
# **Predict first:** you have always invoked the processor through its alias. What happens if you use only the function's name?

# %%
live = stack()
client = live.target.client("lambda")
try:
    client.invoke(FunctionName=live.processor, InvocationType="Event", Payload=b"{}")
except client.exceptions.InvalidParameterValueException as refusal:
    print(refusal)

# %% [markdown]
# 1. **You cannot invoke a durable function by its unqualified name.** Callers name a version or an alias, because an execution stays on the version with which it
#    began. You noticed at once, because Lambda said so.
# 2. **The same trap is in permissions, where nobody says so.** A function needs `lambda:CheckpointDurableExecution` and
#    `lambda:GetDurableExecutionState` for its own executions. Their ARN contains a version. A policy for `…:function:NAME` matches none of them, and every
#    checkpoint is denied. It must be `…:function:NAME:*`. Look at `CheckpointOwnExecutions` in
#    [template.yaml](../template.yaml).
# 3. **Whether a function is durable is decided when it is created.** `DurableConfig` cannot be added to a function that exists: CloudFormation has to *replace* it,
#    and refuses if the template gives the function a name. Make a new function, and send new work to it.
#
# ## A service of your own
#
# The order system has a sandbox instead of partners, and nobody wants that in production. The next cell makes a service without it. In a terminal it is `python -m workshop new PATH/shop`, in any
# folder that you like; the last part of the path is the service's name.

# %%
service = new_service()

# %% [markdown]
# It is complete, and small enough to read all of it:
#
# | in `my-work/shop/` | what it is |
# |---|---|
# | `src/service/` | `workflow.py`, the durable function; `reservations.py`, its steps and their undo; `patience.py`, the retries |
# | `tests/` | tests in one process with faults, replay tests, and four recorded histories |
# | `template.yaml` | the function with its alias, table, role, log group, dead-letter queue, and three alarms |
# | `.github/workflows/pipeline.yml` | checks each change, and deploys what is merged, with a role instead of stored keys |
# | `README.md` | two commands to set it up and test it, and those to deploy it |
#
# It reserves something, holds it for five minutes, and confirms it. Later, put your own work in its place. These are the operations of a reservation:

# %%
show_code("service.workflow", "operations")

# %%
show_code("service.workflow", "handler")

# %% [markdown]
# You know all of it: the refusal that is a result, the undo that covers its own step, and the two kinds of error that the handler catches. Do the service's tests pass?

# %%
service.run_tests()

# %% [markdown]
# ## Break it: a step in the middle
#
# A new requirement: whoever reserves more than ten pieces pays a deposit of 5.00 for each piece, the first ten included. A colleague adds a step for it, right after the reservation:

# %% module="service.workflow" part="true" differs="operations"
def operations(request: dict[str, Any], ctx: DurableContext) -> None:
    """Reserve, ask for a deposit, hold, and confirm; raise Refused if a step refuses."""
    agreed(ctx.step(reserve(request), name="reserve", config=WORK))
    deposit_cents = 500 * request["quantity"] if request["quantity"] > 10 else 0
    ctx.step(lambda _step: deposit_cents, name="ask-deposit", config=WORK)
    ctx.wait(HOLD, name="hold")
    agreed(ctx.step(confirm(request), name="confirm", config=WORK))

# %% [markdown]
# **Predict first:** there are histories of four executions: one was confirmed, one was refused, one was undone, and one is held at this moment. Which of them cannot go on with this
# code?

# %%
service.run_tests("tests/test_replay.py")

# %% [markdown]
# Three of four. The refused one ends before the new step. All others have a wait as their second operation, where this code asks for a step. The replay test names the
# place and the line. What it needs is one file of your service, `tests/replaying.py`, which imports the SDK and nothing from the workshop.
#
# In the pipeline, the change stops here. Executions that were started through the alias are safe, because they stay on their version. One that was started by
# `$LATEST` would fail at this place, and its reservation would stay as it is: the handler does not catch this error, for the reason that notebook 07 gave.
#
# ## Exercise 12a · A fact instead of a step
#
# Take the step out, as the next cell does. Then write the deposit so that the operations stay as they are: as one more **fact** of the reservation.
#
# 1. `deposit_cents` returns the deposit in cents, as a whole number: 0 for up to `DEPOSIT_FREE` pieces, otherwise `DEPOSIT_CENTS_EACH` for each piece, the first ten included.
# 2. `reserve` stores it as `depositCents`, in the write that it makes anyway.

# %% module="service.workflow" part="true"
def operations(request: dict[str, Any], ctx: DurableContext) -> None:
    """Reserve, hold, and confirm; raise Refused if a step refuses."""
    agreed(ctx.step(reserve(request), name="reserve", config=WORK))
    ctx.wait(HOLD, name="hold")
    agreed(ctx.step(confirm(request), name="confirm", config=WORK))

# %% module="service.reservations" exercise="12a" part="true" differs="reserve"
DEPOSIT_FREE = 10
DEPOSIT_CENTS_EACH = 500


def deposit_cents(quantity: int) -> int:
    """Return the deposit for this many pieces, in cents."""
    # BEGIN SOLUTION
    if quantity <= DEPOSIT_FREE:
        return 0
    return quantity * DEPOSIT_CENTS_EACH
    # STUB
    # return 0  # TODO
    # END SOLUTION


@durable_step
def reserve(_step: StepContext, request: dict[str, Any]) -> Result:
    """Reserve the quantity; refuse one that is too large, or that has ended before."""
    if request["quantity"] > MOST:
        return {"refused": f"at most {MOST} in one reservation"}
    return _advance(
        request["reservationId"],
        "reserved",
        unless=("confirmed", "released"),
        item=request["item"],
        quantity=request["quantity"],
        # BEGIN SOLUTION
        depositCents=deposit_cents(request["quantity"]),
        # STUB
        # # TODO: one more fact
        # END SOLUTION
    )

# %%
check("12a")
# hint("12a")

# %%
service.run_tests()

# %% [markdown]
# All pass. (No test asks for a deposit yet. Adding one to `tests/test_workflow.py` is the first thing to do in a service of your own.) A reservation that is held now can continue. It has no deposit, and gets none: its step `reserve` has ended. A replay test says that a change *fits*. Whether that is
# what you want for the reservations of the last five minutes, only you can say.
#
# And if you need a different sequence of operations? Deploy it behind the alias: executions that have started stay on their version. Then record new histories, and delete those of the
# old code. The README of your service says how.
#
# ## Deploy it
#
# The settings of your service are in `samconfig.toml`, so this is `sam deploy` without any options:

# %%
service.deploy()

# %%
twelve = service.process(quantity=12)
twelve

# %%
service.stored(twelve)

# %% [markdown]
# The reservation's id is also the name of its execution. So whoever sends the same reservation again starts nothing, as
# long as Lambda keeps the history (here, seven days after the execution ends). Other content under the same name is an error.
#
# **Predict first:** how many invocations will the history have now?

# %%
again = service.process(twelve, quantity=12)
again.invocations

# %% [markdown]
# Two, as before: it is the same execution.
#
# ## Clean up
#
# **Predict first:** the stack of your service will be deleted. What should be left of it?

# %%
service.clean_up()

# %% [markdown]
# The table with its reservations: the template says `DeletionPolicy: Retain`. In production, nobody wants to lose their customers'
# reservations because of one command. The bucket is SAM CLI's own. Here, you can delete the table, too:

# %%
service.clean_up(tables=True)

# %% [markdown]
# ## Take it with you
#
# Copy `my-work/shop/` to wherever you keep your code, and follow its README. To let its pipeline deploy, you need a role that GitHub may assume
# ([OIDC](https://docs.github.com/en/actions/deployment/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services)), and two repository variables, `AWS_ROLE_ARN` and `AWS_REGION`. Also set `AlarmTopicArn`, in `samconfig.toml` with `parameter_overrides = "AlarmTopicArn=arn:aws:sns:…"`: without
# a topic, an alarm notifies nobody. Two things are left for you: recovery, as in notebook 07 (here, a stopped execution undoes nothing, and its event is in the dead-letter queue), and a
# second account, in which the pipeline deploys and makes one reservation before production.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Your function works on the local cloud. On AWS, a policy allows it to checkpoint executions of `arn:aws:lambda:us-east-2:111122223333:function:shop-processor`. What happens?**
#
# - [ ] It works: that is its ARN. :: It is the unqualified one. An execution belongs to a version, and its ARN says which.
# - [x] Every checkpoint is denied. :: The ARN of what is checkpointed continues after the function's name. The policy needs `:*` at its end.
# - [ ] Lambda asks for the alias. :: That is what Lambda tells callers. If no policy matches, the call is denied.
#
# **2. You have an ordinary function in production and want to make it durable. What do you do?**
#
# - [ ] Add `DurableConfig` to its template, and deploy. :: It can only be set when a function is created. CloudFormation would replace the function, or refuse.
# - [ ] Add `@durable_execution` to its handler. :: The decorator needs an event that only a durable function gets.
# - [x] Make a new function with `DurableConfig`, and send new work to it. :: The old one finishes what it has, and can be deleted after that.
#
# **3. A replay test fails, and the change is intended: the new sequence of operations is right. Executions are started through the alias. What do you do?**
#
# - [x] Deploy it, and record new histories. :: Executions in flight finish on their version. The old histories have done their work.
# - [ ] Delete the replay test. :: Then nobody notices the next change that is not intended.
# - [ ] Stop all executions first. :: The deployment does not affect them, and a stopped execution undoes nothing.

# %% [markdown]
# ## Recap
#
# - `target="aws"` sends the **same cells** to your account. Waits are real there, and so is the bill: clean up, and read what is left.
# - Name a **version or an alias** wherever you name a durable function. In a policy, write `:*` after its name.
# - A function is **durable from its creation**, or never.
# - `python -m workshop new` makes a service that is **yours**: tests, faults, replay tests, alarms, a pipeline. It contains nothing from the workshop.
# - A change that **fits** keeps the operations. One that does not fit needs a version of its own.
#
# That was the last notebook. What you have learned here about durable functions is on [one page of rules](../docs/rules.md). Now build something with it.
