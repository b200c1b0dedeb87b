"""The live timelines in a notebook: one order in full, or many as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from workshop import escape
from workshop.notebook.timeline import actions, picture
from workshop.notebook.timeline.follow import Followed, Follower, follower
from workshop.notebook.timeline.source import Source
from workshop.notebook.timeline.view import View, parts

HERE = Path(__file__).parent


class Live(anywidget.AnyWidget):
    """Follows orders until the widget is closed, or its output is removed."""

    _css = HERE / "timeline.css"

    def __init__(
        self, sources: Sequence[Source], follow: Follower = follower, **traits: Any
    ) -> None:
        super().__init__(**traits)
        self._follow, self._views_open = follow, 0
        self.followed = [Followed(source, self._shower(n)) for n, source in enumerate(sources)]
        self.on_msg(self._hear)
        if self.comm is not None:
            self.comm.on_close(lambda _message: self.stop())

    def start(self) -> None:
        """Follow every order that has not ended."""
        for order in self.followed:
            if not order.ended:
                self._follow.add(order)

    def stop(self) -> None:
        """Stop following."""
        for order in self.followed:
            self._follow.remove(order)

    def close(self) -> None:
        """Stop following, and close."""
        self.stop()
        super().close()

    def show(self, number: int, trouble: str) -> None:
        """Show the order with this number as of its last read."""
        raise NotImplementedError

    def do(self, wish: dict[str, Any]) -> None:
        """Do what the person asked for, with a button or the slider."""

    def _shower(self, number: int) -> Any:
        return lambda trouble: self.show(number, trouble)

    def _hear(self, _widget: Any, message: dict[str, Any], _buffers: Any) -> None:
        """Handle a message from a view: it opens, closes, or asks for something."""
        if "view" not in message:
            self.do(message)
            return
        opened = message["view"] == "opened"
        self._views_open += 1 if opened else -1
        if opened:
            self.start()
        elif self._views_open <= 0:
            self.stop()

    def get_state(self, *arguments: Any, **options: Any) -> Any:
        """Return the state to show."""
        return escape.data(super().get_state(*arguments, **options))

    def _pictures(self) -> dict[str, str]:
        """Return pictures for places where widgets do not run."""
        return {}

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        if data is not None:
            data.update(self._pictures() | {"text/plain": repr(self)})
        return bundle


class Timeline(Live):
    """One order. Each trait is a part of its view, and is sent when it changes."""

    _esm = HERE / "timeline.js"
    head = traitlets.Dict().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    runs: traitlets.List[Any] = traitlets.List().tag(sync=True)
    meters: traitlets.List[Any] = traitlets.List().tag(sync=True)
    buttons: traitlets.List[Any] = traitlets.List().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    events = traitlets.Int(0).tag(sync=True)  # that the slider can step through; 0 while it runs
    event = traitlets.Unicode().tag(sync=True)

    def __init__(self, source: Source, follow: Follower = follower) -> None:
        self._source = source
        super().__init__([source], follow)
        self.show(0, "")

    def show(self, _number: int, trouble: str) -> None:
        """Show the order as of its last read, or the sentence about a problem."""
        seen = self._source.view()
        self._put({**seen, "sentence": trouble or seen["sentence"]})
        self.buttons = actions.buttons(seen, self._source)
        self.events = len(self._source.events) if seen["ended"] else 0

    def do(self, wish: dict[str, Any]) -> None:
        """Press a button, or step to an event."""
        if "frame" in wish:
            self._replay(int(wish["frame"]))
        else:
            self.said = actions.act(str(wish["do"]), self._source)

    def _replay(self, events: int) -> None:
        events = min(max(events, 1), len(self._source.events))
        self._put(self._source.view(events))
        last = self._source.events[events - 1]
        self.event = " ".join(filter(None, (last["EventType"], last.get("Name"))))

    def _put(self, seen: View) -> None:
        drawn = parts(seen)
        self.rows, self.runs, self.meters = drawn["rows"], drawn["runs"], drawn["meters"]
        self.head = drawn["head"]

    def _pictures(self) -> dict[str, str]:
        return picture.bundle(self._source.view()) if self._source.ended else {}

    def __repr__(self) -> str:
        if self._source.ended:
            return "\n".join(picture.lines(self._source.view()))
        return f"The live timeline of order {escape.line(self._source.order_id)}"


class Crowd(Live):
    """Many orders, one per line. Each has its own trait, so only one that changes is sent."""

    _esm = HERE / "crowd.js"
    slots: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, sources: Sequence[Source], follow: Follower = follower) -> None:
        self._sources = sources
        super().__init__(sources, follow)
        slots = [f"order{number}" for number in range(len(sources))]
        self.add_traits(**{slot: traitlets.Dict().tag(sync=True) for slot in slots})
        for number in range(len(sources)):
            self.show(number, "")
        self.slots = slots

    def show(self, number: int, trouble: str) -> None:
        """Show one of the orders as of its last read."""
        setattr(self, f"order{number}", brief(self._sources[number].view(), trouble))

    def __repr__(self) -> str:
        if not all(source.ended for source in self._sources):
            return f"The live timelines of {len(self._sources)} orders"
        views = (source.view() for source in self._sources)
        lines = (f"{view['orderId']}: {strip(view)} {view['sentence']}" for view in views)
        return "\n".join(map(escape.line, lines))


def brief(view: View, trouble: str = "") -> dict[str, Any]:
    """Return what a line of a table shows of an order."""
    figures = {meter["name"]: meter["value"] for meter in view["meters"]}
    return {
        "orderId": view["orderId"],
        "status": view["status"],
        "sentence": trouble or view["sentence"],
        "cells": [[row["name"], row["state"], row["glyph"]] for row in view["rows"]],
        "runs": figures.get("invocations", "0"),
    }


def strip(view: View) -> str:
    """Return the operations of an order as a row of symbols."""
    return "".join(row["glyph"] for row in view["rows"])
