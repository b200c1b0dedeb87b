"""Finds a verb's code from the command line, and runs it in the workshop's environment.

This module and all it imports at the top run on any Python from 3.8 on, with nothing installed.
"""

from __future__ import annotations

import os
import sys

from workshop import escape
from workshop.commands import VERBS, Verb, find
from workshop.errors import WorkshopError


def main(arguments: list[str]) -> int:
    """Run one verb and return the exit code of the process."""
    debug = bool(os.environ.get("WORKSHOP_DEBUG"))
    if arguments[:1] == ["--debug"]:
        debug, arguments = True, arguments[1:]
        os.environ["WORKSHOP_DEBUG"] = "1"
    try:
        return run(arguments or ["help"])
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except Exception as error:
        if debug:
            raise
        print(escape.text(explain(error)), file=sys.stderr)
        return 1


def run(arguments: list[str]) -> int:
    """Run the verb, the first argument; the others are its own arguments."""
    name = "help" if arguments[0] in ("-h", "--help") else arguments[0]
    verb = find(name)
    if verb is None:
        raise unknown(name)
    if verb.needs_environment:
        enter_environment(arguments)
    return call(verb, arguments[1:])


def unknown(name: str) -> WorkshopError:
    """Return the error for a verb that does not exist, with the nearest one that does."""
    from difflib import get_close_matches

    nearest = get_close_matches(name, [verb.name for verb in VERBS], n=1, cutoff=0.5)
    guess = f"Did you mean `{nearest[0]}`?" if nearest else ""
    return WorkshopError(
        f"The command `{name}` does not exist.",
        f"{guess} `python -m workshop help` lists them.".strip(),
    )


def enter_environment(arguments: list[str]) -> None:
    """Return if this process is in the workshop's environment, else start one that is."""
    from workshop import setup

    python = setup.ensure()
    if not python.is_running():
        leave_for(str(python.executable), ["-m", "workshop", *arguments])


def leave_for(executable: str, arguments: list[str]) -> None:
    """Continue in another Python; does not return."""
    hindrances = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
    environ = {name: value for name, value in os.environ.items() if name not in hindrances}
    command = [executable, *arguments]
    if os.name != "nt":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(executable, command, environ)
    import signal
    import subprocess

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that does the work
    sys.exit(subprocess.call(command, env=environ))


def call(verb: Verb, arguments: list[str]) -> int:
    """Import the code of a verb and run it."""
    from importlib import import_module

    module, function = verb.code.split(":")
    return getattr(import_module(f"workshop.commands.{module}"), function)(arguments) or 0


def explain(error: Exception) -> str:
    """Return the text about an error for a person; a bug of ours leaves a traceback in a file."""
    if isinstance(error, WorkshopError):
        return str(error)
    import traceback

    from workshop import private
    from workshop.paths import LOGS

    log = LOGS / "last-error.log"
    try:
        trace = traceback.format_exception(type(error), error, error.__traceback__)
        private.write(log, escape.text("".join(trace)))
    except (OSError, WorkshopError):
        return f"Unforeseen: {type(error).__name__}: {error}. Set WORKSHOP_DEBUG=1 to see where."
    return f"Unforeseen: {type(error).__name__}: {error}. Where it happened is in {log}."
