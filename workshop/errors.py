"""The error whose text is for the person at the keyboard."""

from __future__ import annotations


class WorkshopError(Exception):
    """Something that a person can fix: what happened, and what to do about it.

    The command line prints it as it is, without a traceback, and exits with 1.
    """

    def __init__(self, what_happened: str, what_to_do: str = "") -> None:
        super().__init__(" ".join(filter(None, (what_happened, what_to_do))))
        self.what_happened = what_happened
        self.what_to_do = what_to_do
