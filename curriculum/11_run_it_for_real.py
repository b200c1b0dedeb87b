# %% [markdown]
# # 11 · Run it for real
#
# Your order system works, and it is tested. Now other people depend on it. You deploy while orders wait, find out why an
# order failed, repair it, and say what a million orders a month cost.
#
# - **You build**: a change that orders in flight survive, and a diagnosis of six broken executions
# - **Time**: 35 minutes
# - **You need**: notebooks 04 and 07, or their ideas: replay, versions, aliases, undo steps, recovery
# - **Cost on AWS**: on the local cloud, nothing. In your own account, the few orders of this notebook cost less than a tenth of a cent each.

# %%
from workshop.notebook import begin, broken_run, check, clean_up, deploy, follow, hint
from workshop.notebook import list_orders, orders, partner_calls, pause, real_time, redrive
from workshop.notebook import replay, reset, resume, solution, stack, start_order, what_if

begin("11")

# %% [markdown]
# ## Who finishes an order
#
# An execution can end before its order does. The order must then not be left behind, whatever the cause:
#
# ```mermaid
# flowchart LR
#     accTitle: Who finishes an order when its execution does not
#     accDescr: An execution that is stopped, times out, or fails sends an event. The event starts recovery, and so does a schedule every five minutes. Recovery takes the order over and starts a successor, which undoes the order or brings it to its end. If recovery fails three times, the event goes to the dead-letter queue, and an alarm calls a person. An order that can no longer be undone waits for a person, who starts it again with redrive.
#     execution["execution ends as<br>stopped, timed out, failed"] -- event --> recovery[recovery]
#     schedule[every five minutes] --> recovery
#     recovery -- starts --> successor["successor:<br>undo, or bring to the end"]
#     recovery -- fails three times --> queue[dead-letter queue] -- alarm --> person((a person))
#     successor -- cannot go on --> waits[order waits for a person] -- alarm --> person
#     person -- redrive --> successor
# ```
#
# You know the left half of this picture from notebook 07: if an execution is stopped, times out, or fails, recovery takes over its order. Here you
# meet the right half, where a person comes in. Set the warehouse's wait to 30 seconds:

# %% tags=["deploy"]
deploy(WarehouseWaitSeconds=30)

# %% [markdown]
# ## Deploy while orders wait
#
# Notebook 04 showed what pins an order to its version. Now work as an operator does: look first, then deploy.
#
# Two orders wait for the warehouse. The first was started through the alias `live`, as the order API does. The second was started by
# `$LATEST`, as some forgotten script does. `pause` keeps an order where it is: a wait may end, but Lambda does not invoke the
# function until you `resume` the order. So nothing happens while you work.

# %%
with real_time():
    pinned = start_order(until="warehouse-processing")
    pause(pinned, "a deployment")
    latest = start_order(until="warehouse-processing", qualifier="$LATEST")
    pause(latest, "a deployment")

# %% [markdown]
# `list_orders` returns a table of what runs, for how long, and what it waits for. Here are three columns, for the orders that are paused:

# %%
for _order_id, status, _age, operation, waits_for in list_orders("paused").rows:
    print(status, operation, waits_for, sep=" · ")

# %% [markdown]
# Now the change. The warehouse wants to know how many items an order has before they are picked. A colleague adds a step,
# `count-items`. (`review_order` lets a person look at a risky order, as in notebook 09. No order here needs it.)


# %% module="workflow" part="true" differs="run_operations"
def run_operations(event: dict[str, Any], ctx: DurableContext, saga: Saga) -> dict[str, Any]:
    """Run the 17 operations, and one more."""
    # Phase 1: validation
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    ctx.logger.info("order validated", extra={"totalCents": order["totalCents"]})

    # Phase 2: payment
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    with saga.undo("refund-payment", refund_payment(order)):
        agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    with saga.undo("release-inventory", release_inventory(order)):
        agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))
    ctx.step(lambda _step: len(order["items"]), name="count-items", config=STORE)

    # Phase 3: risk
    fraud = agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    if "needsReview" in fraud:
        review_order(ctx, order, fraud["score"])
    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    ctx.logger.info("order paid and accepted")
    return deliver(order, ctx, saga)


