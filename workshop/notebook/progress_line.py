"""One line of a cell's output, which changes while something takes its time."""

from __future__ import annotations

import os

from IPython.display import DisplayHandle, display

from workshop.display import notice


class Line:
    """A line that `show` replaces. Nobody wants it in between where outputs are compared."""

    def __init__(self) -> None:
        self.quiet = os.environ.get("WORKSHOP_PROGRESS") == "off"
        self._handle: DisplayHandle | None = None

    def show(self, text: str) -> None:
        """Show this text in place of the one before."""
        if self._handle is None:
            self._handle = display(notice(text), display_id=True)
        else:
            self._handle.update(notice(text))
