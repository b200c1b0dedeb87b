"""Shows what comes from an order, a function or a history as text, never as code.

Each medium has one function here, which escapes everything that the medium shows. This module runs
on any Python from 3.8 on, with nothing installed, because error messages pass here, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

# What acts, hides or cannot be encoded: control characters except tab and newline, controls of the
# writing direction, other ends of lines, the byte order mark, lone surrogates, noncharacters.
HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufffe\uffff"
    r"\ud800-\udfff]"
)
NO_FORMULAS = "mathjax_ignore"  # JupyterLab looks for no formulas in HTML of this class


def text(value: object) -> str:
    r"""Return text for terminals and plain outputs, with its line breaks.

    What a terminal would obey, and a reader would not see, becomes an escape such as ``\x1b``.
    """
    return HIDDEN.sub(_visible, str(value))


def line(value: object) -> str:
    r"""Return text in one line: as ``text``, with ``\n`` for a line break."""
    return text(value).replace("\n", r"\n").replace("\t", r"\t")


def data(value: Any, each: Callable[[object], str] = text) -> Any:
    """Return JSON data for widgets and for printing, with ``each`` applied to texts and keys."""
    if isinstance(value, str):
        return each(value)
    if isinstance(value, dict):
        return {data(key, each): data(part, each) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [data(part, each) for part in value]
    return value


def html(value: object) -> str:
    """Return HTML for an element or a quoted attribute: no tag, no entity, no end of it.

    The outermost element must be of the class NO_FORMULAS.
    """
    return escape(text(value))


def svg(value: object) -> str:
    """Return SVG for an element or a quoted attribute, without characters that XML forbids."""
    return escape(text(value))


def markdown(value: object) -> str:
    """Return a paragraph as a block of HTML, which Markdown leaves alone."""
    words = html(line(value)).replace("$", "&#36;").replace("\\", "&#92;")
    return f'<p class="{NO_FORMULAS}">{words}</p>\n\n'


def markdown_code(value: object) -> str:
    """Return Python code in Markdown, in a fence that is longer than any in the code."""
    code = text(value).rstrip()
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", code))])
    return f"{fence}python\n{code}\n{fence}"


def rich(value: object, style: str = "") -> Text:
    """Return text for Rich, which finds no markup, link or emoji code in it."""
    from rich.text import Text

    return Text(text(value), style)


def _visible(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