# %% [markdown]
# `replay` shows before the deployment what would happen after it. It runs the code in `my-work/app/` against the history of an
# order, and runs no operation. (A replay test of notebook 08 does the same with files, for every deployment.)

# %%
replay(latest)

# %% [markdown]
# A careful operator stops here. You deploy anyway, to see it.
#
# **Predict first:** both orders have the same history, and the new code does not fit it. What happens to each of them?

# %% tags=["deploy"]
deploy(WarehouseWaitSeconds=30)

# %%
resume(pinned)
resume(latest)
follow(pinned)

# %% [markdown]
# The order that the alias started ended as it began: with 17 operations, and the old code. A deployment cannot reach it. And the other?

# %%
failed = follow(latest)
print(failed.state, failed.error, sep=": ")

# %% [markdown]
# It failed before it did anything else, and the error names both operations. But the customer had paid. Recovery is on, so the failure sent
# an event that started recovery. The execution that took the order over, its *successor*, has the order's name with `-r1` at its end:

# %%
ended = orders.wait(stack(), latest)
print(ended["status"], ended["errorMessage"], sep=": ")
follow(latest + "-r1").operations

# %% [markdown]
# The order survived its execution: money and stock went back, and the customer can read why. Nobody had to notice. The successor was started by
# the alias, so it had the new code from its first line.
#
# Pinning has a disadvantage. A deployment does not *repair* an order in flight, either: if the old version has a bug, a pinned order
# runs into it, perhaps days after your fix. You have three options:
#
# - **Let it fail.** The saga undoes the order, and the customer orders again.
# - **Stop it with a reason.** Recovery undoes it at once, with the new code (or brings it to its end, if the parcel has left).
# - **Pause it** while you think. The timeout of its execution is paused, too. The time limits of its callbacks are not, and new orders still start.
#
# A *rollback* is the same in the other direction: moving the alias back helps only new orders. Find the orders that have begun since the deployment (`list_orders("running")`), pause them, and
# stop those that must not continue.
#
# ## Exercise 11a · A change that fits
#
# The script with `$LATEST` cannot be corrected this week, and `count-items` cannot wait. So the change must fit orders that
# began without it.
#
# Other frameworks have a call for this, such as `getVersion` or `patched`, which writes a marker into the history. This SDK has none: the condition is your own code.
# A handler may base a decision on anything that is the same in every replay: its event, and the results of steps. `validate-order`
# returns the time at which the order was created, in `order["createdAt"]`, such as `"2026-12-24T18:30:00.000Z"`. Such strings, in UTC,
# sort in the same order as their times, and `"2027-01-01"` sorts before every time of that day.
#
# Run `count-items` only for orders that were created on January 1, 2027, or later. You deploy before that day, so every order that is in flight
# at that time is older. (If you read this later, imagine that it is 2026.) The check processes four orders: one from 2026, one from 2026 that
# is replayed in 2027, one from 2027, and one from 2031.


# %% module="workflow" part="true" differs="run_operations" exercise="11a"
def run_operations(event: dict[str, Any], ctx: DurableContext, saga: Saga) -> dict[str, Any]:
    """Run the 17 operations, and one more for the orders of 2027 and later."""
    # Phase 1: validation
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    ctx.logger.info("order validated", extra={"totalCents": order["totalCents"]})

    # Phase 2: payment
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    with saga.undo("refund-payment", refund_payment(order)):
        agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    with saga.undo("release-inventory", release_inventory(order)):
        agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))
    # BEGIN SOLUTION
    if order["createdAt"] >= "2027-01-01":
        ctx.step(lambda _step: len(order["items"]), name="count-items", config=STORE)
    # STUB
    # # TODO: only for orders that were created on January 1, 2027, or later
    # ctx.step(lambda _step: len(order["items"]), name="count-items", config=STORE)
    # END SOLUTION

    # Phase 3: risk
    fraud = agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    if "needsReview" in fraud:
        review_order(ctx, order, fraud["score"])
    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    ctx.logger.info("order paid and accepted")
    return deliver(order, ctx, saga)


# %%
check("11a")
# hint("11a")

