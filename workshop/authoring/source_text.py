"""Signatures, docstrings, options and constants, read from source text and not by importing it.

So the page of reference can describe rooms that authoring must not import.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from workshop.course import stages
from workshop.paths import ROOT


@cache
def tree(path: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(stages.read(path), str(path))


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    """Return the functions of a module, in order, by name."""
    return {node.name: node for node in tree(path).body if isinstance(node, ast.FunctionDef)}


def path_of(module: str) -> Path | None:
    """Return the file of a module of this repository; None if there is no such module."""
    path = ROOT.joinpath(*module.split("."))
    found = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in found if each.exists()), None)


def imported(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield `(module, name, name here)` for each name that a module imports from another."""
    for node in tree(path).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.module, alias.name, alias.asname or alias.name


def summary(node: ast.FunctionDef) -> str:
    """Return the first paragraph of a docstring in one line."""
    return " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())


def options(path: Path, name: str) -> Iterator[str]:
    """Yield each option that a command adds to a parser, itself or in a function it calls."""
    known = functions(path)
    for node in ast.walk(known[name]):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            yield _option(node)
        elif isinstance(node.func, ast.Name) and node.func.id in known:
            yield from options(path, node.func.id)


def _option(call: ast.Call) -> str:
    names = " or ".join(f"`{ast.literal_eval(name)}`" for name in call.args)
    about = {each.arg: each.value for each in call.keywords}
    if isinstance(about.get("choices"), ast.Tuple):
        choices = (f"`{choice}`" for choice in ast.literal_eval(about["choices"]))
        names += f" ({' or '.join(choices)})"
    return f"{names}: {ast.literal_eval(about['help'])}" if "help" in about else names


def commands(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the code, `module:function`, of each `Verb` that a module makes."""
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Verb"
        ):
            name, _, code = (ast.literal_eval(argument) for argument in node.args[:3])
            yield name, code


def literal(path: Path, name: str) -> Any:
    """Return what a module assigns to a name, such as the list `__all__`."""
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise KeyError(name)


def constant(path: Path, name: str) -> float:
    """Return a number that a module assigns to a name. Raises `KeyError` if it does not."""
    known: dict[str, Any] = {}
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                known[node.targets[0].id] = value_of(node.value, known)
            except (KeyError, TypeError):
                continue  # not a number
    if name not in known:
        raise KeyError(f"{name} is no longer a number in {path.relative_to(ROOT).as_posix()}")
    return float(known[name])


def value_of(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """Return the value of a number, a name, or a product of them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return value_of(node.left, known) * value_of(node.right, known)
    if isinstance(node, ast.Name):
        return known[node.id]
    raise TypeError(f"{ast.unparse(node)} is not a number")
