# %% [markdown]
# # 08 · Test it
#
# So far you have tested your order system by hand: you sent an order and looked at the result. Now you write tests that do it for
# you, in seconds and without a cloud. Then you write a test for the orders that are already on their way when you deploy.
#
# - **You build**: tests for the order processor, in `my-work/app/tests/`, that you can take with you
# - **Time**: 35 minutes
# - **You need**: notebooks 03, 05, and 07, or their ideas: replay, effects that happen exactly once, undo steps
# - **Cost on AWS**: on the local cloud, nothing. In your own account, the few orders of this notebook cost less than a tenth of a cent each.

# %%
from workshop.notebook import begin, check, deploy, hint, process, record
from workshop.notebook import reset, run_tests, show_code, solution

begin("08")

# %% [markdown]
# ## One order, in one process
#
# Your handler needs a few things around it: a service that keeps the history and invokes the function again, and
# two tables. In a test, all of them are in one process:
#
# ```mermaid
# flowchart LR
#     accTitle: What runs in the process of a test
#     accDescr: One process, pytest, holds everything. The test gives an order to DurableFunctionTestRunner. The runner plays the part of Lambda: it keeps the history, skips waiting time, and invokes the handler again. The handler runs your modules, which read and write tables in memory.
#     subgraph process [one process: pytest]
#         test[your test] -- order --> runner["DurableFunctionTestRunner<br>keeps the history, skips the waits"]
#         runner -- invokes, again and again --> handler[your handler and its steps]
#         handler --> tables[(tables in memory)]
#         runner -- result --> test
#     end
# ```
#
# The runner comes from AWS, in the package `aws-durable-execution-sdk-python-testing`. The tables come from
# [moto](https://docs.getmoto.org/), which plays the part of DynamoDB.
#
# A function whose name begins with `test_` is a test. Its parameters `tables` and `order` name **fixtures**: pytest looks up the function with
# that name, calls it before the test, and passes its return value to the test. They are in the file `tests/conftest.py`, which is
# part of your application.

# %% module="test_first"
"""One order from a test: no cloud, no account, no network."""

import json

from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

import workflow


def test_an_order_waits_and_completes(tables, order):
    with DurableFunctionTestRunner(workflow.handler, poll_interval=0.01) as runner:
        result = runner.run(input=json.dumps(order))
    assert json.loads(result.result)["status"] == "completed"
    wait = result.get_wait("warehouse-processing")
    waited = wait.scheduled_end_timestamp - wait.start_timestamp
    assert waited.total_seconds() == 300

# %% [markdown]
# `run_tests()` runs pytest on your folder of tests, in a process of its own.
#
# **Predict first:** the order waits for 300 seconds, and later for 180. How long will this test take?

# %%
run_tests()

# %% [markdown]
# It takes a few seconds, mostly to start Python. The runner has a clock that **skips**: when the order waits, the clock jumps to the end
# of the wait. The history still has the 300 seconds, as the test confirms. The delay before each retry is skipped in the same way.
#
# One thing is not skipped: after each wait, the runner invokes your handler again from its first line, as Lambda does. So
# this small test has replayed your code twice.
#
# Every test needs the lines that run an order. `conftest.py` has them as a fixture, `process`. It refuses a field that an order does not have, and a test card that does not exist:

# %%
show_code("conftest", "process")

# %% [markdown]
# ## Exercise 8a · A test that can fail
#
# An order from the customer `cust-fraud` is paid for, gets its stock, and is then rejected. Notebook 07 made sure that everything
# goes back. Write a test that keeps it that way. The first assertion is there: the status. Add what is missing:
#
# - The money is back: `partners.ledger(order_id)` returns a dictionary with `chargedCents` and `refundedCents`, among others.
# - The stock is as before: `partners.stock_left(["sku-mug"])` returns the number of units left of each product.
#
# How do you check a test? The check runs yours four times: on the application as it is now, where it must pass, and on three broken copies: one without
# the refund, one without the release, and one that refunds a cent too little. There it must **fail**. A test that cannot fail tests nothing.

