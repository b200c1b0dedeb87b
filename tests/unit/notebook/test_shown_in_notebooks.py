"""What comes from an order is shown in notebooks, not interpreted: HTML, SVG, Markdown, widgets."""

import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import mistune
import pytest

from tests.unit.nasty import HARMLESS, LONG, SHOWN, nasty, nasty_history, obeyed, order, run
from workshop.display import Code, Notice, Table, notice
from workshop.errors import WorkshopError
from workshop.notebook import progress_line, results, session, tracebacks, views
from workshop.notebook.results import Processed
from workshop.notebook.timeline import picture
from workshop.notebook.timeline.source import Source
from workshop.notebook.timeline.widget import Crowd, Timeline
from workshop.orders import client as orders
from workshop.orders import history, ledger
from workshop.paths import ROOT


class Page(HTMLParser):
    """A page as a browser takes it: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attributes)))
        self.texts += [value or "" for _, value in attributes]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def note(self, text: str) -> None:
        self.elements.append(("no element", text))

    handle_comment = handle_decl = unknown_decl = handle_pi = note  # type: ignore[assignment]

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def page(shown: Any) -> Page:
    """An output of a notebook as a page, if it can be sent at all."""
    html: str = shown._repr_html_()
    html.encode()
    return Page(html)


def source(text: str, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setattr(history, "find_execution", lambda *_: "arn")
    monkeypatch.setattr(history, "read_events", lambda *_: nasty_history(text))
    monkeypatch.setattr(orders, "get", lambda *_: {**order(text), "status": "failed"})
    stack: Any = SimpleNamespace(target=SimpleNamespace(variables={}))
    made = Source(stack, text, 512)
    made.read()
    return made


def shows(text: str) -> dict[str, Any]:
    """Everything a notebook shows as HTML or plain text, of an order that holds this text."""
    stored = order(text)
    return {
        "order": Processed(None, text, run(text)),  # type: ignore[arg-type]
        "notice": notice(text, f"Reason: {text}"),
        "table": Table(text, (text,), ((text,),), text),
        "stored": Table(f"Status {stored['status']}", ("#",), ((text,),), stored["errorMessage"]),
    }


@nasty
@pytest.mark.parametrize("what", shows(HARMLESS))
def test_html_has_no_element_or_attribute_more_than_for_a_harmless_text(
    what: str, text: str
) -> None:
    drawn = page(shows(text)[what])
    assert drawn.elements == page(shows(HARMLESS)[what]).elements
    assert SHOWN[text] in drawn.text


@pytest.mark.parametrize("what", shows(HARMLESS))
def test_no_formula_is_looked_for_in_html(what: str) -> None:
    html = shows("$x$")[what]._repr_html_()
    assert html.startswith('<div class="mathjax_ignore"')
    assert html.index("</div>") == len(html) - len("</div>")


@nasty
@pytest.mark.parametrize("what", shows(HARMLESS))
def test_plain_outputs_show_the_text_and_nothing_that_a_terminal_obeys(
    what: str, text: str
) -> None:
    drawn = repr(shows(text)[what])
    assert SHOWN[text] in drawn
    assert not obeyed(drawn)


@nasty
def test_verbs_show_what_is_stored_as_it_is(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "stack", lambda: None)
    monkeypatch.setattr(results, "record", lambda *_: order(text))
    monkeypatch.setattr(ledger, "records", lambda *_: {text: {text: text, "calls": 1}})
    for verb in (views.show_order, views.partner_calls):
        shown = verb("ord-1")
        assert SHOWN[text] in repr(shown)
        assert SHOWN[text] in page(shown).text


@nasty
def test_code_is_code_whatever_it_holds(text: str) -> None:
    def elements(inner: str) -> Page:
        markdown = Code(inner, f"a\n{inner}\nb\n")._repr_markdown_()
        markdown.encode()
        html = mistune.create_markdown(escape=False, plugins=["strikethrough", "url", "math"])
        return Page(str(html(markdown)))

    drawn = elements(text)
    assert drawn.elements == elements(HARMLESS).elements
    assert f"a\n{SHOWN[text]}\nb\n" in drawn.texts
    assert SHOWN[text] in drawn.texts[: drawn.texts.index(f"a\n{SHOWN[text]}\nb\n")]


@nasty
def test_a_picture_is_well_formed_and_draws_the_text(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn(inner: str) -> dict[str, str]:
        return picture.bundle(source(inner, monkeypatch).view())

    forms, harmless = drawn(text), drawn(HARMLESS)
    made, usual = (
        [(part.tag, *part.attrib) for part in ET.fromstring(each["image/svg+xml"]).iter()]
        for each in (forms, harmless)
    )
    assert made == usual
    words = [part.text for part in ET.fromstring(forms["image/svg+xml"]).iter()]
    assert SHOWN[text] in words
    image = Page(forms["text/html"])
    assert image.elements == Page(harmless["text/html"]).elements
    assert SHOWN[text] in image.text
    embedded = unquote(image.texts[1]).partition(",")[2]
    assert ET.fromstring(embedded).tag.endswith("svg")
    assert SHOWN[text] in forms["text/plain"]
    assert len(forms["text/plain"].splitlines()) == len(harmless["text/plain"].splitlines())


@nasty
def test_a_widget_sends_texts_that_can_be_sent_and_shown(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Timeline(source(text, monkeypatch))
    live.do({"frame": 2})
    crowd = Crowd([source(text, monkeypatch)])
    for state in (live.get_state(), crowd.get_state()):
        sent = json.dumps(state, ensure_ascii=False, default=str)
        sent.encode()
        assert json.dumps(SHOWN[text], ensure_ascii=False)[1:-1] in sent
        assert text in SHOWN.values() or json.dumps(text)[1:-1] not in json.dumps(json.loads(sent))
    assert SHOWN[text] in repr(live)
    assert SHOWN[text] in repr(crowd)


@nasty
def test_a_line_that_changes_shows_the_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Notice] = []
    monkeypatch.setattr(progress_line, "display", lambda what, **_: shown.append(what))
    progress_line.Line().show(text)
    assert SHOWN[text] in page(shown[0]).text


@nasty
def test_an_error_told_in_a_notebook_is_told_as_it_is(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Notice] = []
    monkeypatch.setattr(tracebacks, "display", shown.append)
    error = WorkshopError(text)
    assert tracebacks._explain(None, WorkshopError, error, None) == [SHOWN[text]]  # type: ignore[arg-type]
    assert SHOWN[text] in page(shown[0]).text


def test_a_name_stays_in_one_line_while_a_text_may_take_several() -> None:
    rows = [("generate-shipping-label", "skipped=the total of 91.98 is not over 1,000.00")]
    html = Table("One order", ("operation", "result"), rows)._repr_html_()
    name, text = re.findall('<td style="([^"]*)">', html)
    assert "nowrap" in name
    assert "nowrap" not in text


def test_what_is_shown_passes_the_one_place_for_it() -> None:
    past_it = r"html import escape|from_markup|\bConsole\(|\bHTML\(|\bMarkdown\(|innerHTML.*\$\{"
    files = [path for path in (ROOT / "workshop").rglob("*.*") if path.suffix in (".py", ".js")]
    found = {path.name for path in files if re.search(past_it, path.read_text(encoding="utf-8"))}
    assert found == {"escape.py"}


def test_an_endless_text_is_shown_cut_or_whole_and_harms_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for shown in shows(LONG).values():
        assert page(shown).elements
    ET.fromstring(picture.svg(source(LONG, monkeypatch).view()))
