"""What notebooks show: small tables and notices, as HTML and as plain text; and static pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workshop import escape

LONGEST = 72
SHORT = 12
LONGEST_NAME = 28


@dataclass(frozen=True)
class Notice:
    """A few lines of text: the first is the message, the others say more."""

    lines: tuple[str, ...]

    def __repr__(self) -> str:
        return escape.text("\n".join(self.lines))

    def _repr_html_(self) -> str:
        first, *others = map(escape.html, self.lines)
        more = "".join(f"<br>{line}" for line in others)
        return (
            f'<div class="{escape.NO_FORMULAS}" role="status"><strong>{first}</strong>{more}</div>'
        )


def notice(*lines: str) -> Notice:
    """Return a notice of these lines, without the empty ones."""
    return Notice(tuple(line for line in lines if line))


@dataclass(frozen=True)
class Table:
    """Rows under headings. HTML and plain text have the same words."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""

    def __repr__(self) -> str:
        cells = [tuple(map(shorten, row)) for row in (self.headings, *self.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(self.headings))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        return "\n".join(map(escape.line, filter(None, (self.title, *lines, self.caption))))

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col" style="text-align:left">{escape.html(heading)}</th>'
            for heading in self.headings
        )
        body = "".join(
            "<tr>"
            + "".join(f'<td style="{_style(c)}">{escape.html(shorten(c))}</td>' for c in row)
            + "</tr>"
            for row in self.rows
        )
        after = f"<p>{escape.html(self.caption)}</p>" if self.caption else ""
        title = escape.html(self.title)
        return (
            f'<div class="{escape.NO_FORMULAS}">'
            f'<p><strong>{title}</strong></p><table aria-label="{title}">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{after}</div>"
        )


def _style(cell: str) -> str:
    """Return a style that keeps a short cell, or a name, in one line in any window.

    A browser would break warehouse-processing after its hyphen, however much room there is.
    """
    whole = len(cell) <= (SHORT if " " in cell else LONGEST_NAME)
    return "text-align:left" + (";white-space:nowrap" if whole else "")


@dataclass(frozen=True)
class Code:
    """Python code under a title; in color where Markdown is."""

    title: str
    text: str

    def __repr__(self) -> str:
        return escape.text(f"{self.title}\n\n{self.text.rstrip()}")

    def _repr_markdown_(self) -> str:
        return escape.markdown(self.title) + escape.markdown_code(self.text)


def static_page(title: str, body: str, style: str, head: str = "") -> str:
    """Return a page of this HTML that runs no script and loads nothing."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    heading = escape.html(title)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">{head}'
        f"<title>{heading}</title><style>{style}</style></head>"
        f"<body><h1>{heading}</h1>{body}</body></html>\n"
    )


def shorten(text: str, longest: int = LONGEST) -> str:
    """Return the text in one line, cut with an ellipsis if it is long."""
    line = " ".join(escape.text(text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
