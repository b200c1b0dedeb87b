# %% [markdown]
# # 09 · Ask a human
#
# A program decides on most orders. A few need a person, who answers in a minute, tomorrow, or never. Now an order waits for
# that person without a running function, and you decide what happens when nobody answers.
#
# - **You build**: an escalation, and a review that survives replay, silence, and an answer that cannot be read
# - **Time**: 30 minutes
# - **You need**: notebooks 04 and 07, or their ideas: waits, replay, refusals, undo steps
# - **Cost on AWS**: on the local cloud, nothing. In your own account, the few orders of this notebook cost less than a tenth of a cent each.

# %%
from workshop.notebook import begin, check, deploy, follow, heartbeats, hint, list_orders, orders
from workshop.notebook import partner_calls, reset, show_code, solution, stack, start_order

begin("09")

# %% [markdown]
# ## An order that waits for an answer
#
# The fraud check gives each order a risk score. Up to 59 the order goes on, and above 80 it is refused. In between, a person must
# look at it. A **callback** is an operation that stays open until somebody outside the function completes it:
#
# ```mermaid
# sequenceDiagram
#     accTitle: An order asks a person, and waits for the answer
#     accDescr: The execution creates a callback and gets its id. A step, the submitter, stores the id with the order and so asks for a review. Then no function runs. A person sends a decision to the order API. The API stores it, and completes the callback with the stored id. Lambda invokes the order processor again, which gets the answer and continues.
#     participant E as Execution of the order
#     participant T as Orders table
#     participant A as Order API
#     participant P as A person
#     E->>E: create a callback, get its id
#     E->>T: a step stores the id (it asks)
#     Note over E: no function runs
#     P->>A: POST /orders/{orderId}/review: approve
#     A->>T: store who decided what
#     A->>E: complete the callback with this id
#     Note over E: the next invocation gets the answer
# ```
#
# The finished application has such a review. The customer `cust-review` has a score of 70. `start_order` starts an order, and returns when
# the order waits:

# %% tags=["deploy"]
deploy()

# %%
risky = start_order(customer_id="cust-review")
for _order_id, status, _age, operation, waits_for in list_orders(operation="review-order").rows:
    print(status, operation, waits_for, sep=" · ")

# %% [markdown]
# The card is charged, the stock is held, and the order waits. Now you are the person. Approve it.
#
# **Predict first:** a colleague rejects the same order a moment later. Which of the two decisions counts, and how does the API respond to the
# other?

# %%
yours = orders.review(stack(), risky, "approve", by="Grace", note="A customer for years.")
theirs = orders.review(stack(), risky, "reject", by="Ada", note="Too many mugs.")
again = orders.review(stack(), risky, "approve", by="Grace", note="A customer for years.")
yours.status_code, theirs.status_code, theirs.json()["title"], again.status_code

# %%
approved = follow(risky)
print(len(approved.operations), "operations:", ", ".join(approved.operations[4:7]))

# %% [markdown]
# The first decision counts. The API stores it in the table by a conditional write, before it sends it to the callback. So two people cannot both be
# the first. And if a decision is lost on its way, the same person can send it again, with the same effect: the second `202`.
#
# The order has one more operation than others, `review-order`. It is a *context*: an operation that contains others, here two:

# %%
for inside in approved.run.find("review-order").children:
    print(f"{inside.name} ({inside.kind})")

# %% [markdown]
# `ctx.wait_for_callback` makes all three operations. It creates the callback, runs a function of yours, the **submitter**, as a step, and waits.
#
# ## Break it: ask outside a step
#
# There is a second way. `ctx.create_callback` only creates the callback, and asking is up to you. A colleague likes it, because it is shorter, and sends an email
# to the reviewers:

# %% tags=["given"] module="risk"

# %% module="risk" part="true" differs="review_order"
def review_order(ctx: DurableContext, order: Order, score: int) -> None:
    """Ask by email, and wait for the answer. It looks right."""
    callback = ctx.create_callback(name="review-order", config=REVIEW)
    execution = store.name_of(ctx.execution_context.durable_execution_arn)
    reviewing.ask(order["orderId"], execution, callback.callback_id, f"a score of {score}")
    text = f"Review order {order['orderId']}: its risk score is {score}."
    partners.send_email(order["orderId"], "reviewers@example.com", "review", text)
    if not reviewing.approves(callback.result()):
        raise Refused("a person rejected the order", by="review-order")

# %% tags=["deploy"]
deploy()

