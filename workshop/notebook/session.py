"""What notebooks import: begin, deploy, process, and a look at what happened.

One notebook runs in one kernel, so what `begin` connects to is kept here.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import secrets
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from workshop import escape, localcloud
from workshop.aws import deployment, leftovers
from workshop.aws import stack as stacks
from workshop.aws.stack import Stack
from workshop.aws.target import GONE, Target, connect, explain
from workshop.course import active_notebook, my_work, stages, workspace
from workshop.display import Code, Table, notice
from workshop.errors import WorkshopError
from workshop.notebook import magics, results, timeline
from workshop.notebook.progress_line import Line
from workshop.notebook.results import Processed, id_of
from workshop.notebook.verbs import catch_up, check, hint, progress, reset, solution
from workshop.orders import client as orders
from workshop.orders import tokens
from workshop.orders.history import RUNNING, Run
from workshop.orders.wording import plain
from workshop.paths import ROOT

__all__ = [
    "begin",
    "catch_up",
    "check",
    "clean_up",
    "deploy",
    "follow",
    "hint",
    "partner_calls",
    "process",
    "progress",
    "reset",
    "show_code",
    "show_order",
    "snapshot",
    "solution",
    "stack",
    "watch",
]

MOMENT_SECONDS = 2
AGAIN = "You had begun before: run the cells below again. Your answers are kept in my-work/."

# Errors that a notebook tells in words, where there are any.
TOLD = (WorkshopError, KeyboardInterrupt, BotoCoreError, ClientError, OSError, *GONE)
STOPPED = WorkshopError(
    "You stopped this cell.", "Run it again when you like; what had begun elsewhere may go on."
)

_place: dict[str, Target] = {}
_begun: dict[str, str] = {}


def begin(notebook: int | str, target: str | None = None) -> None:
    """Get ready for a notebook: its cells, the cloud, and `modules/` where it begins.

    `target` is "local" or "aws"; without one it is WORKSHOP_TARGET, or else "local".
    """
    number = stages.number(notebook)
    name = target or os.environ.get("WORKSHOP_TARGET") or "local"
    again = _begun.get("notebook") == number
    _place["target"], _begun["notebook"] = connect(name), number
    brought = workspace.bring(stages.before(number))
    active_notebook.take(number)
    _offer(catch_up, check, follow, hint, progress, reset, solution, watch)
    display(
        notice(
            f"Ready for notebook {number}.",
            _where(name),
            _modules(number, brought.changed),
            str(brought),
            AGAIN if again and brought.changed else "",
        )
    )


def deploy(**parameters: Any) -> None:
    """Deploy `template.yaml` and `modules/` with SAM CLI, as they are now.

    `parameters` override the template's, such as `WarehouseWaitSeconds=3`.
    """
    target = _target()
    active_notebook.expect_mine()
    _expect_what_the_api_runs(_begun["notebook"])
    started = time.monotonic()
    show = _Progress()
    deployed = deployment.deploy(target, parameters=parameters, show=show)
    took = time.monotonic() - started
    show.end(f"Deployed: the stack {deployed.name} has your code now ({took:.1f} s).")


def clean_up(*, really: bool = False) -> Table:
    """Delete the stack with everything in it, and list what is left of it at the target.

    Without `really=True`, list what would be deleted, and delete nothing.
    """
    target = _target()
    held = leftovers.resources(target)
    if held and not really:
        return leftovers.inventory(held)
    if held:
        show = _Progress("Deleting")
        deployment.delete(target, show=show)
        show.end(f"The stack {stacks.STACK_NAME} is deleted.")
    else:
        display(notice(f"The stack {stacks.STACK_NAME} is not deployed."))
    return leftovers.report(leftovers.remains(target), target.name)


def stack() -> Stack:
    """The deployed application."""
    found = stacks.find(_target())
    if found is None:
        raise WorkshopError("The application is not deployed.", "Run a cell with deploy() first.")
    return found


def process(order_id: str | None = None, **changes: Any) -> Processed:
    """Process one order and wait for its end.

    Starts the durable function itself, asynchronously, with the order's id as the name of the
    execution. `changes` are those of `workshop.orders.client.example`, such as
    `payment_token="tok_declined"`.
    """
    application, order = stack(), _order(changes)
    tokens.check(order["paymentToken"])
    order_id = id_of(order_id or f"ord-{secrets.token_hex(16)}")
    _say_if_it_is_old(application)
    application.target.client("lambda").invoke(
        FunctionName=application.outputs["ProcessorAliasArn"],
        InvocationType="Event",
        DurableExecutionName=order_id,
        Payload=json.dumps({"orderId": order_id, **order}),
    )
    return results.follow(application, order_id, show=_Waiting())


def _expect_what_the_api_runs(notebook: str) -> None:
    """From notebook 06 on the order API is used, and so what it imports must be there."""
    if notebook >= "06" and not (stages.MODULES / "status.py").exists():
        raise WorkshopError(
            "There is no modules/status.py, which the order API runs.",
            "Run the cell of exercise 6a, which writes it; then deploy again.",
        )


def _order(changes: dict[str, Any]) -> orders.Order:
    known = inspect.signature(orders.example).parameters
    for name in changes:
        if name not in known:
            raise WorkshopError(f"An order has no '{name}'.", f"It has: {', '.join(known)}.")
    order = orders.example(**changes)
    try:
        json.dumps(order)
    except TypeError as error:
        raise WorkshopError(f"This order cannot be sent as JSON: {error}.") from None
    return order


def _say_if_it_is_old(application: Stack) -> None:
    if not active_notebook.is_mine():
        why = "Another notebook has begun since this one."
    elif deployment.is_outdated(application):
        why = "modules/ has changed since the last deploy()."
    else:
        return
    display(notice(why, "This order runs on what was deployed last."))


def follow(order_id: str) -> Processed:
    """Wait for the end of an order that was posted to the API."""
    application, order_id = stack(), id_of(order_id)
    results.expect_known(application, order_id)
    return results.follow(application, order_id, show=_Waiting())


def watch(order: timeline.Order | Sequence[timeline.Order]) -> timeline.Live:
    """See an order as it happens: its operations, and the runs of the function. Or many orders.

    You can crash the function, stop the execution, and answer a review. When the order has ended,
    a slider replays it.
    """
    return timeline.watch(stack(), order)


def snapshot(order: timeline.Order) -> timeline.Picture:
    """A picture of an order's timeline as it is now."""
    return timeline.snapshot(stack(), order)


