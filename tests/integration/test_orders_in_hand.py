"""Orders in flight are found, paused, resumed and stopped, by command and in a notebook."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import clock
from workshop.aws.stack import Stack
from workshop.commands import costs
from workshop.commands import executions as commands
from workshop.errors import WorkshopError
from workshop.notebook import executions as notebook
from workshop.notebook.timeline import export as exports
from workshop.orders import client as orders
from workshop.orders import control, history
from workshop.orders.executions import listed
from workshop.orders.polling import Polling

WAITS = "warehouse-processing"


def until_at(stack: Stack, order_id: str, statuses: tuple[str, ...]) -> None:
    polling = Polling(60)
    while order_id not in [each.name for each in listed(stack, statuses, WAITS)]:
        assert not polling.is_over
        polling.pause()


@pytest.fixture
def waiting(stack: Stack) -> Iterator[str]:
    """An order that waits for the warehouse, which takes minutes."""
    with clock("real"):
        order_id = orders.submit(stack, orders.example())
        until_at(stack, order_id, ("running",))
        yield order_id
        if history.of(stack, order_id).state == history.RUNNING:
            control.stop(stack, order_id, "the test has ended")


def test_a_waiting_order_is_found_paused_resumed_and_stopped(
    stack: Stack, waiting: str, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(notebook, "stack", lambda: stack)
    assert commands.pause([waiting, "--reason", "a partner is away"]) == 0
    until_at(stack, waiting, ("paused",))
    row = next(row for row in notebook.list_orders("paused").rows if row[0] == waiting)
    assert (row[1], row[3]) == ("paused", WAITS)
    assert row[4].endswith("to be resumed")
    assert commands.orders(["--status", "paused", "--operation", WAITS]) == 0
    assert waiting in capsys.readouterr().out
    with pytest.raises(WorkshopError, match="already paus"):
        notebook.pause(waiting)

    notebook.resume(waiting, "the partner is back")
    with pytest.raises(WorkshopError, match="not paused"):
        control.resume(stack, waiting)

    with pytest.raises(WorkshopError, match="needs a reason"):
        commands.stop([waiting])
    assert commands.stop([waiting, "--reason", "sold by mistake"]) == 0
    run = history.of(stack, waiting)
    assert (run.state, run.execution.error) == ("stopped", "Stopped: sold by mistake")
    with pytest.raises(WorkshopError, match="has ended: stopped"):
        notebook.pause(waiting)


def test_the_command_says_what_an_order_costs_and_would(stack: Stack, place, capsys) -> None:
    order_id = place().order["orderId"]
    given = ["--wait", "carrier-pickup=1300000", "--size", "validate-order=300000", "--orders", "5"]
    assert costs.what_if([order_id, *given]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "1,000,000" in shown
    assert "times out in carrier-pickup" in shown
    assert "over 256 KiB" in shown
    with pytest.raises(WorkshopError, match="NAME=NUMBER"):
        costs.what_if([order_id, "--wait", "carrier-pickup"])


def test_an_order_is_exported(stack: Stack, place, tmp_path: Path) -> None:
    order_id, path = place().order["orderId"], tmp_path / "order.html"
    assert exports.of(stack, order_id, path) == path
    assert order_id in path.read_text(encoding="utf-8")
    with pytest.raises(WorkshopError, match="has no durable execution"):
        exports.of(stack, "ord-nobody", path)


def test_a_status_that_does_not_exist_is_named(stack: Stack) -> None:
    with pytest.raises(WorkshopError, match="'sleeping' does not exist"):
        list(listed(stack, ("sleeping",)))
