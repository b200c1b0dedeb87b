"""A live timeline in JupyterLab: it moves, its buttons act on the real system, all can use it."""

import os
import re
from pathlib import Path

import pytest

from tests.browser.conftest import RUN_SECONDS, idle

pytestmark = pytest.mark.timeout(RUN_SECONDS * 2)
pytest.importorskip("playwright")
from playwright.sync_api import expect  # noqa: E402 - only where there is one

BEGIN = """
from workshop.notebook import begin, deploy, orders, snapshot, stack, watch
begin("00")
deploy()
"""
SLOW = 'orders.submit(stack(), orders.example(payment_token="tok_slow"))'
WATCH = f"order_id = {SLOW}\nlive = watch(order_id)\nlive"
FOLLOWED = """
import threading
names = [thread.name for thread in threading.enumerate()]
print("followed" if "timelines" in names else "left alone")
"""
CROWD = "many = [orders.submit(stack(), orders.example()) for _ in range(40)]\nwatch(many)"


def row(timeline, name: str):
    return timeline.locator(f"tr[data-name='{name}']")


def violations(page) -> list[str]:
    """What axe finds wrong with the widget."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=".durable-timeline").response["violations"]
    return [f"{v['id']}: {[node['html'][:120] for node in v['nodes']]}" for v in found]


def theme(page, name: str) -> None:
    """Choose a theme in the menu."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    for label in ("Theme", name):
        page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{label}$")).click()
    light = "false" if "Dark" in name else "true"
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)


def keep(page, name: str) -> None:
    """Keep a picture of the page, if pictures are wanted."""
    if folder := os.environ.get("WORKSHOP_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"timeline-{name}.png"))


def test_a_slow_order_is_seen_as_it_happens_crashes_on_demand_and_completes(open_cells) -> None:
    page, timeline = open_cells(BEGIN, WATCH)
    at_work = timeline.locator("tbody tr[data-state='running']")
    expect(at_work).to_have_count(1)
    expect(row(timeline, "complete-order")).to_have_attribute("data-state", "to come")
    expect(row(timeline, "check-inventory")).to_have_attribute("data-state", "done")
    expect(at_work).to_have_count(1)
    timeline.scroll_into_view_if_needed()
    keep(page, "running")
    assert violations(page) == []

    timeline.get_by_role("button", name="Crash the function now").click()
    expect(timeline.locator(".said")).to_contain_text("the process of the function was killed")
    runs = timeline.locator(".bar.run")
    expect(runs).to_have_count(2)
    expect(runs.first).to_have_class(re.compile("crashed"))
    expect(row(timeline, "validate-order").locator(".marks")).to_have_text("●↷")
    # The second run does what was cut off, or, if that was done a moment before, what comes next.
    by_the_second = timeline.locator("tbody .marks", has_text=re.compile("^[◐·]●"))
    expect(by_the_second.first).to_be_visible()
    keep(page, "crashed")

    status = timeline.locator(".status")
    expect(status).to_have_text("Status: completed.")
    expect(row(timeline, "validate-order").locator(".marks")).to_have_text("●↷↷↷")
    expect(timeline.locator("tbody tr[data-state='done']")).to_have_count(17)
    expect(timeline.get_by_role("button", name="Stop the execution")).to_have_attribute(
        "aria-disabled", "true"
    )
    for name in ("JupyterLab Dark", "JupyterLab Light"):
        theme(page, name)
        assert violations(page) == []
        for width in (1280, 800):
            page.set_viewport_size({"width": width, "height": 1000})
            timeline.scroll_into_view_if_needed()
            keep(page, f"{name.split()[-1].lower()}-{width}")


def test_everything_can_be_reached_and_used_by_keyboard(open_cells) -> None:
    page, timeline = open_cells(BEGIN, WATCH.replace("tok_slow", "tok_declined"))
    slider = timeline.get_by_role("slider", name="Step through")
    expect(slider).to_be_visible()
    crash = timeline.get_by_role("button", name="Crash the function now")
    crash.focus()
    page.keyboard.press("Enter")
    expect(timeline.locator(".said")).to_have_text("This execution has ended.")
    for name in ("Stop the execution", "Approve", "Reject"):
        page.keyboard.press("Tab")
        expect(timeline.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Tab")
    expect(slider).to_be_focused()
    page.keyboard.press("Home")
    expect(timeline.locator("output")).to_contain_text("1 of 13: ExecutionStarted")
    expect(row(timeline, "process-payment")).to_have_attribute("data-state", "to come")
    page.keyboard.press("End")
    expect(row(timeline, "process-payment")).to_have_attribute("data-state", "refused")
    page.keyboard.press("Tab")
    expect(timeline.get_by_role("button", name="validate-order")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(row(timeline, "process-payment").locator(".detail")).to_contain_text("declined")


def test_forty_orders_are_a_table(open_cells) -> None:
    page, timeline = open_cells(BEGIN, CROWD)
    expect(timeline.locator(".head")).to_have_text("40 completed")
    strips = timeline.get_by_role("img", name="17 done")
    expect(strips).to_have_count(40)
    assert violations(page) == []
    keep(page, "crowd")


def test_a_timeline_whose_output_is_removed_asks_no_more(open_cells) -> None:
    page, timeline = open_cells(BEGIN, WATCH, FOLLOWED)
    expect(timeline).to_be_visible()
    panel = page.locator(".jp-NotebookPanel:visible")
    expect(panel.get_by_text("followed", exact=True)).to_be_visible()
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_role("menuitem", name="Clear Outputs of All Cells", exact=True).click()
    expect(timeline).to_have_count(0)
    panel.locator(".jp-CodeCell").last.locator(".cm-line").first.click()
    page.keyboard.press("Shift+Enter")
    idle(page)
    expect(panel.get_by_text("left alone", exact=True)).to_be_visible()
