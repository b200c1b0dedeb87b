"""An order as one HTML file: its timeline with a slider, without a kernel and without a network."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from workshop import escape, private
from workshop.aws.stack import Stack
from workshop.course import stages
from workshop.notebook.timeline.source import Source, memory_megabytes
from workshop.notebook.timeline.view import parts
from workshop.orders import history
from workshop.paths import MY_WORK

HERE = Path(__file__).parent
PAGE_STYLE = "body { font-family: sans-serif; font-size: 13px; } main { max-width: 1000px; }"


def of(stack: Stack, order_id: str, path: str | Path = "") -> Path:
    """Export an order as it is now; by default to `my-work/exports/`."""
    history.arn_of(stack, order_id)
    source = Source(stack, order_id, memory_megabytes(stack))
    source.read()
    return write(source, Path(path) if path else MY_WORK / "exports" / f"{order_id}.html")


def write(source: Source, path: Path) -> Path:
    """Write an order that `source` has read to a file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with private.opened(path, "w") as file:
        file.write(page(source))
    return path


def page(source: Source) -> str:
    """Return the page, with a frame for each event of the history."""
    frames = [frame(source, number) for number in range(1, len(source.events) + 1)]
    # JSON in a script ends at the first `</script`, so it must have no `<`.
    data = json.dumps(escape.data(frames)).replace("<", r"\u003c")
    script = stages.read(HERE / "timeline.js") + stages.read(HERE / "page.js")
    style = stages.read(HERE / "timeline.css") + PAGE_STYLE
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    title = escape.html(f"Order {source.order_id}")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{title}</title><style>{style}</style></head><body><main><h1>{title}</h1>"
        '<div id="timeline"></div><h2 id="invocation"></h2><ul id="skipped"></ul></main>'
        f'<script type="application/json" id="frames">{data}</script>'
        f'<script type="module">{script}</script></body></html>\n'
    )


def frame(source: Source, events: int) -> dict[str, Any]:
    """Return what a timeline shows of an order after so many events."""
    last = source.events[events - 1]
    event = " ".join(filter(None, (last["EventType"], last.get("Name"))))
    return {**parts(source.view(events)), "event": event}


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
