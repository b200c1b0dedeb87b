"""What comes from an order is shown in JupyterLab, not interpreted, whatever it holds."""

import pytest

from tests.browser.conftest import RUN_SECONDS
from tests.unit.nasty import SHOWN
from workshop.paths import ROOT

pytestmark = pytest.mark.timeout(RUN_SECONDS * 2)
pytest.importorskip("playwright")
from playwright.sync_api import expect  # noqa: E402 - only where there is one

# Orders whose history and status are as the test wants, in a real notebook.
ORDERS = f"""
import sys
from types import SimpleNamespace
sys.path.append({str(ROOT)!r})
from tests.unit import nasty
from workshop import display as shown
from workshop.notebook.results import Processed
from workshop.notebook.timeline import Picture, source, widget

texts = [*nasty.SHOWN]
stack = SimpleNamespace(target=SimpleNamespace(variables={{}}))

def read(text):
    made = source.Source(stack, text, 512)
    made.arn, made.events, made._order = text, nasty.nasty_history(text), nasty.order(text)
    return made
"""
CROWD = "widget.Crowd([read(text) for text in texts])"
TIMELINES = """
from IPython.display import display
for text in texts:
    live = widget.Timeline(read(text))
    live.do({"frame": 2})
    live.show(0, "")
    display(live)
"""
TABLES = """
for text in texts:
    order = Processed(None, text, read(text).run)
    display(order, shown.notice(text), shown.Table(text, (text,), ((text,),), text))
"""
CODE = "for text in texts: display(shown.Code(text, text))"
PICTURES = "for text in texts: display(Picture(read(text).view()))"
ADDED = "img[src='x'], a[href*='x.example'], a[href^='javascript'], mjx-container, .MathJax"


@pytest.fixture
def shown(open_cells):
    """Opens a notebook with these cells; fails if there is more in it than text."""

    def open_(*cells: str):
        page, timelines = open_cells(ORDERS, *cells)
        outputs = page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output")
        expect(outputs.locator(ADDED)).to_have_count(0)
        return timelines, outputs

    return open_


def test_a_timeline_shows_every_name_reason_and_result_as_it_is(shown) -> None:
    timelines, _ = shown(TIMELINES)
    expect(timelines).to_have_count(len(SHOWN))
    for number, text in enumerate(SHOWN.values()):
        timeline = timelines.nth(number)
        assert timeline.get_attribute("aria-label") == f"Timeline of order {text}"
        assert timeline.locator(".status").text_content() == f"Status: {text}."
        assert timeline.locator("tbody button").first.text_content() == text
        assert f"Result: {text}" in timeline.locator(".detail").first.text_content()
        assert text in timeline.locator("output").text_content()


def test_a_table_of_orders_counts_every_status_as_it_is(shown) -> None:
    timelines, _ = shown(CROWD)
    expect(timelines.locator(".head")).to_have_text(
        ", ".join(f"1 {text}" for text in SHOWN.values())
    )
    titles = [row.get_attribute("title") for row in timelines.locator("tbody th").all()]
    assert titles == [*SHOWN.values()]


def test_outputs_show_every_text_as_it_is(shown) -> None:
    _, outputs = shown("from IPython.display import display", TABLES, CODE, PICTURES)
    texts = outputs.evaluate_all("nodes => nodes.map(node => node.textContent)")
    for text in SHOWN.values():
        assert sum(text in each for each in texts) >= 4
    for image in outputs.locator("img").all():
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")
