"""The pipes of a function's process: its answers, and what it logs until each of them."""

import queue
from typing import IO

END_OF_LOG = "\x1eend of log"  # as function_runtime/bootstrap.py writes it


def read_answers(stream: IO[str], answers: "queue.Queue[str]") -> None:
    """Pass on each answer, and an empty text at the end of the process."""
    for line in stream:
        answers.put(line)
    answers.put("")


def read_logs(stream: IO[str], logs: "queue.Queue[str]") -> None:
    """Pass on what is logged until each answer, and the rest at the end of the process."""
    lines: list[str] = []
    for line in stream:
        text, end, _ = line.rstrip("\n").partition(END_OF_LOG)
        if text or not end:
            lines.append(text)
        if end:
            logs.put("\n".join(lines))
            lines = []
    logs.put("\n".join(lines))
