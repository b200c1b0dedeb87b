"""One notebook's session: begin, deploy, process an order, and wait for it.

One notebook runs in one kernel, so what `begin` connects to is kept here.
"""

from __future__ import annotations

import inspect
import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from workshop import localcloud
from workshop.aws import deployed, deployment, gaps, leftovers, preflight, sam
from workshop.aws import stack as stacks
from workshop.aws.stack import Stack
from workshop.aws.target import Target, connect
from workshop.course import active_notebook, application, stages, workspace
from workshop.display import Table, notice
from workshop.errors import WorkshopError
from workshop.notebook import questions, results, timeline, verbs
from workshop.notebook.progress_line import DeploymentLine, WaitingLine
from workshop.notebook.results import Processed, id_of
from workshop.orders import client as orders
from workshop.orders import tokens

RECOVERY_COMES_IN = "07"  # at its end

_place: dict[str, Target] = {}


def begin(notebook: int | str, target: str | None = None) -> None:
    """Get ready for a notebook: its cells, the cloud, and your application.

    Your application is where you left this notebook, or else where the notebook begins. `target`
    is "local" or "aws"; the default is WORKSHOP_TARGET, or else "local". Two quiz questions that
    you have answered in other notebooks come back, first those with a wrong answer.
    """
    number = stages.number(notebook)
    name = target or os.environ.get("WORKSHOP_TARGET") or "local"
    _place["target"] = connect(name)
    returns = workspace.has_been_in(number)
    brought = workspace.enter(number)
    _offer(verbs.VERBS | {"follow": follow, "watch": watch})
    ready = (f"Ready for notebook {number}.", _where(name))
    if returns:
        display(notice(*ready, *verbs.where_you_stopped(number), str(brought)))
    else:
        display(notice(*ready, _application(number), str(brought)))
    remembered = questions.again(number)
    if remembered is not None:
        display(remembered)
    sam.prepare(_place["target"])


def deploy(**parameters: Any) -> None:
    """Deploy your application in `my-work/app/` with SAM CLI, as it is now.

    `parameters` override the template's, such as `WarehouseWaitSeconds=3`. Any other parameter
    has its default, whatever was deployed before.
    """
    target = expect_target()
    active_notebook.expect_mine()
    _expect_what_the_api_runs(active_notebook.mine())
    started = time.monotonic()
    line = DeploymentLine("Deploying")
    before = deployment.changed_parameters(target, application.YOURS)
    chosen = before | of_the_workshop() | parameters
    made = deployment.deploy(target, application.YOURS, parameters=chosen, show=line)
    took = time.monotonic() - started
    line.end(f"Deployed: the stack {made.name} has your code now ({took:.1f} s).")
    own = [str(gap) for gap in gaps.find(made) if not gap.is_of_the_workshop]
    if own:
        display(notice(*own))
    sam.prepare(target)


def of_the_workshop() -> dict[str, str]:
    """Return the parameters for which a notebook has other defaults than the template.

    No partner is waited for: a learner would wait for hours on AWS. Recovery is off until the end
    of notebook 07, because an unfinished application leaves orders open. A template that a learner
    has changed may not have them.
    """
    wanted = {"PartnerPatienceHours": "0"}
    if active_notebook.mine() <= RECOVERY_COMES_IN:
        wanted["Recovery"] = "DISABLED"
    known = preflight.defaults(application.YOURS)
    return {name: value for name, value in wanted.items() if name in known}


def clean_up(*, really: bool = False) -> Table:
    """Delete the stack with everything in it, and list what is left of it at the target.

    Without `really=True`, list what would be deleted, and delete nothing.
    """
    target = expect_target()
    held = leftovers.resources(target)
    if held and not really:
        return leftovers.inventory(held)
    if held:
        line = DeploymentLine("Deleting")
        deployment.delete(target, show=line)
        line.end(f"The stack {stacks.STACK_NAME} is deleted.")
    else:
        display(notice(f"The stack {stacks.STACK_NAME} is not deployed."))
    return leftovers.report(leftovers.remains(target), target.name)


def stack() -> Stack:
    """Return the deployed application."""
    found = stacks.find(expect_target())
    if found is None:
        raise WorkshopError("The application is not deployed.", "Run a cell with deploy() first.")
    return found


