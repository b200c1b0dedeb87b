"""What comes from an order is shown on terminals, not interpreted: by Rich or by the terminal."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.unit.nasty import LONG, SHOWN, nasty, obeyed, order, run
from workshop import localcloud
from workshop.aws import deployment
from workshop.aws.sam import Progress
from workshop.commands import cloud, deploy_progress, dispatch, doctor, live_table
from workshop.commands import order as order_command
from workshop.commands.console import Literal, waiting
from workshop.errors import WorkshopError
from workshop.localcloud import CloudStatus, PartStatus
from workshop.orders import client as orders
from workshop.orders import history
from workshop.setup import progress_display as setup_progress
from workshop.setup.findings import Finding

WIDTH = 600


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What commands print where the output is no terminal."""
    written = StringIO()
    for module in (cloud, order_command):
        monkeypatch.setattr(module, "console", Literal(file=written, width=WIDTH, highlight=False))
    return written


@pytest.fixture
def drawn() -> StringIO:
    """What is drawn on the terminal."""
    return StringIO()


@pytest.fixture
def terminal(drawn: StringIO) -> Literal:
    """A terminal that understands everything."""
    environment = {"TERM": "xterm-256color"}
    return Literal(file=drawn, width=WIDTH, force_terminal=True, _environ=environment)


@nasty
def test_the_table_of_an_order_shows_the_text_on_any_console(text: str) -> None:
    usual = Console(record=True, file=StringIO(), width=WIDTH, force_terminal=True)
    usual.print(live_table.table(run(text)))
    drawn = usual.export_text()
    assert drawn.count(SHOWN[text]) >= 5
    assert not obeyed(drawn)
    styles = [
        segment.style for segment in usual.render(live_table.table(run(text))) if segment.style
    ]
    assert not any(style.link or style.meta for style in styles)


def test_a_table_stays_in_the_width_of_the_terminal_however_long_a_text_is() -> None:
    usual = Console(record=True, file=StringIO(), width=100)
    usual.print(live_table.table(run(LONG)))
    assert max(map(len, usual.export_text().splitlines())) <= 100


@nasty
def test_a_text_is_printed_as_it_is_wherever_it_stands(
    text: str, terminal: Literal, drawn: StringIO
) -> None:
    terminal.print(text, soft_wrap=True)
    terminal.rule(text)
    assert drawn.getvalue().count(SHOWN[text]) == 2


@nasty
def test_make_order_prints_the_order_as_it_is(
    text: str, screen: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_command, "connect", lambda *_, **__: None)
    monkeypatch.setattr(deployment, "ensure", lambda *_, **__: None)
    monkeypatch.setattr(orders, "submit", lambda *_: text)
    monkeypatch.setattr(history, "watch", lambda *_: iter([run(text)]))
    monkeypatch.setattr(orders, "wait", lambda *_, **__: order(text))
    order_command.run([])
    drawn = screen.getvalue()
    assert f"Order {SHOWN[text]} was accepted." in drawn
    told = json.loads(drawn.partition(" s:\n")[2])
    assert told["errorMessage"] == SHOWN[text]
    assert not obeyed(drawn)


@nasty
def test_logs_are_shown_line_by_line_and_obeyed_by_no_terminal(
    text: str, screen: StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "CLOUD", tmp_path)
    (tmp_path / "logs").mkdir()
    log = f"first\r\n{text}\nlast\n".encode(errors="replace")
    (tmp_path / "logs" / "lambda.log").write_bytes(log)
    cloud.logs(["lambda", "-n", "2"])
    shown = "lone ? ?" if "\ud800" in text else SHOWN[text]
    assert screen.getvalue().splitlines()[1:] == [shown, "last"]


@nasty
def test_the_status_shows_trouble_as_it_is(
    text: str, screen: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = PartStatus("lambda", True, 1, 4566, Path(text.replace("\x00", "")))
    seen = CloudStatus(True, "skip", (part,), text)
    monkeypatch.setattr(localcloud, "status", lambda: seen)
    cloud.status([])
    assert f"Its last problem: {SHOWN[text]}\n" in screen.getvalue()


@nasty
def test_what_is_being_done_is_shown_as_it_is(
    text: str, terminal: Literal, drawn: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy_progress, "console", terminal)
    with waiting(text, terminal) as show:
        show(text)
    with deploy_progress.deploying(text) as show_progress:
        show_progress(Progress(1, 2, text))
    assert drawn.getvalue().count(SHOWN[text]) >= 3
    assert text in SHOWN.values() or text not in drawn.getvalue()


@nasty
def test_errors_and_findings_are_printed_as_they_are(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("workshop.paths.LOGS", tmp_path)

    def fail(error: Exception) -> Any:
        def run(_: list[str]) -> int:
            raise error

        return run

    for error in (WorkshopError(f"No {text}.", text), ValueError(text)):
        monkeypatch.setattr(dispatch, "run", fail(error))
        assert dispatch.main([]) == 1
    setup_progress.say(text)
    monkeypatch.setattr(doctor, "examine", lambda _: [Finding("warn", text, text)])
    doctor.run([])
    said = "".join(capsys.readouterr())
    assert said.count(SHOWN[text]) == 6
    assert text in SHOWN.values() or text not in said
