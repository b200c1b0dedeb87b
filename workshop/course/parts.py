"""Parts of a module: a cell may hold only the statements that it changes.

`merge` puts them into the whole module. A statement is known by the name it defines, so a function
of the cell replaces the function of that name, with its decorators and the comment above it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from typing import NamedTuple

LINE_LENGTH = 100
DOCSTRING = '"""'
MAIN = "if __name__"
THIRD_PARTY = ("aws_", "boto")  # as the packages of the application are named
Names = dict[str, set[str]]


class Statement(NamedTuple):
    """A top-level statement: what it is known by, and its first and last line, from 1."""

    name: str
    kind: type[ast.stmt]
    first: int
    last: int


def merge(whole: str, part: str) -> str:
    """Return the module with the statements of a part: each replaces its namesake, or is added."""
    text, lines = _with_imports(whole, part), part.splitlines()
    for statement in statements(part):
        if not _is_import(statement):
            text = _put(text, statement, lines[statement.first - 1 : statement.last])
    return text


def names(text: str) -> set[str]:
    """Return the functions, classes and values that a text defines."""
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return {statement.name for statement in statements(text) if issubclass(statement.kind, defined)}


def line_in_part(whole: str, part: str, number: int) -> int | None:
    """Return the line of a part that became this line of the whole; None if it is not from it."""
    at = next((s for s in statements(whole) if s.first <= number <= s.last), None)
    own = next((s for s in statements(part) if at and s.name == at.name), None)
    if at is None or own is None:
        return None
    return own.first + min(number - at.first, own.last - own.first)


def statements(text: str) -> list[Statement]:
    """Return the top-level statements of a text, in order."""
    lines, found, above = text.splitlines(), list[Statement](), 0
    for node in ast.parse(text).body:
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        while first - 1 > above and lines[first - 2].startswith("#"):
            first -= 1
        above = node.end_lineno or first
        found.append(Statement(_name(node, is_first=not found), type(node), first, above))
    return found


def _name(node: ast.stmt, *, is_first: bool) -> str:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.Assign():
            return ", ".join(map(ast.unparse, node.targets))
        case ast.AnnAssign():
            return ast.unparse(node.target)
        case ast.ImportFrom():
            return f"from {node.module}"
        case ast.Expr(ast.Constant(str())) if is_first:
            return DOCSTRING
    return ast.unparse(node)  # it has no name, so only the same statement replaces it


def _put(text: str, statement: Statement, block: list[str]) -> str:
    lines, there = text.splitlines(), statements(text)
    for old in there:
        if old.name == statement.name:
            return _joined([*lines[: old.first - 1], *block, *lines[old.last :]])
    if statement.name == DOCSTRING:
        return _joined([*block, "", *lines])
    main = [old for old in there if old.name.startswith(MAIN)]
    at = main[0].first - 1 if main else len(lines)
    before = [old for old in there if old.last <= at]
    while at and not lines[at - 1].strip():
        at -= 1
    gap = [""] * _blank_lines(before[-1] if before else None, statement)
    after = ["", "", *lines[main[0].first - 1 :]] if main else []
    return _joined([*lines[:at], *gap, *block, *after])


def _blank_lines(before: Statement | None, statement: Statement) -> int:
    """Return how many lines the formatter leaves between the two."""
    blocks = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if before is None:
        return 0
    return 2 if issubclass(before.kind, blocks) or issubclass(statement.kind, blocks) else 1


def _with_imports(whole: str, part: str) -> str:
    """Return the whole with the imports of the part that it lacks, sorted as the linter does."""
    plain, names_by_module = _imports(whole)
    new_plain, new_names = _imports(part)
    if new_plain <= plain and all(
        names <= names_by_module.get(module, set()) for module, names in new_names.items()
    ):
        return whole
    for module, names in new_names.items():
        names_by_module[module] = names_by_module.get(module, set()) | names
    block = _rendered(plain | new_plain, names_by_module)
    lines, there = whole.splitlines(), statements(whole)
    imports = [statement for statement in there if _is_import(statement)]
    if imports:
        return _joined([*lines[: imports[0].first - 1], *block, *lines[imports[-1].last :]])
    head = there[0].last if there and there[0].name == DOCSTRING else 0
    rest = _joined(lines[head:]).lstrip("\n").splitlines()
    return _joined([*lines[:head], *([""] if head else []), *block, "", "", *rest])


def _imports(text: str) -> tuple[set[str], Names]:
    """Return what `import …` names, and by module what `from … import …` names."""
    plain, names = set[str](), Names()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            plain |= set(map(ast.unparse, node.names))
        elif isinstance(node, ast.ImportFrom):
            names.setdefault(str(node.module), set()).update(map(ast.unparse, node.names))
    return plain, names


def _rendered(plain: Iterable[str], names: Names) -> list[str]:
    """Return the lines of an import block: the standard library, packages, own modules."""
    lines: list[str] = []
    for section in range(4):
        here = [f"import {module}" for module in sorted(plain) if _section(module) == section]
        for module in sorted(names):
            if _section(module) == section:
                here += _from(module, sorted(names[module], key=_order))
        lines += ["", *here] if lines and here else here
    return lines


def _from(module: str, names: list[str]) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LINE_LENGTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def _section(module: str) -> int:
    top = module.split(maxsplit=1)[0].partition(".")[0]
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return 2 if top.startswith(THIRD_PARTY) else 3


def _order(name: str) -> tuple[int, str]:
    """Return the sorting key of an imported name: constants, then classes, then the others."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2), name


def _is_import(statement: Statement) -> bool:
    return issubclass(statement.kind, (ast.Import, ast.ImportFrom))


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"