# %% module="test_rejected" exercise="8a"
"""An order that the fraud check rejects leaves nothing behind."""

import json

import partners


def test_a_rejected_order_gives_everything_back(process, order):
    before = partners.stock_left(["sku-mug"])
    result = process(customerId="cust-fraud")
    assert json.loads(result.result)["status"] == "rejected"
    # BEGIN SOLUTION
    money = partners.ledger(order["orderId"])
    assert money["chargedCents"] == 9934
    assert money["refundedCents"] == money["chargedCents"]
    assert partners.stock_left(["sku-mug"]) == before
    # STUB
    # # TODO: the money is back, and the stock is as before
    # END SOLUTION

# %%
check("8a")
# hint("8a")

# %%
run_tests()

# %% [markdown]
# ## Break it: all tests pass, and the code is wrong
#
# A colleague is worried: *"If a customer orders twice, do they get points for both orders? I'll make the key of the note unique, to be
# sure."* The change is small, and it looks careful:

# %% module="shipping" part="true" differs="update_loyalty_points"
@durable_step
@operation("update-loyalty-points")
def update_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Add 10% of the total to the customer's balance, in whole points, rounded down."""
    key = f"{order['orderId']}-{store.now()}"
    partners.add_points(key, order["customerId"], points(order))
    return {"pointsAdded": points(order)}

# %% [markdown]
# **Predict first:** what is wrong with it, and which of your two tests will notice?

# %%
run_tests()

# %% [markdown]
# Neither. The key is different in each *attempt*, so a step that runs twice adds the points twice. But in your tests no step runs
# twice: every partner responds to the first request. Even a test that counts the points would find 9, the right number.
#
# So the test itself must cause the fault. Your application has test cards for that. With `tok_timeout_NAME`, the partner of the step NAME does the work, but its first
# response is lost. It does not respond to the second attempt either. The third attempt works.
#
# ## Exercise 8b · One test for every step
#
# `@pytest.mark.parametrize` runs a test once for each value of a list. `STEPS` is the list of the names of the 15 steps, in `contract.py`. Write what
# the test does for each of them, and what must hold then:
#
# - Process an order with the card of this step, `tok_timeout_NAME`. `process(paymentToken=…)` changes the order's card.
# - The order is completed: `store.load(order_id)["status"]`.
# - There is one charge: the entry `charges` of the ledger.
# - The customer has 9 points: `partners.points_balance(customer_id)`.

# %% module="test_faults" exercise="8b"
"""Each partner times out twice: the order completes, and everything happens once."""

import pytest

import partners
import store
from contract import STEPS


@pytest.mark.parametrize("name", STEPS)
def test_a_partner_that_times_out_does_its_work_once(process, order, name):
    # BEGIN SOLUTION
    process(paymentToken=f"tok_timeout_{name}")
    assert store.load(order["orderId"])["status"] == "completed"
    assert partners.ledger(order["orderId"])["charges"] == 1
    points = partners.points_balance(order["customerId"])
    assert points == 9
    # STUB
    # pass  # TODO: process the order, and say what must hold
    # END SOLUTION

# %%
check("8b")
# hint("8b")

# %% [markdown]
# **Predict first:** of the 15 tests, how many will fail now?

# %%
run_tests()

# %% [markdown]
# One: the customer got 18 points instead of 9. The name in brackets says which step it is. Revert the change, and the test passes:

# %% module="shipping" part="true"
@durable_step
@operation("update-loyalty-points")
def update_loyalty_points(_step: StepContext, order: Order) -> dict[str, Any]:
    """Add 10% of the total to the customer's balance, in whole points, rounded down."""
    partners.add_points(order["orderId"], order["customerId"], points(order))
    return {"pointsAdded": points(order)}

# %%
run_tests("-k", "loyalty")

