"""The learner's own service: `new_service()` makes it in `my-work/`, and its methods use it."""

from __future__ import annotations

import json
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from IPython.display import display

from workshop.aws import deployment, leftovers
from workshop.aws import stack as stacks
from workshop.aws.stack import Stack
from workshop.aws.target import Target
from workshop.course import active_notebook, application
from workshop.course import new_service as services
from workshop.display import Table, notice
from workshop.errors import WorkshopError
from workshop.notebook import results
from workshop.notebook.own_tests import pytest_says
from workshop.notebook.progress_line import DeploymentLine, WaitingLine
from workshop.notebook.results import Processed, id_of
from workshop.notebook.session import expect_target

EVENT = {"item": "a table for two", "quantity": 2}


@dataclass(frozen=True)
class Service:
    """A service in its own folder. The folder's name is that of its stack."""

    folder: Path

    @property
    def name(self) -> str:
        """The name of the folder and of the stack."""
        return self.folder.name

    def run_tests(self, *options: str) -> None:
        """Run its tests with pytest, in a process of their own."""
        without = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        print(pytest_says(self.folder, without, options))

    def deploy(self) -> None:
        """Deploy it with SAM CLI, by its own `samconfig.toml`."""
        target, started = _target(), time.monotonic()
        line = DeploymentLine("Deploying")
        command = ["deploy", "--no-progressbar", "--region", target.region]
        deployment.run_sam(target, command, self.folder, self.name, line)
        line.end(f"Deployed: the stack {self.name} ({time.monotonic() - started:.1f} s).")

    def process(self, reservation: Processed | str | None = None, **changes: Any) -> Processed:
        """Start an execution and follow it to its end; `changes` are of the event.

        Its name is the reservation's id. One that was processed before is only followed.
        """
        live, reservation_id = self._stack(), id_of(reservation or str(uuid.uuid4()))
        live.target.client("lambda").invoke(
            FunctionName=live.outputs["ProcessorAliasArn"],
            InvocationType="Event",
            DurableExecutionName=reservation_id,
            Payload=json.dumps({"reservationId": reservation_id, **EVENT, **changes}),
        )
        given = "".join(f", {name}={value!r}" for name, value in changes.items())
        again = f'To wait again: service.process("{reservation_id}"{given})'
        line = WaitingLine()
        return results.follow(live, reservation_id, show=line, what="execution", again=again)

    def stored(self, reservation: Processed | str) -> dict[str, Any]:
        """Return the reservation as its table has it; empty if it was never made."""
        live = self._stack()
        table = live.target.table(live.outputs["ReservationsTableName"])
        key = {"reservationId": id_of(reservation)}
        found = table.get_item(Key=key, ConsistentRead=True)
        return dict(sorted(found.get("Item", {}).items()))

    def clean_up(self, *, tables: bool = False) -> Table:
        """Delete its stack, and list what is left of it; `tables` deletes those that it kept."""
        target = _target()
        line = DeploymentLine("Deleting")
        if deployment.delete(target, self.name, show=line):
            line.end(f"The stack {self.name} is deleted.")
        left = leftovers.remains(target, self.name)
        kept = [each.name for each in left.found if each.kind == "table"] if tables else []
        for name in kept:
            target.client("dynamodb").delete_table(TableName=name)
        if kept:
            left = leftovers.remains(target, self.name)
        return leftovers.report(left, target.name)

    def _stack(self) -> Stack:
        live = stacks.find(_target(), self.name)
        if live is None:
            raise WorkshopError("Your service is not deployed.", "Run: service.deploy()")
        return live


def new_service() -> Service:
    """Make a service of your own in `my-work/shop/`; one that is there is left as it is."""
    active_notebook.expect_mine()
    folder = application.YOURS.service
    shown = f"{folder.parent.name}/{folder.name}/"
    if folder.exists():
        there = f"{shown} is there already, and was left as it is."
        display(notice(there, *services.how_to_renew(folder)))
    else:
        services.make(folder)
        count = sum(path.is_file() for path in folder.rglob("*") if "build" not in path.parts)
        whole = f"{shown} is a whole service in {count} files."
        display(notice(f"{whole} It needs nothing from the workshop."))
    return Service(folder)


def _target() -> Target:
    active_notebook.expect_mine()
    return expect_target()
