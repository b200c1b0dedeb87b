"""What setup shows: one line for each finished part, and a changing one for the others."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from workshop import escape

# Lines of uv's output, and the progress that each one means.
STAGES = (
    (r"^Bytecode compiled", "finishing", 1.0),
    (r"^Installed", "compiling", 0.7),
    (r"^Prepared", "installing", 0.6),
    (r"^Resolved", "downloading", 0.1),
    (r"", "resolving", 0.0),
)
BAR_WIDTH = 20


def say(words: str) -> None:
    """Print a line for people to standard error; standard output is for programs."""
    print(escape.text(words), file=sys.stderr, flush=True)


class Line:
    """The changing line; draws nothing if standard error is not a terminal."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()
        self.started = time.monotonic()

    def draw(self, logs: Sequence[tuple[str, Path]]) -> None:
        """Show how far each unfinished part is, from its log."""
        if not self.shown:
            return
        stages = [(name, *stage(log)) for name, log in logs]
        words = ", ".join(f"{name} {doing}" for name, doing, _ in stages)
        mean = sum(share for _, _, share in stages) / max(1, len(stages))
        text = f"  {bar(mean)} {time.monotonic() - self.started:3.0f} s  {words}"
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write("\r" + text[:width].ljust(width))
        sys.stderr.flush()

    def clear(self) -> None:
        """Clear the line, so that others can be printed."""
        if self.shown:
            sys.stderr.write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")
            sys.stderr.flush()


def stage(log: Path) -> tuple[str, float]:
    """Return what a part is doing, and its progress from 0 to 1."""
    text = log.read_text(encoding="utf-8", errors="replace")
    for pattern, doing, share in STAGES:
        if re.search(pattern, text, re.MULTILINE):
            if doing == "downloading":
                fetched = text.count(" Downloaded") / max(1, text.count("Downloading "))
                return doing, share + 0.5 * fetched
            return doing, share
    raise AssertionError("the last pattern matches every text")


def bar(share: float) -> str:
    """Return a progress bar as text."""
    full = round(share * BAR_WIDTH)
    return "[" + "#" * full + "-" * (BAR_WIDTH - full) + "]"
