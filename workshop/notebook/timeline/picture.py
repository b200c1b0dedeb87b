"""A timeline as a static picture and as text: for stored outputs, reports and terminals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from workshop import escape
from workshop.notebook.timeline.runs import MARKS
from workshop.notebook.timeline.view import Ran, Row, View

# In pixels.
WIDTH, ROW, TOP = 860, 20, 78
PHASE_X, NAME_X, WORD_X, MARKS_X, AXIS_X, AXIS_WIDTH = 10, 104, 284, 424, 544, 306
MARK_WIDTH, SHORTEST = 15, 3
SHOWN_RUNS = 7
COLOURS = {
    "to come": "#6e7781",
    "running": "#0550ae",
    "waiting": "#9a6700",
    "retrying": "#9a6700",
    "done": "#1a7f37",
    "compensated": "#8250df",
}
TROUBLE = "#b42318"
LEGEND = "● did it · ◐ began it · ↷ replayed it from its checkpoint"
UNQUOTED = " ='/:;,.()·-●◐↷"  # characters that a data URL may hold as they are


@dataclass(frozen=True)
class Picture:
    """A view that is shown as a picture where pictures are possible, and as text elsewhere."""

    view: View

    def __repr__(self) -> str:
        return "\n".join(lines(self.view))

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return bundle(self.view)


def bundle(view: View) -> dict[str, str]:
    """Return the picture as text, as SVG, and as HTML with its text for a screen reader."""
    drawn = svg(view)
    image = f"data:image/svg+xml,{quote(drawn, safe=UNQUOTED)}"
    html = f'<img alt="{escape.html(alternative(view))}" src="{image}" style="max-width: 100%">'
    return {
        "text/plain": "\n".join(lines(view)),
        "image/svg+xml": drawn,
        "text/html": html,
    }


def alternative(view: View) -> str:
    """Return the picture as text for a screen reader."""
    counts = Counter(row["state"] for row in view["rows"])
    states = ", ".join(f"{count} {state}" for state, count in counts.items())
    figures = ", ".join(f"{meter['name']} {meter['value']}" for meter in view["meters"])
    return f"Timeline of one order. {view['sentence']} Operations: {states}. {figures}.".strip()


def lines(view: View) -> Iterator[str]:
    """Yield the timeline as text. What differs between runs is at the end of a line."""
    view = escape.data(view, escape.line)
    yield f"Order {view['orderId']}. {view['heading']}: {view['status']}"
    yield view["sentence"]
    names = max([len(row["name"]) for row in view["rows"]], default=0)
    words = max([len(row["word"]) for row in view["rows"]], default=0)
    for phase, row in phases(view):
        marks = "".join(MARKS[mark] for mark in row["runs"])
        start = f"{row['glyph']} {row['name']:{names}}  {row['word']:{words}}"
        yield f"{phase:12}  {start}  {marks}".rstrip()
    if view["runs"]:
        yield f"One column for each run of the function: {LEGEND}"
    yield from (f"{meter['name']}: {meter['value']}" for meter in view["meters"])


def svg(view: View) -> str:
    """Return the timeline as SVG, on white, so that it can be read on any page."""
    numbered = enumerate(phases(view))
    rows = "".join(_row(number, phase, row, view) for number, (phase, row) in numbered)
    height = TOP + ROW * len(view["rows"]) + 62
    figures = " · ".join(f"{meter['name']}: {meter['value']}" for meter in view["meters"][:4])
    prices = " · ".join(f"{meter['name']}: {meter['value']}" for meter in view["meters"][4:])
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' "
        f"width='{WIDTH}' role='img' font-family='sans-serif' font-size='12' fill='#1f2328'>"
        f"<title>Timeline of one order</title><desc>{escape.svg(alternative(view))}</desc>"
        f"<rect width='{WIDTH}' height='{height}' fill='#fff'/>"
        + _text(
            PHASE_X, 20, f"{view['heading']}: {view['status']}", "font-size='14' font-weight='bold'"
        )
        + _text(PHASE_X, 40, view["sentence"])
        + _text(MARKS_X, 62, "invocations")
        + _text(NAME_X, 62, "the function")
        + "".join(_bar(54, run, "#0550ae", view) for run in view["runs"])
        + rows
        + _text(PHASE_X, height - 42, LEGEND)
        + _text(PHASE_X, height - 25, figures)
        + _text(PHASE_X, height - 8, prices)
        + "</svg>"
    )


def phases(view: View) -> Iterator[tuple[str, Row]]:
    """Yield each row, with its phase where a phase begins."""
    last = ""
    for row in view["rows"]:
        yield row["phase"] if row["phase"] != last else "", row
        last = row["phase"]


def _row(number: int, phase: str, row: Row, view: View) -> str:
    y = TOP + number * ROW
    colour = COLOURS.get(row["state"], TROUBLE)
    line = f"<path d='M{PHASE_X} {y} H{WIDTH - 10}' stroke='#d0d7de'/>" if phase else ""
    latest = row["runs"][-SHOWN_RUNS:]
    marks = "".join(
        _text(MARKS_X + place * MARK_WIDTH, y + 14, MARKS[mark])
        for place, mark in enumerate(latest)
    )
    return (
        line
        + _text(PHASE_X, y + 14, phase, "fill='#57606a'")
        + _text(NAME_X, y + 14, row["name"])
        + _text(WORD_X, y + 14, f"{row['glyph']} {row['word']}", f"fill='{colour}'")
        + marks
        + _bar(y + 5, row, colour, view)
    )


def _bar(y: int, what: Row | Ran, colour: str, view: View) -> str:
    if what["start"] is None or not view["seconds"]:
        return ""
    end = view["seconds"] if what["end"] is None else what["end"]
    start = AXIS_X + AXIS_WIDTH * what["start"] / view["seconds"]
    width = max(AXIS_WIDTH * (end - what["start"]) / view["seconds"], SHORTEST)
    x = min(start, AXIS_X + AXIS_WIDTH - width)
    waits = what.get("kind") in ("wait", "callback")  # hollow: nothing runs
    style = f"fill='none' stroke='{colour}'" if waits else f"fill='{colour}'"
    return f"<rect class='when' x='{x:.1f}' width='{width:.1f}' y='{y}' height='10' {style}/>"


def _text(x: int, y: int, words: str, style: str = "") -> str:
    return f"<text x='{x}' y='{y}' {style}>{escape.svg(words)}</text>" if words else ""