# %% [markdown]
# Keep the condition as long as old orders are in flight, and then remove it. If all orders are started through an alias, you do not
# need it. Take the step out again, and deploy, with the waits as they were:


# %% module="workflow" part="true"
def run_operations(event: dict[str, Any], ctx: DurableContext, saga: Saga) -> dict[str, Any]:
    """Run the 17 operations. Each `with saga.undo(...)` says how to undo what is inside it."""
    # Phase 1: validation
    order: Order = agreed(ctx.step(validate_order(event), name="validate-order", config=STORE))
    ctx.logger.info("order validated", extra={"totalCents": order["totalCents"]})

    # Phase 2: payment
    agreed(ctx.step(check_inventory(order), name="check-inventory", config=WAREHOUSE))
    with saga.undo("refund-payment", refund_payment(order)):
        agreed(ctx.step(process_payment(order), name="process-payment", config=PAYMENT))
    with saga.undo("release-inventory", release_inventory(order)):
        agreed(ctx.step(reserve_inventory(order), name="reserve-inventory", config=WAREHOUSE))

    # Phase 3: risk
    fraud = agreed(ctx.step(fraud_check(order), name="fraud-check", config=PARTNER))
    if "needsReview" in fraud:
        review_order(ctx, order, fraud["score"])
    agreed(ctx.step(credit_check(order), name="credit-check", config=PARTNER))
    ctx.step(generate_invoice(order), name="generate-invoice", config=STORE)
    ctx.logger.info("order paid and accepted")
    return deliver(order, ctx, saga)


# %% tags=["deploy"]
deploy()

# %% [markdown]
# ## What calls a person
#
# In most cases, recovery repairs an order. Alarms say when to look. The template has seven:

# %%
alarms = stack().target.client("cloudwatch").describe_alarms(AlarmNamePrefix=stack().name)
for alarm in alarms["MetricAlarms"]:
    print(alarm["AlarmName"], f"    {alarm['AlarmDescription']}", sep="\n")

# %% [markdown]
# Four of them are about orders. `person-called` and `order-not-recovered` mean that an order needs somebody. `order-failed` and `order-timed-out` ring for each order that fails or times out, even when the saga or
# recovery has undone the order: look at them in the morning. The other three are about the service. (An alarm
# needs metrics, which the local cloud does not collect, so it rings only on AWS. There, `deploy(AlarmTopicArn="…")` names an
# [SNS topic](https://docs.aws.amazon.com/sns/latest/dg/welcome.html), and SNS sends an email or calls the device of whoever is on duty. An alarm notifies when its *state* changes: five orders in one minute cause one message.)
#
# `order-not-recovered` looks at the **dead-letter queue**. Lambda gives the recovery function three attempts for an event, and then puts the event
# there instead of losing it. If the queue is not empty, repair the cause, start the order again with `redrive`, and delete the message. It should be empty:

# %%
sqs = stack().target.client("sqs")
queue = sqs.get_queue_url(QueueName=f"{stack().name}-order-recovery-dead-letters")["QueueUrl"]
found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
found["Attributes"]["ApproximateNumberOfMessages"]

# %% [markdown]
# And `order-failed`? The next order would make it ring: the loyalty program is unavailable when the parcel has left. After the
# pivot nothing is undone, so the order waits for a person.
#
# **Predict first:** the loyalty program works again (the card causes the fault only in the first execution), and the person starts the order again with `redrive`. Which operations will
# the new execution run? What will it send to the customer a second time?

# %%
stuck = follow(
    orders.submit(stack(), orders.example(payment_token="tok_down_update-loyalty-points"))
)
redrive(stuck).operations

# %%
partner_calls(stuck)

# %% [markdown]
# `redrive` starts a new execution under a new name, because Lambda has no call to start an ended execution again. The new one asks the
# carrier, learns that the parcel has left, and goes forward. `send-notifications` runs again, with the same idempotency keys, so the email service is asked twice, recognizes the keys, and sends nothing the second time. (Most email services do not: there, the customer gets the message a second time.)
# `python -m workshop redrive` lists all orders that wait for a person, since when, and why.
#
# ## Six broken executions
#
# Your phone rings at night, and all you have is a history. These six executions are from other teams. Each failed in a different
# way. `broken_run` shows one, event by event, and the error with which it ended:

