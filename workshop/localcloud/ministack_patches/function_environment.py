"""The environment of a function's process: only what Lambda would give it.

Fixes: ministack passes its own environment, and so the learner's, to every function.
"""

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

# What the interpreter and the libraries of the system need, on any system.
NEEDED = set(os.environ["WORKSHOP_INHERITED"].split())
# The address of AWS. The credentials are the function's own, which ministack adds.
PLACES = {
    *("AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA"),
    *("AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
}
LAMBDA_PATH = "/usr/local/bin:/usr/bin:/bin:/opt/bin"
RUNTIME, SERVING = os.environ["WORKSHOP_RUNTIME"], os.environ["WORKSHOP_SERVING"]


def environment(variables: dict[str, str], home: Path) -> dict[str, str]:
    """Return a function's environment without the server's variables, which ``variables`` has.

    A name that the server does not have is the function's own, or Lambda's.
    """
    own = {k: v for k, v in variables.items() if k not in os.environ or k in NEEDED | PLACES}
    if own.get("AWS_SECRET_ACCESS_KEY") == os.environ["AWS_SECRET_ACCESS_KEY"]:
        raise RuntimeError("a function must not have the owner's credentials")
    if os.name == "posix":
        own["PATH"] = LAMBDA_PATH
    return own | {
        "HOME": str(home),
        "PYTHONPATH": RUNTIME,
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(home),
        "TZ": ":UTC",
        "WORKSHOP_SERVING": SERVING,
    }


def popen(command: list[str], **options: Any) -> subprocess.Popen[Any]:
    """Start a process of a function."""
    home = Path(options.get("cwd") or ".").resolve().parent
    options["env"] = environment(options["env"], home)
    return subprocess.Popen(command, **options)


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run a process of a function to its end."""
    home = Path(options.get("cwd") or ".").resolve().parent
    options["env"] = environment(options["env"], home)
    return subprocess.run(command, check=False, **options)


# Only for these two modules, which start the processes of functions and no others.
lambda_runtime.subprocess = lambda_svc.subprocess = SimpleNamespace(
    **{**vars(subprocess), "Popen": popen, "run": run}
)
