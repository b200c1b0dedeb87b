"""The page of a room: who is stuck, seats by exercises, and the common wrong answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workshop import escape
from workshop.course import quizzes
from workshop.course.seats import Seat, Work, common_wrong
from workshop.display import static_page
from workshop.exercises import catalogue

RELOAD_SECONDS = 1
STYLE = """
body { font-family: sans-serif; font-size: 13px; color: #1f2328; background: #fff; margin: 16px; }
table { border-collapse: collapse; margin-bottom: 16px; }
th, td { border: 1px solid #d0d7de; padding: 2px 6px; text-align: left; white-space: nowrap; }
.passed { background: #dafbe1; } .failed { background: #fff8c5; }
.stuck { background: #ffebe9; font-weight: 600; }
.wide { white-space: normal; }
thead th { position: sticky; top: 0; background: #f6f8fa; }
tbody th { position: sticky; left: 0; background: #fff; }
@page { size: A4 landscape; margin: 8mm; }
@media print {
  * { print-color-adjust: exact; }
  body { font-size: 8px; margin: 0; }
  th, td { padding: 1px 3px; }
  tr { break-inside: avoid; }
}
"""
EMPTY = "<p>The folder has no journal yet: a file NAME.jsonl for each learner.</p>"
LEGEND = "✓ passed · ✗ 2: two checks failed · ? 1: one hint · S: solution shown"


def page(seats: Sequence[Seat], now: float, *, live: bool) -> str:
    """Return the page at a time, in seconds since 1970; a live one reloads itself."""
    reload = f'<meta http-equiv="refresh" content="{RELOAD_SECONDS}">' if live else ""
    count = "1 seat" if len(seats) == 1 else f"{len(seats)} seats"
    stuck = sum(seat.stuck_seconds(now) is not None for seat in seats)
    state = LEGEND if live else f"{LEGEND}. This page is no longer updated."
    body = f"<p>{escape.html(state)}</p>{_seats(seats, now)}{_wrong(seats)}" if seats else EMPTY
    return static_page(f"Room: {count}, {stuck} stuck", body, STYLE, reload)


def _seats(seats: Iterable[Seat], now: float) -> str:
    """Return the table of seats: the one that is stuck for longest is the first."""
    ids = [exercise.id for exercise in catalogue.everything()]
    ordered = sorted(seats, key=lambda seat: -_stuck(seat, now))
    return _table(["seat", "stuck at", *ids], [_row(seat, ids, now) for seat in ordered])


def _stuck(seat: Seat, now: float) -> float:
    seconds = seat.stuck_seconds(now)
    return -1 if seconds is None else seconds


def _row(seat: Seat, ids: Sequence[str], now: float) -> str:
    seconds = _stuck(seat, now)
    stuck = f"{seat.current} for {int(seconds // 60)} min" if seconds >= 0 else ""
    first = f'<th scope="row">{escape.html(seat.name)}</th>'
    return (
        first
        + _cell(stuck, "stuck" if stuck else "")
        + "".join(_work(seat.works.get(each)) for each in ids)
    )


def _work(work: Work | None) -> str:
    if work is None:
        return _cell("")
    failed = f"✗ {work.failed}" if work.failed and not work.passed else ""
    parts = (
        "✓" if work.passed else failed,
        f"? {work.hints}" if work.hints else "",
        "S" if work.solution else "",
    )
    style = "passed" if work.passed else "failed" if work.failed else ""
    return _cell(" ".join(filter(None, parts)), style)


def _wrong(seats: Iterable[Seat]) -> str:
    """Return the table of wrong answers; empty if there are none."""
    titles = {each.id: each.title for each in catalogue.everything()}
    titles |= {each.id: each.text for each in quizzes.everything().values()}
    rows = [
        _cell(f"{exercise} · {titles.get(exercise, '')}".strip(" ·"), "wide")
        + _cell(about, "wide")
        + _cell(str(count))
        for (exercise, about), count in common_wrong(seats)
    ]
    table = _table(["exercise or question", "what was wrong", "seats"], rows)
    return f"<h2>Common wrong answers</h2>{table}" if rows else ""


def _table(headings: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape.html(each)}</th>' for each in headings)
    body = "".join(f"<tr>{row}</tr>\n" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _cell(text: str, style: str = "") -> str:
    return f'<td class="{style}">{escape.html(escape.line(text))}</td>\n'
