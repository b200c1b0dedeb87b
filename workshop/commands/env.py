"""`env`: print the variables that point AWS tools at the local cloud, and curl at the API."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError

from workshop import localcloud, stack
from workshop.target import Target

HOST = "127.0.0.1"
FORMS = {
    "sh": "export {name}={quoted}",
    "powershell": "$env:{name} = '{value}'",
    "cmd": "set {name}={value}",
}


def run(arguments: list[str]) -> int:
    """Print one line a variable, for `eval "$(python -m workshop env)"` and its like."""
    parser = argparse.ArgumentParser("python -m workshop env", description=__doc__)
    usual = "powershell" if os.name == "nt" else "sh"
    parser.add_argument("--shell", choices=FORMS, default=usual, help=f"whose syntax ({usual})")
    form = FORMS[parser.parse_args(arguments).shell]
    variables = localcloud.environment()
    direct = past_the_proxy(os.environ)
    for name, value in {**variables, **direct, **api_variables(variables)}.items():
        print(form.format(name=name, value=value, quoted=shlex.quote(value)))
    return 0


def past_the_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """What keeps AWS tools from asking a proxy for the local cloud, if there is a proxy."""
    if not any(name.lower() == "http_proxy" for name in environ):
        return {}
    others = environ.get("no_proxy") or environ.get("NO_PROXY")
    return dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join(filter(None, (others, HOST))))


def api_variables(variables: dict[str, str]) -> dict[str, str]:
    """The order API's address and key; nothing while it is not deployed or the cloud is down."""
    try:
        deployed = stack.find(Target("local", variables["AWS_REGION"], variables))
    except BotoCoreError:
        return {}
    if deployed is None:
        return {}
    return {"WORKSHOP_API_URL": deployed.api_url, "WORKSHOP_API_KEY": deployed.api_key}
