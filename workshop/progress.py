"""Showing that long work goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from workshop import deploy

console = Console(highlight=False)


@contextmanager
def deploying(title: str) -> Iterator[deploy.Show]:
    """A bar that a deployment moves: resources done, of those that change."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[now]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None, now="", count="")

        def show(progress: deploy.Progress) -> None:
            bar.update(
                task,
                completed=progress.done,
                total=progress.total or None,
                now=progress.text,
                count=progress.count,
            )

        yield show
