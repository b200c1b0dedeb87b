"""`docs/reference.md`: verbs, commands, exercises, variables and limits, as the code has them.

What the code cannot say of a variable or a limit is in `docs/reference.toml`.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from workshop.authoring import source_text
from workshop.course import stages
from workshop.exercises import catalogue
from workshop.paths import ROOT

PAGE = ROOT / "docs" / "reference.md"
TABLES = ROOT / "docs" / "reference.toml"
NOTEBOOK, COMMANDS = (ROOT / "workshop" / name / "__init__.py" for name in ("notebook", "commands"))
BINARY, DECIMAL = ((1024**2, "MiB"), (1024, "KiB")), ((10**9, "GB"), (10**6, "MB"))
VARIABLE = re.compile(r"\bWORKSHOP_[A-Z]+(?:_[A-Z]+)*\b")
HEAD = """\
# Reference

`make sync` writes this page from the code, and `make sync ARGS=--check` fails if the two differ.
Do not edit it: change a docstring, an option, or [reference.toml](reference.toml), and run
`make sync`.

## Names that notebooks import

Notebooks import only `workshop.notebook`. Everything else in `workshop/` is internal.
"""
COMMAND_HEAD = """
Each command is `python -m workshop NAME`, or `make NAME` with its options in `ARGS`:
`make order ARGS="--quantity 3"`.

| command | what it does | options |
|---|---|---|"""


def page() -> str:
    """Return the whole page."""
    tables = tomllib.loads(stages.read(TABLES))
    return "\n".join(
        [
            *(HEAD, *_names()),
            *("\n## Magics, in the first line of a cell\n", *_magics()),
            *("\n## Commands", COMMAND_HEAD, *_commands()),
            *("\n## Exercises\n", "| exercise | title | notebook |\n|---|---|---|", *_exercises()),
            *("\n## Environment variables", *_variables(tables["variables"])),
            *("\n## Limits", *_limits(tables["limits"]), ""),
        ]
    )


def write() -> bool:
    """Write the page; return whether it changed."""
    text = page()
    if PAGE.exists() and stages.read(PAGE) == text:
        return False
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    return True


def drift() -> Iterator[str]:
    """Yield what differs: the page from the code, or the table from the code's variables."""
    if not PAGE.exists() or stages.read(PAGE) != page():
        yield "docs/reference.md differs from the code"
    groups = tomllib.loads(stages.read(TABLES))["variables"].values()
    in_code = variables_in(ROOT / "workshop") | variables_in(ROOT / "tests")
    yield from unlisted(in_code, {name for group in groups for name in group})


def unlisted(in_code: set[str], listed: set[str]) -> Iterator[str]:
    """Yield a line for each variable that is only in the code, or only in the table."""
    for name in sorted(in_code - listed):
        yield f"{name} is in the code and missing in docs/reference.toml"
    for name in sorted(listed - in_code):
        yield f"{name} is in docs/reference.toml and no longer in the code"


def variables_in(folder: Path) -> set[str]:
    """Return the workshop's environment variables that the modules in a folder name."""
    return {name for path in folder.rglob("*.py") for name in VARIABLE.findall(stages.read(path))}


def _names() -> Iterator[str]:
    found = {here: (module, name) for module, name, here in source_text.imported(NOTEBOOK)}
    for here in source_text.literal(NOTEBOOK, "__all__"):
        module, name = found[here]
        whole = source_text.path_of(f"{module}.{name}")
        if whole is None:
            path = source_text.path_of(module) or NOTEBOOK
            yield _described(here, source_text.functions(path)[name])
            continue
        for each, function in source_text.functions(whole).items():
            if not each.startswith("_"):
                yield _described(f"{here}.{each}", function)


def _described(name: str, function: ast.FunctionDef) -> str:
    arguments = ast.unparse(function.args).replace("=", " = ")  # as with annotations in PEP 8
    return f"- `{name}({arguments})`: {source_text.summary(function)}"


def _magics() -> Iterator[str]:
    path = NOTEBOOK.with_name("magics.py")
    for name, function in source_text.functions(path).items():
        if [argument.arg for argument in function.args.args] == ["line", "cell"]:
            yield f"- `%%{name}`: {source_text.summary(function)}"


def _commands() -> Iterator[str]:
    for name, code in source_text.commands(COMMANDS):
        module, function = code.split(":")
        path = COMMANDS.with_name(f"{module}.py")
        what = source_text.summary(source_text.functions(path)[function])
        options = "<br>".join(source_text.options(path, function))
        yield f"| `{name}` | {what} | {options} |"


def _exercises() -> Iterator[str]:
    names = {path.name[:2]: path.name for path in stages.solved()}
    for exercise in catalogue.everything():
        name = names[stages.exercise(exercise.id).notebook]
        yield f"| {exercise.id} | {exercise.title} | [{name[:2]}](../notebooks/{name}) |"


def _variables(groups: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for heading, variables in groups.items():
        yield f"\n### {heading}\n\n| variable | meaning |\n|---|---|"
        yield from (f"| `{name}` | {meaning} |" for name, meaning in variables.items())


def _limits(groups: Mapping[str, list[dict[str, str]]]) -> Iterator[str]:
    for heading, files in groups.items():
        yield f"\n### {heading}\n\n| limit | value | where |\n|---|---|---|"
        for limits in files:
            file = limits.pop("file")
            for name, what in limits.items():
                value = with_unit(name, source_text.constant(ROOT / file, name))
                yield f"| {what} | {value} | `{name}` in [{file}](../{file}) |"


def with_unit(name: str, value: float) -> str:
    """Return a limit in its unit, which the end of its name says."""
    kind = name.rpartition("_")[2]
    if kind == "BYTES":
        units = BINARY if value % 1024 == 0 else DECIMAL
        size, unit = next(each for each in units if value >= each[0])
        return f"{value / size:g} {unit}"
    if kind == "SECONDS":
        return f"{value / 3600:g} h" if value >= 3600 else f"{value:g} s"
    return f"{value / 100:,.2f}" if kind == "CENTS" else f"{value:,g}"
