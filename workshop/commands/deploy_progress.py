"""Shows the progress of long work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from workshop import escape
from workshop.aws import sam
from workshop.commands.console import console


@contextmanager
def deploying(title: str) -> Iterator[sam.Show]:
    """Show a bar with the progress of a deployment: resources done, of those that change."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[now]}", style="dim", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(escape.line(title), total=None, now="", count="")

        def show(progress: sam.Progress) -> None:
            bar.update(
                task,
                completed=progress.done,
                total=progress.total or None,
                now=escape.line(progress.text),
                count=progress.count,
            )

        yield show
