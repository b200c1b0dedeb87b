"""`deploy` and `delete`: the application, on the local cloud or on AWS."""

from __future__ import annotations

import argparse

from workshop.aws import deployment, gaps, leftovers
from workshop.aws.target import connect
from workshop.commands.console import console
from workshop.commands.deploy_progress import deploying
from workshop.errors import WorkshopError


def deploy(arguments: list[str]) -> int:
    """Deploy the template and the modules as they are now."""
    parser = _parser("deploy", deploy.__doc__)
    parser.add_argument(
        "-p", "--parameter", action="append", default=[], metavar="NAME=VALUE",
        help="override one of the template's parameters, for example WarehouseWaitSeconds=3",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    parameters = dict(_split(pair) for pair in options.parameter)
    target = connect(options.target)
    with deploying("deploying") as show:
        stack = deployment.deploy(target, parameters=parameters, show=show)
    console.print(f"{stack.name} is deployed. Its API: {stack.api_url}", soft_wrap=True)
    for gap in gaps.find(stack):
        console.print(str(gap), soft_wrap=True)
    return 0


def delete(arguments: list[str]) -> int:
    """Delete the application with everything in it, and list what is left."""
    options = _parser("delete", delete.__doc__).parse_args(arguments)
    target = connect(options.target)
    with deploying("deleting") as show:
        existed = deployment.delete(target, show=show)
    console.print("It is deleted." if existed else "It was not deployed.")
    left = leftovers.report(leftovers.remains(target), target.name)
    console.print(str(left), soft_wrap=True)
    return 0


def _parser(verb: str, description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"python -m workshop {verb}", description=description)
    parser.add_argument("--target", choices=("local", "aws"), default="local")
    return parser


def _split(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise WorkshopError(f"'{pair}' is not a parameter.", "Write it as NAME=VALUE.")
    return name, value
