"""What comes from an order, a function or a history is shown as the text it is.

Each medium has one function here, and what is shown in a medium passes its function, nothing else.
Runs on any Python from 3.8 on, with nothing installed, because error messages pass here, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

# What acts, hides or cannot be encoded: control characters but tab and newline, controls of the
# writing direction, other ends of lines, the byte order mark, lone surrogates, noncharacters.
HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufffe\uffff"
    r"\ud800-\udfff]"
)
NO_FORMULAS = "mathjax_ignore"  # the class of HTML in which JupyterLab looks for no formulas


def text(value: object) -> str:
    r"""Text for terminals and plain outputs, in which line breaks are meant.

    What a terminal would obey and an eye would not see is shown as in Python, such as ``\x1b``.
    """
    return HIDDEN.sub(_visible, str(value))


def line(value: object) -> str:
    r"""Text in one line: as ``text``, and a line break in it is shown as ``\n``."""
    return text(value).replace("\n", r"\n").replace("\t", r"\t")


def data(value: Any, each: Callable[[object], str] = text) -> Any:
    """JSON data, for widgets and for printing: every text and key in it as ``each`` shows it."""
    if isinstance(value, str):
        return each(value)
    if isinstance(value, dict):
        return {data(key, each): data(part, each) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [data(part, each) for part in value]
    return value


def html(value: object) -> str:
    """HTML, inside an element or a quoted attribute: no tag, no entity, no end of the attribute.

    The outermost element must be of the class NO_FORMULAS.
    """
    return escape(text(value))


def svg(value: object) -> str:
    """SVG, inside an element or a quoted attribute. It holds no character that XML forbids."""
    return escape(text(value))


def markdown(value: object) -> str:
    """A paragraph of Markdown, as a block of HTML: Markdown leaves those alone."""
    words = html(line(value)).replace("$", "&#36;").replace("\\", "&#92;")
    return f'<p class="{NO_FORMULAS}">{words}</p>\n\n'


def markdown_code(value: object) -> str:
    """Python code in Markdown, in a fence that is longer than any in the code."""
    code = text(value).rstrip()
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", code))])
    return f"{fence}python\n{code}\n{fence}"


def rich(value: object, style: str = "") -> Text:
    """Text for Rich, in which no markup, link or emoji code is looked for."""
    from rich.text import Text

    return Text(text(value), style)


def _visible(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
