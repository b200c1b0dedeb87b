"""Checks an application's sources before SAM CLI spends time on them."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import yaml

from workshop import private
from workshop.aws import deployed, import_check
from workshop.course import stages
from workshop.course.application import Application
from workshop.errors import WorkshopError
from workshop.paths import CLOUD


class _Template(yaml.SafeLoader):
    """Reads a template, with CloudFormation's own tags (!Ref, !Sub) as plain values."""


_Template.add_multi_constructor("!", lambda _loader, _tag, node: node.value)


def check(app: Application, parameters: Mapping[str, object]) -> None:
    """Raise ``WorkshopError`` for the first thing that cannot be deployed or cannot run."""
    check_parameters(app, parameters)
    check_sources(app)
    check_imports(app)


def check_parameters(app: Application, parameters: Mapping[str, object]) -> None:
    """Refuse a parameter that the template does not have: SAM would ignore it silently."""
    known = defaults(app)
    for name in parameters:
        if name not in known:
            raise WorkshopError(
                f"The template has no parameter '{name}'.", f"It has: {', '.join(known)}."
            )


def defaults(app: Application) -> dict[str, str]:
    """Return the template's parameters with their default values; one without has ""."""
    template = yaml.load(app.template.read_text(encoding="utf-8"), _Template)  # noqa: S506 - a safe loader
    return {name: str(p.get("Default", "")) for name, p in template.get("Parameters", {}).items()}


def check_sources(app: Application) -> None:
    """Refuse a missing layer, what is not Python, and a workflow without a handler."""
    if not (app.layer / "python").is_dir():
        raise WorkshopError("The layer of dependencies is missing.", "Run: make setup")
    parsed = {module.stem: _parse(app, module.name) for module in sorted(app.modules.glob("*.py"))}
    if "workflow" not in parsed:
        raise WorkshopError(
            f"{app.name_of('workflow')} is missing, and the processor runs it.",
            "Run the cells that write it, from the top; then deploy again.",
        )
    if not any(_defines_handler(node) for node in parsed["workflow"].body):
        raise WorkshopError(
            f"{app.name_of('workflow')} has no handler, the function that Lambda calls.",
            "Run the cell that writes it, or give your function that name; then deploy again.",
        )


def _parse(app: Application, name: str) -> ast.Module:
    try:
        return ast.parse((app.modules / name).read_text(encoding="utf-8"), name)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise WorkshopError(
            f"{app.name_of(name)} is not valid Python: line {line}, {error.args[0]}.",
            "Correct that line and deploy again.",
        ) from None


def _defines_handler(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name == "handler"
    if isinstance(node, ast.ImportFrom | ast.Import):
        return any((alias.asname or alias.name) == "handler" for alias in node.names)
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return any(isinstance(target, ast.Name) and target.id == "handler" for target in targets)


def check_imports(app: Application) -> None:
    """Refuse modules that cannot be imported; check again only after a change."""
    known = CLOUD / "importable.txt"
    now = deployed.fingerprint(app)
    if known.exists() and known.read_text(encoding="utf-8") == now:
        return
    given = stages.given()
    later = stages.complete().keys() - given.keys()  # api.py imports a module of notebook 06
    expected = {(module, missing) for module in given for missing in later}
    import_check.check(app, expected)
    private.write(known, now)
