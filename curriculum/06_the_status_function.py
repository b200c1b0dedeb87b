# %% [markdown]
# # 06 · The status function
#
# In notebooks 01 to 05 you started the durable function yourself. Customers use an API: they post an order, get an
# answer at once, and ask for its status later. You write what they see, post many orders at once, and buy the same two
# mugs twice.
#
# - **You build**: the status function behind `GET /orders/{orderId}`, and a client that can repeat a request safely
# - **Time**: 25 minutes
# - **You need**: notebooks 02 and 04, or their ideas: idempotency keys, statuses written by operations
# - **Cost on AWS**: on the local cloud, nothing. In your own account, all orders of this notebook together cost less than a cent.

# %%
from workshop.notebook import orders
from workshop.notebook import post_at_once, real_time
from workshop.notebook import begin, check, deploy, follow, hint, partner_calls
from workshop.notebook import reset, show_code, solution, stack, watch

begin("06")

# %% [markdown]
# ## Two functions, one table
#
# ![A client posts an order to a REST API. An ordinary function stores it and starts the durable order processor, which calls partners and writes each status to the Orders table. The client reads the status through the same API.](../docs/architecture.svg)
#
# An order takes eight minutes. No client can wait that long for an answer:
# [API Gateway](https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html) waits 29 seconds for a function
# by default. And Lambda refuses a synchronous invocation of a durable function whose `ExecutionTimeout` is longer than
# 15 minutes; ours is two weeks. So two functions share the work:
#
# - The **order API** is an ordinary function. It checks an order, stores it as `received`, starts the processor, and
#   returns `202 Accepted` with the order's id. That takes a moment.
# - The **order processor** is your durable function. It takes its eight minutes, and writes each status to the table.
#
# They share two things: the table, and the order's id.
#
# Could the order API ask Lambda for the execution history? Not for many customers:
# [Lambda's quota](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html) is 15 such requests per
# second. And a customer may not see all that an operator may see. **The operations write the status to your own table, and
# the API reads it there.** Each request is one fast read, no matter how many customers ask.
#
# The order API is given. This function handles `GET /orders/{orderId}`:

# %%
show_code("api", "get_order")

# %% [markdown]
# `store.load` reads the order from the table. `describe` converts it to what a customer sees. You write that part.
#
# ## Exercise 6a · What a customer sees
#
# This is what `store.load` returns for an order that is being processed. Amounts are in cents, and every
# number is a `Decimal`, because the boto3 resource interface returns numbers from DynamoDB that way:
#
# ```python
# {
#     "orderId": "ord-…", "status": "inventory-checked", "rank": Decimal(2),
#     "customerId": "cust-ada", "customerEmail": "ada@example.com",
#     "items": [{"productId": "sku-mug", "name": "Mug", "quantity": Decimal(2), "priceCents": Decimal(4599)}],
#     "totalCents": Decimal(9198), "createdAt": "…", "lastUpdated": "…",
#     "timeline": [{"status": "received", "at": "…"}, {"status": "validated", "at": "…"}, …],
# }
# ```
#
# Later it also has a `chargeId`, an `invoice`, and more. `describe` lists the fields that a customer gets, so that a
# field that is added to the table next year is not published by accident. `STATUSES` and `CLOSED` are in `contract.py`,
# `from_cents` is in `money.py`, and `_item` is in `status.py`, below `describe`. Three things are missing:
#
# - `total`: the amount with two decimals, as `from_cents` makes it. `from_cents` takes an `int` and returns a `Decimal`:
#   9198 gives 91.98. An order without a
#   `totalCents` has the total `None`.
# - `items`: each item as `_item(item)` describes it: product, name, quantity and price. An order without items has an
#   empty list.
# - `operations_done`: the dictionary `STATUSES` says how many operations are done at each status:
#   `STATUSES["awaiting-warehouse"]` is 7. `CLOSED` holds the statuses of an order that could not continue. Take the last
#   status of the timeline that is not in `CLOSED`: a rejected order shows how far it got. If there is none, the result is 0.

# %% tags=["given"] module="status"

# %% module="status" exercise="6a" part="true"
def describe(order: Mapping[str, Any]) -> dict[str, Any]:
    """The answer for a stored order; amounts are Decimals, times ISO 8601 in UTC.

    An order that was closed early shows how far it had come. One that was refused by the processor
    without ever being posted has no customer and no items.
    """
    total_cents = order.get("totalCents")
    return {
        "orderId": order["orderId"],
        "status": order["status"],
        "customerId": order.get("customerId"),
        "customerEmail": order.get("customerEmail"),
        # BEGIN SOLUTION
        "total": None if total_cents is None else from_cents(int(total_cents)),
        "items": [_item(item) for item in order.get("items", [])],
        # STUB
        # "total": total_cents,  # TODO: the amount with two decimals, or None
        # "items": [],  # TODO: each item as _item describes it
        # END SOLUTION
        "createdAt": order["createdAt"],
        "lastUpdated": order["lastUpdated"],
        "errorMessage": order.get("errorMessage"),
        "progress": {"done": operations_done(order), "of": len(OPERATIONS)},
        "timeline": [{"status": entry["status"], "at": entry["at"]} for entry in order["timeline"]],
    }