# %%
broken_run("A")

# %%
broken_run("B")

# %%
broken_run("C")

# %%
broken_run("D")

# %%
broken_run("E")

# %%
broken_run("F")

# %% [markdown]
# ## Exercise 11b · Diagnose them
#
# Give each execution one of these words. Two of the words are left over.
#
# | word | what happened |
# |---|---|
# | `"callback"` | nobody completed a callback, and the code does not handle that |
# | `"clock"` | the handler read a clock outside a step |
# | `"interrupted"` | the process died in a step that has one attempt, and may run at most once |
# | `"partner"` | a partner was unavailable for longer than the retries lasted |
# | `"renamed"` | new code replayed the history of an order in flight |
# | `"timeout"` | a step takes longer than one invocation may |
# | `"too-large"` | a result was larger than a payload may be |
# | `"two-owners"` | another execution had taken over the order |

# %% exercise="11b"
# BEGIN SOLUTION
diagnosis = {
    "A": "interrupted",
    "B": "clock",
    "C": "partner",
    "D": "callback",
    "E": "timeout",
    "F": "renamed",
}
# STUB
# diagnosis = {
#     "A": "TODO",
#     "B": "TODO",
#     "C": "TODO",
#     "D": "TODO",
#     "E": "TODO",
#     "F": "TODO",
# }
# END SOLUTION

# %%
check("11b")
# hint("11b")

# %% [markdown]
# The step of execution A has two settings, `StepConfig(step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY, retry_strategy=RetryPresets.none())`. With the first
# one, a step whose process dies does not run again in the same attempt: the attempt fails with a `StepInterruptedError`. The retry strategy then decides whether there is another attempt,
# and the default one makes up to six. Only with both settings does the code run at most once. You need that if nobody can tell whether the work was done.
#
# On AWS you read the same with the AWS CLI, or in the console, on the function's *Durable executions* tab:
#
# | here | AWS CLI |
# |---|---|
# | `list_orders("running")` | `aws lambda list-durable-executions-by-function --function-name NAME --statuses RUNNING` |
# | `broken_run`, `follow` | `aws lambda get-durable-execution-history --durable-execution-arn ARN` |
# | `pause`, `resume` | `aws lambda pause-durable-execution`, `resume-durable-execution` |
# | stop | `aws lambda stop-durable-execution`, and recovery begins |
# | logs | in Logs Insights: `fields @timestamp, level, message \| filter orderId = 'ord-…' \| sort @timestamp` |
#
# ## What a history reveals about people
#
# A history stays for days after its execution has ended. Everybody who may read it sees each payload: the input, and every
# result. So personal data belongs in the table, where you can delete it, and the history needs only the order's id.
#
# **Predict first:** the customer gets an email. In which events of the history is the email address?

# %%
done = follow(orders.submit(stack(), orders.example()))
history = (
    stack()
    .target.client("lambda")
    .get_durable_execution_history(DurableExecutionArn=done.run.arn, IncludeExecutionData=True)
)
holders = [e for e in history["Events"] if "ada@example.com" in str(e)]
print(f"{len(holders)} of {len(history['Events'])} events contain the email address")
for event in holders:
    print(event["EventType"], event.get("Name"), sep=": ")

# %% [markdown]
# In none, for orders that come through the API. (The import of notebook 10 passes whole orders, so its histories contain addresses.) The order API starts an execution with nothing but `{"orderId": …}`, and `validate-order` returns ids, quantities, and cents. A step that
# needs the address reads it from the table, inside the step, and returns only what later operations use.
#
# What must stay in a history can be encrypted with a key of your own, by the setting
# [`KMSKeyArn`](https://docs.aws.amazon.com/lambda/latest/dg/durable-encryption.html) of `DurableConfig`. `record` of notebook 08 replaces
# the email address, phone number, and card token before it saves a file. And deleting an execution does not delete its log lines.
#
# ## A million orders a month
#
# `what_if` multiplies what one order has used by AWS's prices.
#
# **Predict first:** the warehouse needs a whole day instead of five minutes. How much more do a million orders cost?