def process(order_id: str | None = None, **changes: Any) -> Processed:
    """Process one order and wait for its end.

    Starts the durable function itself, asynchronously, with the order's id as the name of the
    execution. `changes` are those of `orders.example`, such as
    `payment_token="tok_declined"`.
    """
    live, order = stack(), order_with(changes)
    say_if_it_is_old(live, "order")
    order_id = start(live, order, order_id)
    return results.follow(live, order_id, show=WaitingLine())


def start(
    live: Stack, order: orders.Order, order_id: str | None = None, qualifier: str = ""
) -> str:
    """Start the durable function for one order, and return the order's id.

    `qualifier` is a version, an alias or "$LATEST"; without one it is the alias of the stack.
    """
    order_id = id_of(order_id or f"ord-{secrets.token_hex(16)}")
    alias = live.outputs["ProcessorAliasArn"]
    live.target.client("lambda").invoke(
        FunctionName=f"{live.processor}:{qualifier}" if qualifier else alias,
        InvocationType="Event",
        DurableExecutionName=order_id,
        Payload=json.dumps({"orderId": order_id, **order}),
    )
    return order_id


def _expect_what_the_api_runs(notebook: str) -> None:
    """Raise `WorkshopError` if notebook 06 or later has no module that the order API imports."""
    if notebook >= "06" and not (application.YOURS.modules / "status.py").exists():
        raise WorkshopError(
            f"{application.YOURS.name_of('status')} is missing, and the order API runs it.",
            "Run the cell of exercise 6a, which writes it; then deploy again.",
        )


def order_with(changes: dict[str, Any]) -> orders.Order:
    """Return the example order with these changes; raise `WorkshopError` if it has a mistake."""
    known = inspect.signature(orders.example).parameters
    for name in changes:
        if name not in known:
            raise WorkshopError(f"An order has no '{name}'.", f"It has: {', '.join(known)}.")
    order = orders.example(**changes)
    tokens.check(order["paymentToken"])
    try:
        json.dumps(order)
    except TypeError as error:
        raise WorkshopError(f"This order cannot be sent as JSON: {error}.") from None
    return order


def say_if_it_is_old(live: Stack, what: str) -> None:
    """Say so if what runs is not the application as it is now; `what` is about to start."""
    if not active_notebook.is_mine():
        why = "Another notebook has begun since this one."
    elif deployed.is_outdated(live, application.YOURS):
        why = "Your application has changed since the last deploy()."
    else:
        return
    display(notice(why, f"This {what} runs on what was deployed last."))


def follow(order_id: str) -> Processed:
    """Wait for the end of an order that was posted to the API."""
    live, order_id = stack(), id_of(order_id)
    results.expect_known(live, order_id)
    return results.follow(live, order_id, show=WaitingLine())


def watch(order: timeline.Order | Sequence[timeline.Order]) -> timeline.Live:
    """Show an order as it happens, with its operations and invocations; or many orders.

    You can crash the function, stop the execution, and answer a review. When the order has ended,
    you can step through its events with a slider.
    """
    return timeline.watch(stack(), order)


def snapshot(order: timeline.Order) -> timeline.Picture:
    """Return a picture of an order's timeline as it is now."""
    return timeline.snapshot(stack(), order)


def current_target() -> Target | None:
    """Return the target of this notebook; None before `begin`."""
    return _place.get("target")


def expect_target() -> Target:
    """Return the target of this notebook; raise `WorkshopError` before `begin`."""
    if "target" not in _place:
        raise WorkshopError(
            "This notebook has not begun.", "Run its first code cell, the one with begin(…)."
        )
    if _place["target"].name == "local" and not localcloud.status().running:
        display(notice("The local cloud was not running. It starts again, with the same state."))
        _place["target"] = connect("local")
    return _place["target"]


def _offer(names: dict[str, Callable[..., Any]]) -> None:
    """Make these functions available in a notebook without an import."""
    shell = get_ipython()
    if shell is not None:
        for name, verb in names.items():
            shell.user_ns.setdefault(name, verb)


def _where(name: str) -> str:
    if name == "aws":
        return f"The target is your AWS account, in {expect_target().region}."
    clock = localcloud.status().clock
    waits = "waits take no time" if clock == "skip" else "waits take their real time"
    return f"The local cloud is up, on this machine only; {waits}."


def _application(notebook: str) -> str:
    where = application.YOURS.name
    if notebook == "00":
        return f"Your application, in {where}/, is the finished one."
    return f"Your application, in {where}/, is what notebook {notebook} starts from."