# %% [markdown]
# **Predict first:** you approve the order once. How many times does the code send the email?

# %%
risky = start_order(customer_id="cust-review")
orders.review(stack(), risky, "approve", by="Grace", note="A customer for years.")
emailed = follow(risky)
asked = {record: times for record, times, _kept in partner_calls(emailed).rows}
print(f"{emailed.invocations} invocations, and the email was sent {asked['email#review']} times")

# %% [markdown]
# One for each invocation: the code between `create_callback` and `result()` runs again in every replay. The last email was sent when the
# parcel was about to leave. (Our email service recognizes the idempotency key and delivers one. Most do not.)
#
# So the question belongs in a step, which later replays skip. With `wait_for_callback`, it is always in one. Like every step, the submitter runs *at least* once, so it must be safe to
# repeat: `reviewing.ask` stores the same callback id again.
#
# ## Break it: nobody answers
#
# The second fault of this code shows up when nobody answers. The parameter `ReviewSeconds` says how long a review may take. Its default is 20 hours. Deploy the same
# code with a limit of five seconds:

# %% tags=["deploy"]
deploy(ReviewSeconds=5)

# %% [markdown]
# **Predict first:** what will the customer read, and how will the execution end?

# %%
silence = follow(start_order(customer_id="cust-review"))
order = orders.get(stack(), silence.order_id)
print(silence.state, silence.error, sep=": ")
print(order["status"], order["errorMessage"], sep=": ")
print(silence.operations[6:])

# %% [markdown]
# The customer got the money back, which is good. But `callback.result()` raised a `CallbackTimeoutError`, and the code did not catch it. So the saga took silence for a
# **technical fault**. The execution failed, an alarm rings at night, and the customer reads about a problem that nobody had.
#
# Silence is not a fault. Decide in your code what it means.
#
# (These five seconds were real. The local cloud skips waits. It does not skip the time of a callback, because somebody must be able to answer.)
#
# ## Exercise 9a · Decide what silence means
#
# Here is the review with `wait_for_callback`. `submit` is the submitter. Complete the code in two places:
#
# - `ask_a_person` returns the answer. For a `CallbackTimeoutError` it returns `None`. A `CallbackExternalError` means that
#   somebody completed the callback as *failed*. Refuse the order then: `raise Refused(TEXT, by="review-order")`. The text is for
#   operators, so it differs from the text of a rejection.
# - `review_order` refuses the order in the same way if there is no answer, and if the answer does not approve it. `reviewing.approves(answer)` says whether it does.
#
# Catch only these two errors. A question that could not be asked is neither silence nor a refusal: such an order fails.
#
# (`CallbackSubmitterError` means that the question could not be asked. That code is given. `REPLACED` says that another execution owns the order now, as in notebook 07, so this
# one must not refuse it. `@operation(name)` gives the submitter its name in the sandbox.)

# %% tags=["given"] module="risk"

# %% module="risk" part="true" exercise="9a" differs="review_order"
def review_order(ctx: DurableContext, order: Order, score: int) -> None:
    """Wait until a person has approved the order. Silence is a no."""
    answer = ask_a_person(ctx, order, score, "review-order", REVIEW)
    # BEGIN SOLUTION
    if answer is None:
        raise Refused("nobody reviewed the order in time", by="review-order")
    if not reviewing.approves(answer):
        raise Refused("a person rejected the order", by="review-order")
    # STUB
    # # TODO: refuse the order if nobody answered, and if the answer does not approve it
    # END SOLUTION


def ask_a_person(
    ctx: DurableContext, order: Order, score: int, name: str, config: WaitForCallbackConfig
) -> str | None:
    """Wait until somebody has answered, and return the answer; return None if nobody does."""
    execution = store.name_of(ctx.execution_context.durable_execution_arn)
    why = f"the risk score of {score} is between {REVIEW_SCORE} and {HIGHEST_SCORE}"

    @operation(name)
    def ask(_context: WaitForCallbackContext, order: Order, callback_id: str) -> None:
        is_escalated = name == "escalate-review"
        reviewing.ask(order["orderId"], execution, callback_id, why, is_escalated=is_escalated)

    def submit(callback_id: str, context: WaitForCallbackContext) -> None:
        ask(context, order, callback_id)

    try:
        # A completion without a result is an answer, too; None means that nobody answered.
        return ctx.wait_for_callback(submit, name=name, config=config) or ""
    # BEGIN SOLUTION
    except CallbackTimeoutError:
        return None
    except CallbackExternalError as error:
        raise Refused(f"the review failed: {error}", by="review-order") from None
    # STUB
    # # TODO: return None for a CallbackTimeoutError, and refuse for a CallbackExternalError
    # END SOLUTION
    except CallbackSubmitterError as error:
        if str(error) != reviewing.REPLACED:
            raise
        raise Refused(str(error), not_ours=True) from None

