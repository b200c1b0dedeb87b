"""The verbs of the command line: one table, and one small file for each verb."""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """One verb: its line in `help`, where its code is, whether it needs setup first."""

    name: str
    help: str
    code: str
    needs_environment: bool = True


VERBS = (
    Verb("help", "list the commands", "show_help:run", needs_environment=False),
    Verb("setup", "make or update the environments", "setup:run", needs_environment=False),
    Verb("lab", "start the local cloud and open JupyterLab", "lab:run"),
    Verb("order", "process one order and show its operations live", "order:run"),
    Verb("start", "start the local cloud", "cloud:start"),
    Verb("status", "show what the local cloud is doing", "cloud:status"),
    Verb("logs", "show the logs of the local cloud", "cloud:logs"),
    Verb("stop", "stop the local cloud; its state is kept", "cloud:stop"),
    Verb("reset", "stop the local cloud and forget its state", "cloud:reset"),
    Verb("env", "print the variables that point AWS tools at the local cloud", "env:run"),
    Verb("deploy", "deploy the application", "stack:deploy"),
    Verb("delete", "delete the deployed application", "stack:delete"),
    Verb("orders", "list the orders, and what they wait for", "executions:orders"),
    Verb("pause", "pause an order", "executions:pause"),
    Verb("resume", "resume a paused order", "executions:resume"),
    Verb("stop-order", "stop an order for good", "executions:stop"),
    Verb("fork", "start an order with what another has recorded", "executions:fork"),
    Verb("what-if", "show what an order costs, and what it would", "costs:what_if"),
    Verb("compare", "show two orders beside each other", "executions:compare"),
    Verb("redrive", "process an order that waits for a person again", "redrive:run"),
    Verb("record", "save the history of an order", "replay:record"),
    Verb("replay", "run the code against saved histories", "replay:replay"),
    Verb("room", "show a folder of learners' journals as one live page", "room:run"),
    Verb("new", "make a service of your own", "new:run"),
    Verb("sync", "make notebooks, solutions and the reference page", "sync:run"),
    Verb("test", "run the tests", "test:run"),
    Verb("lint", "check style, types, words and the template", "lint:run"),
    Verb("bench", "measure how fast orders are processed", "bench:run"),
    Verb("doctor", "check this machine and say how to fix it", "doctor:run", False),
    Verb("clean", "remove what setup and runs made; my-work stays", "clean:run", False),
    Verb("lock", "pin the requirements again", "lock:run", needs_environment=False),
)


def find(name: str) -> Verb | None:
    """Return the verb called NAME, or None."""
    return next((verb for verb in VERBS if verb.name == name), None)