def operations_done(order: Mapping[str, Any]) -> int:
    """How many of the 17 operations the order has behind it."""
    # BEGIN SOLUTION
    reached = [entry["status"] for entry in order["timeline"] if entry["status"] not in CLOSED]
    return STATUSES[reached[-1]] if reached else 0
    # STUB
    # return 0  # TODO: what STATUSES say of the last status that is not one of CLOSED
    # END SOLUTION

# %%
check("6a")
# hint("6a")

# %% tags=["deploy"]
deploy()

# %% [markdown]
# ## Post an order
#
# `orders.post` sends an HTTP request to the API, with the API key of the stack, and returns the HTTP response:

# %%
answer = orders.post(stack(), orders.example())
answer.status_code, answer.json()["message"], answer.headers["Location"], answer.headers["Retry-After"]

# %% [markdown]
# `202` means: accepted, not done. `Location` says where to ask, and `Retry-After` how many seconds a client should wait
# between two questions. You can ask at once, because the API stored the order before it responded:

# %%
order_id = answer.json()["orderId"]
orders.get(stack(), order_id)["timeline"][0]["status"]

# %% [markdown]
# And while an order waits? On the local cloud, waits take no time, so that you would never see one. In the next cell they
# take their real time. (On AWS they always do, and `real_time` changes nothing.) The cell posts an order, and asks the API
# until the order waits for the warehouse.
#
# **Predict first:** does the processor have to run while you ask?

# %%
with real_time():
    waiting = orders.submit(stack(), orders.example())
    seen = orders.wait(stack(), waiting, until="awaiting-warehouse")
seen["status"], seen["progress"]

# %% [markdown]
# No. Lambda invoked the order API for a moment, and it read the table. The first invocation of the order processor has ended, and the next
# one starts after the wait. The status is in the table anyway.
#
# Let the first order finish. `follow` waits for the end of its execution:

# %%
len(follow(order_id).operations)

# %%
orders.get(stack(), order_id)

# %% [markdown]
# That is your `describe`, with every status since `received`. It shows nothing about the charge or the
# reservation. `total` is the price of the two mugs. The bank charged 99.34: the invoice adds 8% tax.
#
# ## Break it: the response is lost
#
# A customer presses *Buy*. The order arrives, but the response is lost, because the customer's train is in a tunnel. So the app posts the order
# again.
#
# **Predict first:** how many orders will there be?

# %%
order = orders.example(customer_id="cust-grace")
lost = orders.submit(stack(), order)  # nobody gets this answer
again = orders.submit(stack(), order)
lost == again

# %%
[orders.wait(stack(), each)["status"] for each in (lost, again)]

# %%
partner_calls(lost)

# %%
partner_calls(again)

# %% [markdown]
# Two orders, both completed, and each has a charge and two mugs. You know this from notebook 02, where your step asked
# the bank twice. Here a client asks *you* twice. The solution is the same: a request that can be **recognized** when it
# comes again.
#
# An HTTP request has a body, here the order, and **headers**: named lines of text about the request. Our API reads the header
# `Idempotency-Key`. The client makes a key when the customer presses *Buy*, and sends it with every attempt at that
# purchase:

# %%
key = f"purchase-after-{order_id}"  # any text that no other purchase has
first = orders.submit(stack(), order, idempotency_key=key)
second = orders.submit(stack(), order, idempotency_key=key)
first == second

# %% [markdown]
# One order. The same key with *another* order of the same customer is a client error, `422`:

# %%
other = orders.example(customer_id="cust-grace", quantity=3)
refused = orders.post(stack(), other, idempotency_key=key)
refused.status_code, refused.json()["title"], refused.json()["detail"]

# %% [markdown]
# Here is how the order API does it:

# %%
show_code("intake", "accept")

# %% [markdown]
# - `store.create` writes the order **and** its key in one transaction, both or neither, as notebook 05 did with points.
#   If the key exists, nothing is written, and `create` returns what is stored under it: the id of the earlier order.
# - A key belongs to one caller (the API key of the request) and one customer. Otherwise two customers who choose the same
#   text would meet in one order.
# - `_start` starts the processor. The execution's name is the order's id, and Lambda [starts a name only
#   once](https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html) while it keeps the history (7
#   days here; the table keeps an `Idempotency-Key` for 24 hours). Suppose the API dies after it stored the order,
#   before it started the processor. Then the client's next attempt starts it. It cannot be started twice.
# - The id consists of random digits that nobody can guess. It does not come from a clock.
#
# ## Exercise 6b · A client that can repeat a request
#
# Write the client's side. `place` posts one purchase. It gets three things:
#
# - `post(order, key)` posts the order and returns its id. It raises `ConnectionError` if no answer came, and
#   `ValueError` if the API refused the order.
# - `order`, the order to post.
# - `new_key()` makes a key that nobody has used before.
#
# After a `ConnectionError` try again, with **five attempts in total**. If no attempt gets a response, let your function raise the
# last `ConnectionError`. If the API refuses the order, do not try again.