# %%
usage = what_if(done, waits={"warehouse-processing": 86_400}, orders_a_month=1_000_000)
for what, now, then in usage.rows:
    if ", a month" in what:
        print(f"{what}: {now}, with a day of waiting: {then}")

# %% [markdown]
# Almost nothing: only the data is kept a day longer. Most of the bill is for **operations**, so a map over
# 1,000 items costs more than a wait of a week. Compute was measured on this machine; on AWS, with slower partners, it
# can be the largest part. And this is Lambda's part of the bill: DynamoDB (an order makes some 30 writes), API Gateway, and CloudWatch come on top. `what_if(done)` shows the whole table, with quotas and the date of the prices, and the page
# [Orders in flight](../docs/executions.md) describes its options.
#
# ## Two tools that you will meet
#
# - **Traces.** AWS has a [plugin for OpenTelemetry](https://docs.aws.amazon.com/durable-execution/sdk-reference/observability/opentelemetry/)
#   that joins all invocations of an execution into one trace, with a span for each operation. In November 2026 AWS called it
#   experimental, and not recommended for production. The template turns it on with one parameter, which
#   [Running it on AWS](../docs/operations.md) explains.
# - **Powertools idempotency.** Early versions of this decorator mistook a replay for a duplicate, and refused it
#   ([issue 7762](https://github.com/aws-powertools/powertools-lambda-python/issues/7762)). It now lets a replay pass. You
#   rarely need it if the caller names the execution. A queue, a stream, and a chained invoke do not give a name: there, use it, or a key of your own, as in notebook 10.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. A bug in `package-order` is fixed and deployed. An order that the alias started earlier waits for the warehouse. Which code packs it?**
#
# - [ ] The new code: the alias points to it now. :: Lambda resolved the alias when the order started. The alias may move; the order does not.
# - [x] The old code. :: The order is pinned to its version. To spare it the bug, stop it with a reason, and recovery undoes it with the new code.
# - [ ] None: the order fails with `NonDeterministicExecutionError`. :: That happens if new code replays the order, as with `$LATEST`.
#
# **2. A handler must decide whether an order takes a new path. What may it base the decision on?**
#
# - [ ] `datetime.now()`, because the new path begins at a date. :: The clock differs between invocations. An order that is replayed after that date would change its path.
# - [ ] An environment variable that you set when you deploy. :: A version keeps it, like `WAREHOUSE_WAIT` in notebook 04. But on `$LATEST` it changes for orders in flight, and they fail.
# - [x] The result of a step. :: It is checkpointed, so it is the same in every replay, whichever code asks.
#
# **3. An operator stops an execution that has charged a card. What happens to the money?**
#
# - [ ] The saga of the execution refunds it. :: The function is not invoked again, so its saga does not run.
# - [x] Recovery starts a successor, which refunds it. :: The stop sends an event. If the event is lost, the schedule finds the order.
# - [ ] It stays with the shop until the customer complains. :: That was so before recovery: a stop undoes nothing by itself.

# %% [markdown]
# ## Clean up
#
# What you have deployed is one stack. `clean_up(really=True)` deletes it with everything in it, orders included. On AWS, deleting a durable
# function may wait for its executions, so first stop the orders that still run, and wait until their successors have undone them. Then the cell lists what is left.

# %% tags=["nbval-ignore-output"] reason="the stack holds more if notebook 10 deployed it before"
clean_up()
# clean_up(really=True)

# %% [markdown]
# ## Recap
#
# - An order that an **alias** started ends with the code with which it began, its bugs included. **Replay** a history before you deploy, and base decisions only on
#   what is **checkpointed**.
# - **Pause** while you think, **stop** with a reason, **redrive** what waits for a person. Recovery does the rest; what it cannot do is in the
#   **dead-letter queue**, and an alarm calls you.
# - A history says how an execution broke: which operation was open, which error an invocation had, how long the pauses were.
# - Keep personal data out of histories. A wait costs almost nothing, and operations cost money.
#
# You can now answer the phone at night.
#
# Next: [12 · Your own](12_your_own.ipynb)
