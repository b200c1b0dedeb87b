"""One line of a cell's output, which changes while something takes its time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from IPython.display import DisplayHandle, display

from workshop.aws.sam import Progress
from workshop.display import notice
from workshop.orders.history import RUNNING, Run

MOMENT_SECONDS = 2


class Line:
    """A line that `show` replaces. Where outputs are compared, it shows only the last text."""

    def __init__(self) -> None:
        self.quiet = os.environ.get("WORKSHOP_PROGRESS") == "off"
        self._handle: DisplayHandle | None = None

    def show(self, text: str) -> None:
        """Replace the text."""
        if self._handle is None:
            self._handle = display(notice(text), display_id=True)
        else:
            self._handle.update(notice(text))


def at_operation(run: Run) -> str:
    """Say at which operation an execution is."""
    at = f"is at operation {len(run.names)}, {run.names[-1]}" if run.names else "has begun"
    return f"The execution {at if run.state == RUNNING else 'has ended'}."


class WaitingLine:
    """Shows how far an execution is, if it takes longer than a moment; `say` has the words."""

    def __init__(self, say: Callable[[Run], str] = at_operation) -> None:
        self._line, self._say, self._began = Line(), say, time.monotonic()

    def __call__(self, run: Run) -> None:
        """Show how far it is now."""
        if not self._line.quiet and time.monotonic() - self._began >= MOMENT_SECONDS:
            self._line.show(self._say(run))


class DeploymentLine:
    """Shows how far a deployment, or a deletion, is."""

    def __init__(self, doing: str) -> None:
        self._line, self._doing = Line(), doing

    def __call__(self, step: Progress) -> None:
        """Show what SAM CLI does now."""
        if not self._line.quiet:
            self._line.show(f"{', '.join(filter(None, (self._doing, step.count)))}: {step.text}")

    def end(self, text: str) -> None:
        """Show the last line."""
        self._line.show(text)