# %% exercise="6b"
def place(post, order, new_key):
    """Post one purchase until an answer comes, at most five times, and return the order's id."""
    # BEGIN SOLUTION
    key = new_key()
    for _attempt in range(4):
        try:
            return post(order, key)
        except ConnectionError:
            continue
    return post(order, key)
    # STUB
    # return post(order, new_key())  # TODO: after a ConnectionError try again, with the right key
    # END SOLUTION

# %%
check("6b")
# hint("6b")

# %% [markdown]
# (A real client waits a little longer after each attempt. You may add that with `time.sleep`.)
#
# ## What the API does not accept
#
# An order can be wrong in many ways, and a client wants to know all of them at once:

# %%
mug = {"productId": "sku-mug", "name": "Mug", "quantity": 0, "price": 45.999}
bad = orders.post(stack(), {"customerId": "cust-ada", "customerEmail": "ada", "items": [mug]})
bad.status_code, bad.json()["type"], [error["detail"] for error in bad.json()["errors"]]

# %% [markdown]
# Every error of the API has the same form, [problem details](https://www.rfc-editor.org/rfc/rfc9457): a `type` by which
# programs decide, a `title` and a `detail` for people, and here all `errors`. `openapi.yaml` describes all of it.
#
# `400` says that the client must change something, and nothing was started. Prices have at most two decimals. The rules
# are those of `rules.py`, and `validate-order` applies them again, because the processor can also be started without
# the API, as you did in notebooks 01 to 05. One thing is still trusted: the price comes from the client. A real shop
# looks it up in its own catalog.
#
# For an id that does not exist, the API responds with `404`, and `orders.get` returns `None`:

# %%
print(orders.get(stack(), "ord-00000000000000000000000000000000"))

# %% [markdown]
# ## Many orders at once
#
# A dozen customers at once. Seven orders go well. Two have a card that is declined, for two the bank times out at
# first, and for one the process dies after the charge.
#
# **Predict first:** how will these twelve orders end? Will every status move forward only?

# %%
crowd = [
    *[orders.example() for _ in range(7)],
    *[orders.example(payment_token="tok_declined") for _ in range(2)],
    *[orders.example(payment_token="tok_timeout_process-payment") for _ in range(2)],
    orders.example(payment_token="tok_crash_after_process-payment"),
]
post_at_once(stack(), crowd)

# %% [markdown]
# The API accepted every order at once. Ten orders were completed, and two were rejected. While they ran, the
# cell asked the API for all of them again and again, and no customer ever saw a status go backwards.
#
# Send so many orders again, and watch them. This time the partners of the good ones take a second longer for each
# request, so that you can see something. Each line is an order, and each sign an operation: ✔ done, ▶ running, ⏸
# waiting, ↻ waiting for another attempt, ⊘ refused, ✘ failed, ○ to come:

# %%
happy, others = crowd[:7], crowd[7:]
slow = [orders.example(payment_token="tok_slow") for _ in happy]
watch([orders.submit(stack(), order) for order in slow + others])

# %% [markdown]
# Twelve orders are twelve executions, independent of each other. While one of them waits, for the warehouse or for the next
# attempt of a step, no function runs for it.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Why does `GET /orders/{orderId}` read a table, and not the execution's history?**
#
# - [x] Lambda allows few such requests per second, and a history holds more than a customer should see. :: The table is yours: it scales as you need, and it holds only what you store in it.
# - [ ] While an order waits it has no history. :: It has one at any time. The function does not run, but its history is kept.
# - [ ] The history of an execution can be read only when it has ended. :: An operator can read it at any time.
#
# **2. A client gets no answer to its POST. What should it do?**
#
# - [ ] Post again under a new Idempotency-Key. :: A new key is a new purchase. If the first post did arrive, there are two orders now.
# - [x] Post again under the same Idempotency-Key. :: If the first post arrived, the API returns the id of that order. If not, this post creates the order.
# - [ ] Nothing: an order that was posted will arrive. :: It may have been lost on its way.
#
# **3. The order API stored an order and its key, and died before it started the processor. The client posts again under the same key. What happens?**
#
# - [ ] The client gets the id of an order that nobody will ever process. :: The order API sees that the order is still `received`, and starts it.
# - [ ] A second order is made. :: The key is in the table, so nothing is stored a second time.
# - [x] The stored order is started, and its id is returned. :: The name of the execution is the order's id, so Lambda starts it once, no matter how many requests the API sends.

# %% [markdown]
# ## Recap
#
# - Respond with `202` at once, process the order later, and let clients ask for its status.
# - The operations **write the status to a table**. The status function reads it, and decides what a customer may see.
# - A client that may have to repeat a request sends an **Idempotency-Key**: the same key for the same purchase.
# - Bad input gets a `400` with every problem, and starts nothing.
#
# Next: [07 · When things fail](07_when_things_fail.ipynb)