# %% [markdown]
# ## What one process cannot show
#
# A card such as `tok_crash_after_process-payment` ends the process of the function. In this kind of test, that process is pytest:
# it would die without a message. Other things are missing, too: the function's timeout and permissions, the template,
# real DynamoDB. For them you need the deployed function.
#
# `DurableFunctionCloudTestRunner` starts an execution of a deployed function and reads its history. It returns the same
# kind of result, so the assertions look the same. It works with AWS, and with the local cloud:

# %% tags=["deploy"]
deploy()

# %% module="test_deployed"
"""An order on the deployed function: real processes, which can die."""

import os
import secrets

import pytest
from aws_durable_execution_sdk_python_testing import DurableFunctionCloudTestRunner

import partners

PROCESSOR = os.environ.get("PROCESSOR", "")


@pytest.mark.skipif(not PROCESSOR, reason="PROCESSOR does not name a deployed function")
def test_a_process_that_dies_charges_once(order):
    order["orderId"] = f"ord-{secrets.token_hex(16)}"
    order["paymentToken"] = "tok_crash_after_process-payment"
    runner = DurableFunctionCloudTestRunner(PROCESSOR, os.environ["AWS_REGION"], poll_interval=0.1)
    result = runner.wait_for_result(runner.run_async(input=order), timeout=900)
    assert len(result.operations) == 17
    assert partners.ledger(order["orderId"])["charges"] == 1

# %%
run_tests("-k", "dies")

# %% [markdown]
# The process died after the charge, Lambda invoked the function again, and there is one charge.
#
# `run_tests` sets environment variables that tell the test which function and which tables are deployed. Without them, the test is skipped. Two details of this runner:
#
# - It takes the order as a dictionary and turns it into JSON. The in-process runner takes JSON.
# - `run_async` starts the order asynchronously. `run` would do it synchronously, and Lambda
#   refuses that for a function whose `ExecutionTimeout` is more than 15 minutes. Yours is two weeks.
#
# On AWS, nothing is skipped, so this test takes eight minutes there. Write only a few tests of this kind, and test everything else in one process.
#
# ## Orders in flight
#
# All these tests start a new order. But when you deploy, other orders are **in flight**, started and not yet complete: they wait for the warehouse, or for the
# next attempt of a step. An order stays on the version with which it started, as notebook 04 showed, unless it was
# started through `$LATEST`. In that case, your new code replays a history that your old code made.
#
# A **replay test** does that before you deploy. First, record what happened to two orders. (In a notebook, `process` is not the fixture of your tests: it sends an order to the deployed function.)

# %%
record(process(), "completed")

# %%
record(process(customer_id="cust-fraud"), "undone")

# %% [markdown]
# Each file has the execution history of one order. The email address, phone number, and card token are replaced, so you can keep the files with your code. (For
# an order on AWS: `python -m workshop record ORDER --target aws`.) The history of a completed order contains
# the waits of an order that goes well. It does not contain a review by a person, for example. So keep one history for each way that an order can go.
#
# `assert_fits` runs your handler against each history. Each operation returns the result that the history has for it. No operation
# is executed: no charge, no email. But the lines of the handler between the operations run, as in every replay.

# %% module="test_replay"
"""Orders in flight can continue with this code."""

from workshop.replay import assert_fits

import workflow


def test_orders_on_their_way_fit_this_code():
    assert_fits("tests/histories/*.json", workflow.handler)

# %%
run_tests("-k", "way")

# %% [markdown]
# ## Break it: a step too early
#
# A colleague adds a step at the beginning that checks whether the customer is known. It is correct, it has a name, and it is
# retried. The handler is shortened to what this experiment needs. The colleague's change is the line with `ctx.step(…)`. (Here the step
# looks nothing up: a replay does not look at what a step does.)

