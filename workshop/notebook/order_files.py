"""Files of orders: make one, and import it with the durable function that notebook 10 builds."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import Any

from workshop.errors import WorkshopError
from workshop.notebook import results
from workshop.notebook.progress_line import WaitingLine
from workshop.notebook.results import Processed
from workshop.notebook.session import say_if_it_is_old, stack
from workshop.orders import tokens
from workshop.orders.history import Run

AGAIN = (
    "To go on with it, send the same file again: import_file(file). "
    "Lines that have begun are unchanged; the others begin."
)


def order_file(count: int, **broken: str) -> dict[str, Any]:
    """Return a file of so many orders, as the import's event: {name, lines}.

    `broken` replaces lines by their number: `line_3="no order"`. Each file has a name of its own.
    """
    lines = [f"cust-{number:03},sku-mug,2,45.99,tok_ok" for number in range(1, count + 1)]
    for place, line in broken.items():
        lines[int(place.removeprefix("line_")) - 1] = line
    for line in lines:
        tokens.check(line.rpartition(",")[2])
    return {"name": f"file-{secrets.token_hex(8)}", "lines": lines}


def import_file(file: dict[str, Any]) -> Processed:
    """Start the import of a file, and follow it to its end. A second import is a new execution."""
    live = stack()
    if "ImportAliasArn" not in live.outputs:
        raise WorkshopError(
            "The function that imports files is not deployed.",
            'Run the cell above with deploy(OrderImport="ENABLED", …).',
        )
    say_if_it_is_old(live, "import")
    execution = f"import-{secrets.token_hex(8)}"
    live.target.client("lambda").invoke(
        FunctionName=live.outputs["ImportAliasArn"],
        InvocationType="Event",
        DurableExecutionName=execution,
        Payload=json.dumps(file),
    )
    # The execution is one of another function; all that reads a history asks the stack for its.
    importer = {"ProcessorFunctionName": live.outputs["ImportFunctionName"]}
    imports = replace(live, outputs={**live.outputs, **importer})
    line = WaitingLine(lambda run: _how_far(run, len(file["lines"])))
    return results.follow(imports, execution, show=line, what="import", again=AGAIN)


def _how_far(run: Run, lines: int) -> str:
    """Say how many lines have ended: the branches of the map, whatever its name is."""
    branches = [branch for operation in run.operations for branch in operation.children]
    ended = sum(not branch.is_open for branch in branches)
    return f"The import: {ended} of {lines} lines have ended."
