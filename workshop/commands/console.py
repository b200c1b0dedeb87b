"""The console of the commands: it shows what is printed as text, never as markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.text import Text

from workshop import escape


class Literal(Console):
    """A console that reads no markup in texts: what has colors is an object of Rich."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Show a text as it is, also in a table."""
        plain = {"markup": False, "emoji": False, "highlight": False}
        return super().render_str(escape.text(text), **{**options, **plain})


console = Literal(highlight=False)


@contextmanager
def waiting(what_for: str, on: Console = console) -> Iterator[Callable[[str], None]]:
    """Show what a command waits for; yield a function that changes the text."""
    with on.status(escape.rich(what_for)) as status:
        yield lambda text: status.update(escape.rich(text))
