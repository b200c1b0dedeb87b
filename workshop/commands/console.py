"""The console of the commands: what is printed on it is shown as the text it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.text import Text

from workshop import escape


class Literal(Console):
    """A console to which a text is that text: what has colours is an object of Rich."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Take a text, wherever it is printed or stands in a table, for what it is."""
        plain = {"markup": False, "emoji": False, "highlight": False}
        return super().render_str(escape.text(text), **{**options, **plain})


console = Literal(highlight=False)


@contextmanager
def waiting(what_for: str, on: Console = console) -> Iterator[Callable[[str], None]]:
    """A line that says what is waited for, and a function that changes it."""
    with on.status(escape.rich(what_for)) as status:
        yield lambda text: status.update(escape.rich(text))
