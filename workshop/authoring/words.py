"""The words of docs/style.md as a rule: ``python -m workshop.authoring.words``.

Reads what people read: Markdown, comments, docstrings, messages, and the names of tests. What is
wrong, and what to say instead, is data in docs/words.toml.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from workshop.paths import ROOT

# What people wrote. Notebooks and solutions are made from curriculum/, so they are not read again.
WRITTEN = (
    "*.md",
    "Makefile",
    "template.yaml",
    ".github/**/*",
    "binder/*",
    "curriculum/*.py",
    "curriculum/*.toml",
    "docs/**/*.md",
    "docs/**/*.svg",
    "jupyter/*.py",
    "modules/**/*.py",
    "requirements/*.in",
    "skeleton/**/*.md",
    "skeleton/**/*.py",
    "skeleton/**/*.yml",
    "skeleton/template.yaml",
    "tests/**/*.py",
    "workshop/**/*.js",
    "workshop/**/*.py",
)
CODE = "\0"  # stands for code between two texts, so that no rule matches across it
CODE_SPAN = re.compile(r"(`+)[^`\n]+\1")
STRINGS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
OPENING = re.compile(r"[A-Za-z]*(\"\"\"|'''|\"|')")


@dataclass(frozen=True)
class Rule:
    """What to avoid, what to say instead, and in which files."""

    pattern: re.Pattern[str]
    say: str
    only: tuple[str, ...] = ("*",)
    not_in: tuple[str, ...] = ()

    def applies_to(self, name: str) -> bool:
        """Return whether the rule is for this file, a path from the repository's root."""
        return any(fnmatch(name, glob) for glob in self.only) and not any(
            fnmatch(name, glob) for glob in self.not_in
        )


def rules(source: Path = ROOT / "docs" / "words.toml") -> list[Rule]:
    """Read the rules. A space in a pattern also matches the end of a line."""
    return [
        Rule(
            _pattern(entry["pattern"], entry.get("allow", "")),
            entry["say"],
            tuple(entry.get("only", ["*"])),
            tuple(entry.get("not_in", [])),
        )
        for entry in tomllib.loads(source.read_text(encoding="utf-8"))["rule"]
    ]


def _pattern(avoid: str, allow: str) -> re.Pattern[str]:
    """Compile a pattern with what to avoid as group 1; what is allowed matches without it."""
    both = f"{allow}|({avoid})" if allow else f"({avoid})"
    return re.compile(both.replace(" ", r"\s+"), re.IGNORECASE | re.MULTILINE)


def findings(root: Path, known: list[Rule]) -> Iterator[str]:
    """Yield `path:line: "word": say …` for every word to replace under a repository's root."""
    files = sorted({path for glob in WRITTEN for path in root.glob(glob) if path.is_file()})
    for path in files:
        name = path.relative_to(root).as_posix()
        yield from find(name, path.read_text(encoding="utf-8"), known)


def find(name: str, source: str, known: list[Rule]) -> Iterator[str]:
    """Yield the findings in one file, in the order of its lines."""
    text = CODE_SPAN.sub(CODE, prose(name, source))
    found = [
        (text.count("\n", 0, match.start(1)) + 1, " ".join(match[1].split()), rule.say)
        for rule in known
        if rule.applies_to(name)
        for match in rule.pattern.finditer(text)
        if match[1]
    ]
    for line, word, say in sorted(found):
        yield f'{name}:{line}: "{word}": say {say}'


def prose(name: str, source: str) -> str:
    """Return what a person reads in a file, each text still on its line."""
    if not name.endswith(".py"):
        return source
    parts = [""]
    line, starts_statement = 1, True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.start[0] > line:
            parts.append("\n" * (token.start[0] - line))
            line = token.start[0]
        if token.type in LAYOUT:
            starts_statement = starts_statement or token.type != tokenize.NL
            continue
        text = _text(token, is_docstring=starts_statement, is_test=name.startswith("tests/"))
        lines = token.string.count("\n")
        if text or lines or parts[-1] != CODE:
            parts.append(text or CODE + "\n" * lines)
        line += lines
        if token.type != tokenize.COMMENT:
            starts_statement = False
    return "".join(parts)


def _text(token: tokenize.TokenInfo, *, is_docstring: bool, is_test: bool) -> str:
    """Return what a person reads of a token; an empty text if it is code."""
    if token.type == tokenize.COMMENT:
        return token.string.lstrip("#!:")
    if token.type == tokenize.NAME and token.string.startswith("test_"):
        return token.string.replace("_", " ") if token.line.lstrip().startswith("def ") else ""
    # A string of one word is a key. What a test compares with may be anybody's words.
    is_identifier = token.type not in STRINGS or " " not in token.string
    if is_identifier or (is_test and not is_docstring):
        return ""
    quotes = OPENING.match(token.string) if token.type == tokenize.STRING else None
    return token.string[quotes.end() : -len(quotes[1])] if quotes else token.string


def main() -> int:
    """Print the findings; return 1 if there are any."""
    found = list(findings(ROOT, rules()))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
