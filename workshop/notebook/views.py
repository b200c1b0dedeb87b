"""What a notebook shows of an order and of the application: status, partners, code."""

from __future__ import annotations

import ast

from workshop.course import application, stages
from workshop.display import Code, Table
from workshop.errors import WorkshopError
from workshop.notebook import results, session
from workshop.notebook.results import Processed, id_of
from workshop.orders import ledger
from workshop.orders.wording import plain


def show_order(order: Processed | str) -> Table:
    """Return the stored order: its statuses, and when it reached each."""
    order_id = id_of(order)
    stored = results.record(session.stack(), order_id)
    if not stored:
        return Table("The order is not stored.", ("status",), ())
    rows = [(str(n), entry["status"]) for n, entry in enumerate(stored["timeline"], 1)]
    facts = {"errorMessage": "Reason", "notifications": "Messages"}
    about = [f"{word}: {plain(stored[name])}" for name, word in facts.items() if name in stored]
    caption = ". ".join(about)
    return Table(f"The order's status is {stored['status']}", ("#", "status"), rows, caption)


def partner_calls(order: Processed | str) -> Table:
    """Return what the partners did for an order, and how often they were asked."""
    order_id = id_of(order)
    rows = []
    for name, row in sorted(ledger.records(session.stack(), order_id).items()):
        if row.get("kind") == "fault":  # the sandbox counts the faults that it has played
            continue
        hidden = ("subject", "record", "calls", "text")
        facts = {key: row[key] for key in sorted(row) if key not in hidden}
        rows.append((name.replace(order_id, "ord-…"), str(row.get("calls", "")), plain(facts)))
    title = "What the partners did for this order" if rows else "The partners were not asked"
    return Table(title, ("record", "times asked", "what they keep"), rows)


def show_code(module: str, name: str = "") -> Code:
    """Return the code of a module or a test, or of one function or value in it."""
    path = application.YOURS.file_of(module)
    if not path.exists():
        raise WorkshopError(
            f"{application.YOURS.name_of(module)} does not exist at this stage.",
            "The first code cell brings it back." if module in stages.given() else "",
        )
    text = stages.read(path)
    if name:
        text = _part(text, name, module)
    return Code(application.YOURS.name_of(module), text)


def _part(text: str, name: str, module: str) -> str:
    file = application.YOURS.name_of(module)
    try:
        parts = ast.parse(text).body
    except SyntaxError as error:
        raise WorkshopError(
            f"{file} is not valid Python: line {error.lineno}, {error.msg}.",
            "Run the cell that writes it again.",
        ) from None
    for node in parts:
        targets = getattr(node, "targets", [])
        names = [getattr(node, "name", "")] + [getattr(target, "id", "") for target in targets]
        if name in names:
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    raise WorkshopError(f"{file} has no {name}.")
