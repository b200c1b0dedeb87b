"""`help`: the list of commands."""

from __future__ import annotations

from workshop.commands import VERBS


def run(_: list[str]) -> int:
    """Print every verb with its line."""
    print("usage: python -m workshop [--debug] <command> [options]\n")
    for verb in VERBS:
        print(f"  {verb.name:<8} {verb.help}")
    print("\nThe same with make: `make lab`, and `make test ARGS='-k money'` for options.")
    return 0