# %%
check("9a")
# hint("9a")

# %% tags=["deploy"]
deploy(ReviewSeconds=5)

# %% [markdown]
# **Predict first:** nobody answers this time, either. What differs for the customer, and for whoever is on call?

# %%
silence = follow(start_order(customer_id="cust-review"))
order = orders.get(stack(), silence.order_id)
print(silence.state)
print(order["status"], order["errorMessage"], sep=": ")

# %% [markdown]
# The execution succeeded, because it has an answer: no. The money went back, and no alarm rings.
#
# What if an answer cannot be read? `approves` is strict. Everything that is not clearly a yes is a no:

# %%
show_code("reviewing", "approves")

# %% [markdown]
# ## A heartbeat: a sign of life
#
# Sometimes you wait for work, not for a decision: a file is scanned for an hour, or a person has the order open on a page. A long time limit is
# not enough then. If the scanner dies in the first minute, you notice it an hour later.
#
# A **heartbeat** says "I am still working". With `heartbeat_timeout`, the callback times out when no heartbeat has come for that long, whatever the time limit of the
# callback is. In this experiment the limit is 20 hours, and a reviewer's page must send a heartbeat at least every eight seconds:

# %% tags=["given"] module="risk"

# %% module="risk" part="true" differs="review_order"
from aws_durable_execution_sdk_python.config import Duration, WaitForCallbackConfig


def review_order(ctx: DurableContext, order: Order, score: int) -> None:
    """Wait for a reviewer, as long as their page says that it is open. An experiment."""
    config = WaitForCallbackConfig(
        timeout=Duration.from_hours(20), heartbeat_timeout=Duration.from_seconds(8)
    )
    answer = ask_a_person(ctx, order, score, "review-order", config)
    if answer is None:
        raise Refused("the reviewer has gone", by="review-order")
    if not reviewing.approves(answer):
        raise Refused("a person rejected the order", by="review-order")

# %% tags=["deploy"]
deploy()

# %% [markdown]
# The page is open for ten seconds, and sends a heartbeat every two seconds. Then somebody closes it.
#
# **Predict first:** when will the callback time out?

# %%
risky = start_order(customer_id="cust-review")
heartbeats(risky, seconds=10)
print("after ten seconds:", orders.get(stack(), risky)["status"])

# %%
gone = follow(risky)
print(gone.state, gone.result["fault"], sep=": ")
print(gone.run.find("review-order").error)

# %% [markdown]
# Eight seconds after the last heartbeat, and not after 20 hours. A heartbeat completes nothing and carries no data. Only the service that does the work should send it,
# from the place where the work happens. A separate timer would send heartbeats even when the worker hangs. On AWS the sender needs the
# permission `lambda:SendDurableExecutionCallbackHeartbeat` for the executions of this function.
#
# ## Exercise 9b · Escalate
#
# If you refuse an order because nobody answered for 20 hours, you may lose a customer. So ask somebody else first: when the time limit of `REVIEW` is over, ask again, in an operation named `escalate-review` with
# `ESCALATION` as its limit. `reviewing.ask` then counts it in a metric, and an alarm calls somebody. Refuse the order only if that person is silent, too.
#
# Each question has a callback of its own. So an answer to the first question that comes too late cannot complete the second callback by mistake.

# %% tags=["given"] module="risk"

# %% module="risk" part="true" exercise="9b"
def review_order(ctx: DurableContext, order: Order, score: int) -> None:
    """Wait until a person has approved the order. Silence is escalated, and then it is a no.

    The money is already taken, so nobody may wait without a limit.
    """
    answer = ask_a_person(ctx, order, score, "review-order", REVIEW)
    # BEGIN SOLUTION
    if answer is None:
        answer = ask_a_person(ctx, order, score, "escalate-review", ESCALATION)
    # STUB
    # # TODO: if nobody answered, ask again, as escalate-review
    # END SOLUTION
    if answer is None:
        raise Refused("nobody reviewed the order in time", by="review-order")
    if not reviewing.approves(answer):
        raise Refused("a person rejected the order", by="review-order")