# %% module="workflow" part="true" differs="handler"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order, if its customer is known."""
    ctx.set_logger(logger)
    store.write_as(ctx.execution_context.durable_execution_arn)
    saga = Saga(ctx, event)
    try:
        ctx.step(lambda _step: event["orderId"], name="look-up-customer", config=STORE)
        return run_operations(event, ctx, saga)
    except Refused as refusal:
        outcome = saga.close("rejected", refusal.reason, str(refusal))
    except OPERATION_ERRORS as fault:
        outcome = saga.close("failed", TECHNICAL, f"a fault outlived its retries: {fault}")
    if outcome["status"] != "rejected":
        raise OrderFailed(outcome["fault"])
    return outcome

# %% [markdown]
# **Predict first:** which of your 19 tests will notice?

# %%
run_tests()

# %% [markdown]
# Only the replay test. New orders are fine. The test of the deployed function passed, too: it runs what was
# deployed before. Orders that wait are fine, too, if the alias started them: they stay on the old version. But an order that was started through `$LATEST` would fail. The replay test names the first
# place at which code and history differ, and the line of code that asks for the operation.
#
# The replay test is strict. The history of a completed order also refuses a new step after the last wait, which no waiting order would notice. If such a change is what you want,
# replay the orders that are open now, with `replay` of notebook 11, and record new histories.
#
# Where could this work go? Into an existing step. Or leave waiting orders on their version, and let only new ones take the new path.
#
# ## Exercise 8c · Which changes fit an order in flight?
#
# Six colleagues, six changes. Each is the only change to the finished workflow. Which of them fit the history of an order with a total of 91.98 that was completed with
# the old code? (To *fit* is not to be *right*: a replay does not look at what a step does.)
#
# - **A**: `package-order` gets a better name: `pack-parcel`.
# - **B**: `WAREHOUSE_WAIT` becomes 600 seconds instead of 300.
# - **C**: the lines of `fraud-check` and `credit-check` change places.
# - **D**: `process-payment` gets `config=PARTNER` instead of `config=PAYMENT`.
# - **E**: the step `generate-invoice` computes 9% tax instead of 8%.
# - **F**: `if order["totalCents"] > 100_000:` in the handler decides whether `credit-check` runs.

# %% exercise="8c"
# BEGIN SOLUTION
fits = {
    "A": False,
    "B": True,
    "C": False,
    "D": True,
    "E": True,
    "F": False,
}
# STUB
# fits = {
#     "A": "TODO: True or False",
#     "B": "TODO",
#     "C": "TODO",
#     "D": "TODO",
#     "E": "TODO",
#     "F": "TODO",
# }
# END SOLUTION

# %%
check("8c")
# hint("8c")

# %% [markdown]
# Take the step back out:

# %% module="workflow" part="true"
@durable_execution
def handler(event: dict[str, Any], ctx: DurableContext) -> dict[str, Any]:
    """Process one order, by its id: {orderId}. Everything else is read from the table.

    An order that nobody stored may be in the event as a client posts it: {orderId, items, ...}.
    Returns {orderId, status, ...}. A refused order ends as `rejected` and is a success of this
    function: the answer is no. Raises OrderFailed when the order ends as `failed`.
    """
    if not isinstance(event, dict) or not ORDER_ID.fullmatch(str(event.get("orderId"))):
        raise ValueError("The event needs an orderId: ord- and 32 hexadecimal digits.")
    ctx.set_logger(logger)
    logger.append_keys(orderId=event["orderId"])
    store.write_as(ctx.execution_context.durable_execution_arn)
    saga = Saga(ctx, event)
    try:
        if owners.generation(store.name_of(ctx.execution_context.durable_execution_arn)):
            return recover(event, ctx, saga)
        return run_operations(event, ctx, saga)
    except Refused as refusal:
        if refusal.not_ours:
            return unchanged(event["orderId"], refusal)
        outcome = saga.close("rejected", refusal.reason, str(refusal))
    except OPERATION_ERRORS as fault:
        if is_not_ours(fault):
            return unchanged(event["orderId"], fault)
        outcome = saga.close("failed", TECHNICAL, f"a fault outlived its retries: {fault}")
    if outcome["status"] not in ("rejected", "unchanged"):
        raise OrderFailed(outcome["fault"])
    return outcome

