"""The environment of a function's process: only what Lambda would give it.

Fixes: ministack passes its own environment, and so the learner's, to every function. And it does
not tell a function its log format and level.
"""

import os
import subprocess
import uuid
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
RUNTIME = os.environ["WORKSHOP_RUNTIME"]  # the packages of Lambda's Python runtime
SERVING = os.environ["WORKSHOP_SERVING"]


def of_function(config: dict[str, Any], code: Path) -> dict[str, str]:
    """Return the environment of a Python function whose package is in ``code``."""
    given = {name: os.environ[name] for name in NEEDED | PLACES if name in os.environ}
    own = config.get("Environment", {}).get("Variables", {})
    reserved = lambda_runtime._RESERVED_RUNTIME_ENV_VARS
    return for_process(
        {
            **given,
            **{name: value for name, value in own.items() if name not in reserved},
            **lambda_variables(config),
            **lambda_runtime.execution_credentials(config),
            "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_LOG_STREAM_NAME": uuid.uuid4().hex,
            "LAMBDA_TASK_ROOT": str(code),
            # ministack does not have the hosts of a service's model
            lambda_runtime.HOST_PREFIX_ENV: own.get(lambda_runtime.HOST_PREFIX_ENV, "true"),
        },
        code.parent,
    )


def lambda_variables(config: dict[str, Any]) -> dict[str, str]:
    """Return the variables that Lambda sets for a function, and ministack does not."""
    logging = config.get("LoggingConfig", {})
    variables = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup")
        or f"/aws/lambda/{config['FunctionName']}",
        "AWS_LAMBDA_LOG_FORMAT": "Text",
        "_HANDLER": config["Handler"],
    }
    if logging.get("LogFormat") == "JSON":  # only JSON has levels
        level = logging.get("ApplicationLogLevel", "INFO")
        variables |= {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": level}
    return variables


def environment(variables: dict[str, str], home: Path) -> dict[str, str]:
    """Return a function's environment without the server's variables, which ``variables`` has.

    A name that the server does not have is the function's own, or Lambda's.
    """
    own = {k: v for k, v in variables.items() if k not in os.environ or k in NEEDED | PLACES}
    return for_process(own, home)


def for_process(own: dict[str, str], home: Path) -> dict[str, str]:
    """Complete a function's environment with what its process needs on this machine."""
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