# %%
check("9b")
# hint("9b")

# %% tags=["deploy"]
deploy(ReviewSeconds=5)

# %% [markdown]
# **Predict first:** nobody answers for five seconds, and then Linus approves. How many operations does this order have?

# %%
risky = start_order(customer_id="cust-review", until="escalate-review")
answer = orders.review(stack(), risky, "approve", by="Linus", note="I called the customer.")
escalated = follow(risky)
print(answer.status_code, len(escalated.operations), escalated.operations[4:8])

# %% [markdown]
# 19: the usual 17, and two questions. Whoever reads this history later sees that the first was not answered.
#
# ## The customer cancels
#
# While an order waits for a person, its customer may give up. Deploy with the real limits (`deploy()` sets each parameter that you do not name to its default), and cancel an
# order that waits.
#
# **Predict first:** a minute later Grace approves it, because she still has its page open. What happens to the money?

# %% tags=["deploy"]
deploy()

# %%
risky = start_order(customer_id="cust-review")
cancelled = orders.cancel(stack(), risky)
late = orders.review(stack(), risky, "approve", by="Grace", note="A customer for years.")
print(cancelled.status_code, late.status_code, late.json()["detail"])

# %%
order = orders.wait(stack(), risky)
print(order["status"], order["errorMessage"], sep=": ")
print(follow(risky).state, follow(risky + "-r1").operations, sep=": ")

# %% [markdown]
# The money goes back, and Grace's approval gets a `409`. The API took over the order with one conditional write, and stopped the execution that waited. That closed its callback.
# A successor, with `-r1` in its name, undid the order, as in notebook 07.
#
# ## Who may answer
#
# Whoever has a callback's id, and the permission to use it, can decide on the order. Look at these five habits. Each was found in samples that
# people copy:
#
# | habit | what goes wrong | here |
# |---|---|---|
# | links in an email: *approve*, *reject* | an email scanner opens each link, and so approves the order | a `POST` with a body |
# | the callback's id in such a link | everybody who sees the email, or a log of URLs, can answer | the id stays in the table, and the API looks it up |
# | no clear answer means yes | a typo ships the parcel | what is unclear is a no |
# | the callback has no timeout | the order waits until its `ExecutionTimeout`, and the shop keeps the money | 20 hours, then four |
# | `Resource: "*"` in the permission to complete callbacks | one function can answer for all others | the order API may do it, only for executions of the order processor |
#
# One thing is left for you: the API has one kind of key. In your company, reviewers sign in, and `/review` gets an authorizer of its own, a function that decides who may call.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. A handler calls `create_callback`, sends an email, and calls `result()`. The order waits twice more, later. How many emails are sent?**
#
# - [ ] One, because the callback is created once. :: The callback is an operation. The email is not: it is code between two operations.
# - [ ] Two: one before the answer, and one after it. :: After each later wait the handler runs from its first line, too.
# - [x] Four: one in each invocation. :: Each replay runs the code between operations again. Later replays would skip a step.
#
# **2. A callback has a time limit of a day and a heartbeat limit of a minute. A heartbeat comes every 30 seconds, but no result. What happens?**
#
# - [x] It times out after a day. :: Heartbeats restart the second limit. Nothing restarts the first one.
# - [ ] It stays open as long as heartbeats come. :: The time limit of the callback counts from its start.
# - [ ] It times out after a minute. :: It would, if no heartbeat came for a minute.
#
# **3. Grace approves an order, and the API's response is lost. She clicks again. What should the API do?**
#
# - [ ] Return an error: the review is over. :: Then she does not know whether her decision was accepted.
# - [x] Accept the same decision again, and refuse another one. :: The decision is stored before it is sent, so a repeated request sends it once more, and two different decisions cannot both win.
# - [ ] Ask the execution. :: It might not be invoked for hours. The table knows.

# %% [markdown]
# ## Recap
#
# - A **callback** waits for somebody outside, without a running function. `wait_for_callback` runs the **submitter** as a step. Code between
#   `create_callback` and `result()` runs in every replay.
# - Give each callback a **time limit**, and decide what **silence** means. It is an answer, not a fault.
# - A **heartbeat** reveals a dead worker long before the time limit does.
# - **Escalate** with a second callback. Store a decision before you send it, and let the first one win.
#
# Your order can now wait for a person as it waits for a warehouse, and it ends whether the person answers or not.
#
# Next: [10 · Fan out](10_fan_out.ipynb)
