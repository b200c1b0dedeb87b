"""One function that does what its event asks for."""

import importlib
import os
import signal
import subprocess
import sys
import time


def handler(event, _context):
    """Do one thing to the process, or tell something about it."""
    return globals()[event["do"]](event)


def leave(event):
    """End the process as a program does."""
    sys.exit(event["status"])


def kill(_event):
    """End the process as the crash of a machine does."""
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(event):
    """Sleep."""
    print("good night")
    time.sleep(event["seconds"])


def refuse(_event):
    """Raise an error of one's own."""
    raise ValueError("no")


def give(_event):
    """Return what is not JSON."""
    return {1, 2}


def find(event):
    """Import each module; return where each was found, or the error."""
    found = {}
    for name in event["modules"]:
        try:
            found[name] = importlib.import_module(name).__file__
        except ImportError as error:
            found[name] = str(error)
    return found


def path(_event):
    """Return where modules are looked for."""
    return sys.path


def write(_event):
    """Write to the log in every way."""
    print("printed")
    sys.stdout.write("written without an end of line")
    subprocess.run(["echo", "said by another program"], check=True)
    os.write(1, b"written to the descriptor\n")
    return "answered"
