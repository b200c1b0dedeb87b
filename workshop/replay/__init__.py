"""Replay tests: recorded executions against changed code, before a deployment does it for real.

from workshop.replay import assert_fits

def test_orders_in_flight_survive_this_change():
assert_fits("histories/*.json", workflow.handler)
"""

from __future__ import annotations

from pathlib import Path

from workshop.replay.recording import load, save
from workshop.replay.replayer import Handler, Replayed, replay

__all__ = ["Replayed", "assert_fits", "load", "replay", "save"]


def assert_fits(pattern: str, handler: Handler, folder: Path | None = None) -> None:
    """Replay every history that a pattern names, such as `histories/*.json`.

    Raises:
        AssertionError: A history does not fit; the message says where, for each. Or none was found.
    """
    __tracebackhide__ = True  # pytest shows the line of the test
    paths = sorted((folder or Path.cwd()).glob(pattern))
    assert paths, f"No file is named {pattern}, so nothing was replayed."
    found = {path: replay(load(path), handler) for path in paths}
    misfits = [f"{path.name}: {each.misfit}" for path, each in found.items() if not each.fits]
    assert not misfits, "\n".join(["These histories do not fit this code:", *misfits])