def show_order(order: Processed | str) -> Table:
    """The order as it is stored: its status, and when it got there."""
    order_id = id_of(order)
    stored = results.record(stack(), order_id)
    if not stored:
        return Table("The order is not stored.", ("status",), ())
    rows = [(str(n), entry["status"]) for n, entry in enumerate(stored["timeline"], 1)]
    facts = {"errorMessage": "Reason", "notifications": "Messages"}
    about = [f"{word}: {plain(stored[name])}" for name, word in facts.items() if name in stored]
    caption = ". ".join(about)
    return Table(f"The order's status is {stored['status']}", ("#", "status"), rows, caption)


def partner_calls(order: Processed | str) -> Table:
    """What the partners did for an order, and how often they were asked."""
    order_id = id_of(order)
    rows = []
    for name, row in sorted(results.partner_records(stack(), order_id).items()):
        if row.get("kind") == "fault":  # the sandbox counts here which faults it has played
            continue
        hidden = ("subject", "record", "calls", "text")
        facts = {key: row[key] for key in sorted(row) if key not in hidden}
        rows.append((name.replace(order_id, "ord-…"), str(row.get("calls", "")), plain(facts)))
    title = "What the partners did for this order" if rows else "The partners were not asked"
    return Table(title, ("record", "times asked", "what they keep"), rows)


def show_code(module: str, name: str = "") -> Code:
    """The code of a module, or of one function or value in it."""
    path = stages.MODULES / f"{module}.py"
    if not path.exists():
        raise WorkshopError(
            f"There is no modules/{module}.py at this stage.",
            "The first code cell brings it back." if module in stages.given() else "",
        )
    text = stages.read(path)
    if name:
        text = _part(text, name, module)
    return Code(f"modules/{module}.py", text)


