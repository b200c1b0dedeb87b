# %% [markdown]
# # 06 · The status function
#
# Until now you started the durable function yourself. Customers come through an API: they post an order, get an answer
# at once, and ask how it is doing. You write what they see, post a crowd of orders, and buy the same two mugs twice.
#
# | | |
# |---|---|
# | **You build** | the status function behind `GET /orders/{orderId}`, and a client that can repeat itself |
# | **Time** | 25 minutes |
# | **You need** | notebooks 02 and 04, or their ideas: idempotency keys, statuses written by operations |
# | **Cost on AWS** | nothing here, on the local cloud; in an account of your own, all orders of this notebook together would cost less than a cent |

# %%
from workshop.notebook import orders
from workshop.notebook import post_at_once
from workshop.notebook import begin, check, deploy, follow, hint, partner_calls
from workshop.notebook import reset, show_code, solution, stack, watch

begin("06")

# %% [markdown]
# ## Two functions, one table
#
# ![A client posts an order to a REST API. An ordinary function stores it and starts the durable order processor, which calls partners and writes each status to the Orders table. The client reads the status through the same API.](../docs/architecture.svg)
#
# An order takes eight minutes. No client can wait so long for an answer:
# [API Gateway](https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html) gives up on a function after
# 29 seconds, unless you ask AWS for more. So the work is divided between two functions:
#
# - The **order API** is an ordinary function. It checks an order, stores it as `received`, starts the processor, and
#   answers `202 Accepted` with the order's id. That takes a moment.
# - The **order processor** is your durable function. It takes its eight minutes, and writes each status to the table.
#
# They have two things in common: the table, and the order's id.
#
# Could the order API ask Lambda how an execution is doing? It could, but not for a shop full of customers: Lambda
# answers no more than 15 requests a second for histories. And what a customer may see is not what an operator may see.
# **The operations write the status to a table of yours, and the API reads it there.** That is one quick read, however
# many customers ask.
#
# The order API is given. Its heart is this function:

# %%
show_code("api", "get_order")

# %% [markdown]
# `store.load` reads the order from the table. `describe` makes of it what a customer sees, and that is your part.
#
# ## Exercise 6a · What a customer sees
#
# This is what `store.load` returns of an order that is under way. Amounts are in cents, and boto3 returns every
# number of DynamoDB as a `Decimal`:
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
# Later it also has a `chargeId`, an `invoice`, and more. The answer names what a customer gets, so that what is added
# to the table some day does not reach the world by accident. Three things are missing:
#
# - `total`: the amount with its two decimals, as `from_cents` makes it. It takes an `int`. An order without a
#   `totalCents` has the total `None`.
# - `items`: each item as `_item` describes it. An order without items has an empty list.
# - `operations_done`: `STATUSES` is a dictionary of the store that says how many operations are done at each status:
#   `STATUSES["awaiting-warehouse"]` is 7. `CLOSED` holds the statuses of an order that could not go on. Take the last status of the timeline that is not one of `CLOSED`: an order that was rejected
#   shows how far it had come. If there is none, it is 0.

# %% module="status" exercise="6a"
"""What a customer sees of an order: from the stored item to the answer of GET /orders/{orderId}."""

from collections.abc import Mapping
from typing import Any

from contract import CLOSED, OPERATIONS, STATUSES
from money import from_cents


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


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "productId": item["productId"],
        "name": item["name"],
        "quantity": int(item["quantity"]),
        "price": from_cents(int(item["priceCents"])),
    }

# %%
check("6a")
# hint("6a")

# %% tags=["deploy"]
deploy()

# %% [markdown]
# ## Post an order
#
# `orders.post` sends an HTTP request to the API, with the API key of the stack, and returns the answer as it came:

# %%
answer = orders.post(stack(), orders.example())
answer.status_code, answer.json()["message"], answer.headers["Location"]

# %% [markdown]
# `202` means: accepted, not done. `Location` says where to ask. And you can ask at once, because the order was stored
# before the answer was sent:

# %%
order_id = answer.json()["orderId"]
orders.get(stack(), order_id)["timeline"][0]["status"]

# %% [markdown]
# **Predict first:** must the order processor be running for you to get this answer?
#
# Let the order come to its end. `follow` looks at its execution, as you know it:

# %%
len(follow(order_id).operations)

# %%
orders.get(stack(), order_id)

# %% [markdown]
# That is your `describe`, with every status since `received`. Nothing in it says what the bank or the warehouse
# wrote down.
#
# To answer the question: no. The order API ran, for a moment, and read the table. While an order waits, the order
# processor does not run at all, and the status is there all the same.
#
# ## Break it: the answer is lost
#
# A customer presses *Buy*. The order arrives, and the answer does not: the train is in a tunnel. So the app posts the
# order again.
#
# **Predict first:** how many orders will there be?

# %%
order = orders.example(customer_id="cust-grace")
lost = orders.submit(stack(), order)  # nobody hears this answer
again = orders.submit(stack(), order)
lost == again

# %%
[orders.wait(stack(), each)["status"] for each in (lost, again)]

# %%
partner_calls(again)

# %% [markdown]
# Two orders, both completed, and each of them with a charge and two mugs like these. You met this in notebook 02, one floor below: there, your step
# asked the bank twice. Here a client asks *you* twice. And the remedy is the same: a request that can be **recognised**
# when it comes again.
#
# Our API takes an `Idempotency-Key` header. The client makes up a key when the customer presses *Buy*, and sends it
# with every attempt at that purchase:

# %%
key = f"purchase-after-{order_id}"  # any text that no other purchase has
first = orders.submit(stack(), order, idempotency_key=key)
second = orders.submit(stack(), order, idempotency_key=key)
first == second

# %% [markdown]
# One order. And the same key with *another* order is a mistake of the client, which is told so:

# %%
conflict = orders.post(stack(), orders.example(quantity=3), idempotency_key=key)
conflict.status_code, conflict.json()["message"]

# %% [markdown]
# Here is how the order API does it:

# %%
show_code("intake", "accept")

# %% [markdown]
# - `store.create` writes the order **and** its key in one transaction, both or neither, as notebook 05 did with points.
#   If the key is there already, nothing is written, and the earlier order's id comes back.
# - `_start` starts the processor, and names its execution after the order's id. **Lambda starts a name once**, for as
#   long as it keeps the execution's record (7 days with us; the table forgets an `Idempotency-Key` after 24 hours). So if the order API dies after storing the order and before
#   starting it, the client's next attempt starts it, and cannot start it twice.
# - The id is made of random digits that nobody can guess, and not of a clock.
#
# ## Exercise 6b · A client that can repeat itself
#
# Write the client's side. `place` posts one purchase. It gets three things:
#
# - `post(order, key)` posts the order and returns its id. It raises `ConnectionError` if no answer came, and
#   `ValueError` if the API refused the order.
# - `order`, the order to post.
# - `new_key()` makes a key that nobody has used before.
#
# After a `ConnectionError` try again, **five times in all**. If no answer came then, let the last `ConnectionError`
# through. A refused order is refused: do not try that again.

# %% exercise="6b"
def place(post, order, new_key):
    """Post one purchase until an answer comes, five times at most; returns the order's id."""
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
# (A real client waits a little longer after each attempt. You may add that with `time.sleep`, if you keep it under a
# second: the check has its own patience.)
#
# ## What the API does not take
#
# An order can be wrong in many ways, and a client wants to hear of all of them at once:

# %%
mug = {"productId": "sku-mug", "name": "Mug", "quantity": 0, "price": 45.999}
bad = orders.post(stack(), {"customerId": "cust-ada", "customerEmail": "ada", "items": [mug]})
bad.status_code, bad.json()["problems"]

# %% [markdown]
# `400` says that the client must change something, and nothing was started. Prices have two decimals at most: money is
# exact. The rules are those of `modules/rules.py`, and `validate-order` applies them, too. It trusts nobody.
#
# An id that does not exist is answered by `404`, of which `orders.get` makes `None`:

# %%
print(orders.get(stack(), "ord-00000000000000000000000000000000"))

# %% [markdown]
# ## A crowd
#
# A dozen customers at once. Most are happy, two have a card that is declined, two meet a bank that does not answer at
# first, and for one the process dies after the charge.
#
# **Predict first:** how will these twelve orders end? What would you see in the middle of it?

# %%
crowd = [
    *[orders.example() for _ in range(7)],
    *[orders.example(payment_token="tok_declined") for _ in range(2)],
    *[orders.example(payment_token="tok_timeout_process-payment") for _ in range(2)],
    orders.example(payment_token="tok_crash_after_process-payment"),
]
post_at_once(stack(), crowd)

# %% [markdown]
# Every order was accepted at once, and each went its way: ten to their end, two to a refusal. While they ran, the cell
# asked the API for all of them again and again, and no customer ever saw a status go backwards.
#
# Send such a crowd again, and look at it. This time the happy ones meet partners who take a second longer, so that
# there is something to see. Each line is an order, and each sign an operation:

# %%
happy, others = crowd[:7], crowd[7:]
slow = [orders.example(payment_token="tok_slow") for _ in happy]
watch([orders.submit(stack(), order) for order in slow + others])

# %% [markdown]
# Twelve orders are twelve executions, independent of each other. While one of them waits, for the warehouse or for its
# next try, it takes no room in any function.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. Why does `GET /orders/{orderId}` read a table, and not the execution's history?**
#
# - [x] Lambda answers few such questions a second, and a history holds more than a customer should see. :: The table is yours: as fast as you need it, and with what you put there.
# - [ ] While an order waits it has no history. :: It has one at any time. The function does not run, but its record is kept.
# - [ ] The history of an execution can be read only when it has ended. :: It can be read at any time, by an operator.
#
# **2. A client gets no answer to its POST. What should it do?**
#
# - [ ] Post again under a new Idempotency-Key. :: A new key is a new purchase. If the first post did arrive, there are two orders now.
# - [x] Post again under the same Idempotency-Key. :: If the first post arrived, the answer is that order's id. If not, this one counts.
# - [ ] Nothing: an order that was posted will arrive. :: It may have been lost on its way there.
#
# **3. The order API stored an order and its key, and died before it started the processor. The client posts again under the same key. What happens?**
#
# - [ ] The client gets the id of an order that nobody will ever process. :: The order API sees that the order is still `received`, and starts it.
# - [ ] A second order is made. :: The key is in the table already, so nothing is stored a second time.
# - [x] The stored order is started, and its id is returned. :: The execution bears the order's id as its name, so it is started once, however often that is tried.

# %% [markdown]
# ## Recap
#
# - Answer `202` at once, process later, and let clients ask.
# - The operations **write the status to a table**. The status function reads it, and says what a customer may know.
# - Whoever may have to repeat a request sends an **Idempotency-Key** that stays the same for the same purchase.
# - Bad input is answered with `400` and every problem, and starts nothing.
#
# Next: [07 · When things fail](07_when_things_fail.ipynb)