# %%
run_tests("-k", "way")

# %% [markdown]
# ## What a linter sees
#
# A linter reads code and runs nothing, so it can look at every handler before every commit.
# [replayguard](https://github.com/amrutp24/replayguard) is a linter for durable functions. It is not part of this workshop. We tried
# version 0.2.1 on handlers with mistakes that you know:
#
# | in a handler | the linter |
# |---|---|
# | `random.random()` decides whether a step runs | sees it |
# | the name of a step is made from `uuid.uuid4()` | sees it |
# | a step changes a list that is outside of it | sees it |
# | `datetime.now()` | sees it |
# | `time.time_ns()`, as in notebook 03 | misses it |
# | a clock in another function, which the handler calls | misses it |
# | the status in the table decides whether a step runs, as in notebook 03 | misses it |
# | an email that is sent outside a step | misses it |
# | two steps without names, a bare `except:`, `time.sleep` | has no rule for it |
#
# So each tool sees different things. A linter knows names that look dangerous. A test in one process finds what goes wrong in a replay, if it has the
# right order and the right fault. A replay test finds what orders in flight would run into.

# %% [markdown] tags=["quiz"]
# ## Check yourself
#
# Open an answer to see whether it is right.
#
# **1. A test in one process runs an order with a wait of 300 seconds. How many more times is the handler invoked because of this wait?**
#
# - [ ] Not again: the wait is skipped. :: The time is skipped, and the replay is not. The runner invokes the handler again from its first line.
# - [x] Once more, when the wait is over. :: The runner skips the time and then invokes the handler again, as Lambda does.
# - [ ] Once for each second. :: Nothing runs during a wait, here as on AWS.
#
# **2. All your tests are green, and together they execute every line of your code. Yet a customer is charged twice. What may be missing?**
#
# - [ ] A test of the real bank. :: It may find other things. This mistake can be found in one process.
# - [ ] More orders with other amounts. :: If every partner responds to the first request, each step runs once, whatever the amount.
# - [x] A test in which a step runs twice. :: A lost answer makes a step run again. Only then do you see whether its effect happens once.
#
# **3. You rename a step and deploy. The replay test failed, and you ignored it. Orders were started through the alias `live`. What happens to those that wait?**
#
# - [x] They finish with the old code. :: They are pinned to the version with which they started. The replay test warns of the orders that are not, and of code that asks for something else in each replay.
# - [ ] They fail at the renamed step. :: They would on `$LATEST`, where the new code replays them.
# - [ ] They start again. :: No deployment makes an execution start again.

# %% [markdown]
# ## Take it with you
#
# `my-work/app/` is a whole application, and its tests are part of it. In another folder, without the workshop:
#
# ```bash
# pip install --requirement requirements-tests.txt
# pytest --ignore tests/test_replay.py
# ```
#
# The replay test needs the workshop's repository, because `assert_fits` is in its folder
# [workshop/replay](../workshop/replay). The page [Replay tests](../docs/replay.md) says how to run it before each deployment.

# %% [markdown]
# ## Recap
#
# - `DurableFunctionTestRunner` runs an order in the test's own process. It **skips time** and still replays your handler.
# - A test is worth something only if it can fail. Build the **fault** into it: a step that runs twice shows whether its effect happens once.
# - `DurableFunctionCloudTestRunner` tests the **deployed** function: processes that die, permissions, the template.
# - A **replay test** runs changed code against the histories of real orders, and runs no operation.
#
# You now have tests that you can run before each deployment, in seconds, and that tell your colleagues when they break something.
#
# Next: [09 · Ask a human](09_ask_a_human.ipynb)
