"""`env`: print the variables that point AWS tools at the local cloud, and curl at the API."""

from __future__ import annotations

import argparse
import os
import re
import shlex
from collections.abc import Callable, Mapping

from botocore.exceptions import BotoCoreError

from workshop import escape, localcloud
from workshop.aws import stack
from workshop.aws.target import Target
from workshop.errors import WorkshopError

HOST = "127.0.0.1"


def _sh(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _powershell(name: str, value: str) -> str:
    return f"$env:{name} = '" + re.sub("(['\u2018-\u201b])", r"\1\1", value) + "'"


def _cmd(name: str, value: str) -> str:
    if set('"%!') & set(value):
        raise WorkshopError(f"cmd has no way to write the value of {name}.", "Use PowerShell.")
    return f'set "{name}={value}"'


FORMS: dict[str, Callable[[str, str], str]] = {"sh": _sh, "powershell": _powershell, "cmd": _cmd}


def run(arguments: list[str]) -> int:
    """Print a line for each variable, for `eval "$(python -m workshop env)"` and the like."""
    parser = argparse.ArgumentParser("python -m workshop env", description=__doc__)
    usual = "powershell" if os.name == "nt" else "sh"
    parser.add_argument("--shell", choices=FORMS, default=usual, help="sh, powershell or cmd")
    form = FORMS[parser.parse_args(arguments).shell]
    variables = localcloud.environment()
    direct = past_the_proxy(os.environ)
    all_variables = {**variables, **direct, **api_variables(variables)}
    print("\n".join(_write(name, value, form) for name, value in all_variables.items()))
    return 0


def _write(name: str, value: str, form: Callable[[str, str], str]) -> str:
    """Return a line of a shell; refuse control characters, which a terminal would obey."""
    if escape.line(value) != value:
        raise WorkshopError(f"The value of {name} holds characters that no variable should.")
    return form(name, value)


def past_the_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """Return variables that keep AWS tools from asking a proxy for the local cloud."""
    if not any(name.lower() == "http_proxy" for name in environ):
        return {}
    others = environ.get("no_proxy") or environ.get("NO_PROXY")
    return dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join(filter(None, (others, HOST))))


def api_variables(variables: dict[str, str]) -> dict[str, str]:
    """Return the order API's address and key; nothing if it or the cloud is not available."""
    try:
        deployed = stack.find(Target("local", variables["AWS_REGION"], variables))
    except BotoCoreError:
        return {}
    if deployed is None:
        return {}
    return {"WORKSHOP_API_URL": deployed.api_url, "WORKSHOP_API_KEY": deployed.api_key}
