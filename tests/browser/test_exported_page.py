"""An exported order in a real browser, from a file: its slider steps through the order."""

from pathlib import Path

import pytest

from tests.unit.followed_cloud import Cloud
from tests.unit.timelines import EVENTFUL
from workshop.notebook.timeline import export

pytest.importorskip("playwright")


def test_the_slider_shows_what_each_invocation_skips_and_what_it_returned(
    chromium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = Cloud(monkeypatch)
    cloud.events = EVENTFUL
    source = cloud.source()
    source.read()
    path = export.write(source, tmp_path / "order.html")
    page, problems = chromium.new_page(), []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(path.as_uri())

    assert page.locator("#invocation").inner_text() == "Invocation 4 skips 4 operations"
    assert "validate-order. Result: ok" in page.locator("#skipped").inner_text()
    slider = page.get_by_role("slider", name="Step through")
    slider.fill("2")
    assert page.locator("#invocation").inner_text() == "Invocation 1 skips 0 operations"
    assert "StepStarted validate-order" in page.locator(".replay output").inner_text()
    assert page.locator("tbody tr").first.get_attribute("data-state") == "running"
    assert problems == []
    page.close()