def _part(text: str, name: str, module: str) -> str:
    try:
        parts = ast.parse(text).body
    except SyntaxError as error:
        raise WorkshopError(
            f"modules/{module}.py is not valid Python: line {error.lineno}, {error.msg}.",
            "Run the cell that writes it again.",
        ) from None
    for node in parts:
        targets = getattr(node, "targets", [])
        names = [getattr(node, "name", "")] + [getattr(target, "id", "") for target in targets]
        if name in names:
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    raise WorkshopError(f"There is no {name} in modules/{module}.py.")


def _target() -> Target:
    if "target" not in _place:
        raise WorkshopError(
            "This notebook has not begun.", "Run its first code cell, the one with begin(…)."
        )
    if _place["target"].name == "local" and not localcloud.status().running:
        display(notice("The local cloud was down. It starts again, as it was."))
        _place["target"] = connect("local")
    return _place["target"]


def _offer(*verbs: Callable[..., Any]) -> None:
    """Let a notebook use these without importing them."""
    shell = get_ipython()
    if shell is not None:
        for verb in verbs:
            shell.user_ns.setdefault(verb.__name__, verb)


def _where(name: str) -> str:
    if name == "aws":
        return f"The target is your AWS account, in {_target().region}."
    clock = localcloud.status().clock
    waits = "waits take no time" if clock == "skip" else "waits take their real time"
    return f"The local cloud is up, on this machine alone; {waits}."


def _modules(notebook: str, changed: bool) -> str:
    if notebook == "00":
        what = "modules/ holds the finished application"
    else:
        what = f"modules/ holds what notebook {notebook} starts from"
    return f"{what}; it was brought there for you." if changed else f"{what}."


class _Waiting:
    """How far an order is, for one that takes longer than a moment."""

    def __init__(self) -> None:
        self._line, self._began = Line(), time.monotonic()

    def __call__(self, run: Run) -> None:
        if self._line.quiet or time.monotonic() - self._began < MOMENT_SECONDS:
            return
        at = f"is at operation {len(run.names)}, {run.names[-1]}" if run.names else "has begun"
        self._line.show(f"The order {at if run.state == RUNNING else 'has ended'}.")


class _Progress:
    """How far a deployment, or a deletion, is."""

    def __init__(self, doing: str = "Deploying") -> None:
        self._line, self._doing = Line(), doing

    def __call__(self, step: deployment.Progress) -> None:
        if not self._line.quiet:
            self._line.show(f"{', '.join(filter(None, (self._doing, step.count)))}: {step.text}")

    def end(self, text: str) -> None:
        """The last line."""
        self._line.show(text)


def _explain(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    trace: Any,
    tb_offset: int | None = None,
) -> list[str]:
    """Show an error that has words for people as those, without a traceback."""
    told: BaseException | None = error
    if isinstance(error, KeyboardInterrupt):
        told = STOPPED if _in_the_workshop(trace) else None
    elif isinstance(error, OSError) and (file := _of_the_learner(error)):
        told = WorkshopError(
            f"{file} cannot be read or written: {error.strerror}.",
            "Mend that (room on the disk, permissions, what stands there), and run this cell "
            "again. What was written before is kept.",
        )
    elif not isinstance(error, WorkshopError):
        told = explain(error, _place["target"]) if "target" in _place else None
    if not isinstance(told, WorkshopError):
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        return []
    display(notice(f"⚠ {told.what_happened}", told.what_to_do))
    return [escape.text(told)]


def _of_the_learner(error: OSError) -> Path | None:
    """The file in `my-work/` or `modules/` that an error is about."""
    for name in (error.filename2, error.filename):
        path = Path(str(name).removesuffix(f".{os.getpid()}"))  # a draft has this at its end
        if path.is_relative_to(my_work.HOME) or path.is_relative_to(stages.MODULES):
            return path.relative_to(ROOT)
    return None


def _in_the_workshop(trace: Any) -> bool:
    """Whether it was the workshop's code that ran, and not the learner's own."""
    files = [frame.filename for frame in traceback.extract_tb(trace)]
    return any(Path(file).is_relative_to(ROOT / "workshop") for file in files)


_shell = get_ipython()
if _shell is not None:
    magics.register(_shell)
    _shell.set_custom_exc(TOLD, _explain)
