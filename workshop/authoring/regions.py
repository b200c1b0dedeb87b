"""What the learner writes: `# BEGIN SOLUTION … # STUB … # END SOLUTION` in a cell of a source."""

from __future__ import annotations

import re

REGION = re.compile(
    r"^[ \t]*# BEGIN SOLUTION\n(.*?)^([ \t]*)# END SOLUTION[ \t]*(?:\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
STUB = re.compile(r"^[ \t]*# STUB[ \t]*\n", re.MULTILINE)


def solution(text: str) -> str:
    """A cell with what the learner is to write."""
    return REGION.sub(lambda region: STUB.split(region[1])[0], text)


def starter(text: str) -> str:
    """A cell as the learner finds it."""
    return REGION.sub(_stub, text)


def written_lines(text: str) -> int:
    """How many lines of a cell the learner writes."""
    return sum(len(STUB.split(region[1])[0].splitlines()) for region in REGION.finditer(text))


def _stub(region: re.Match[str]) -> str:
    indent = region[2]
    parts = STUB.split(region[1])
    if len(parts) == 1:
        return f"{indent}# TODO: your code here\n{indent}...\n"
    return re.sub(r"^([ \t]*)# ?", r"\1", parts[1], flags=re.MULTILINE)
