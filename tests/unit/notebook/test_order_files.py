"""Files of orders: what is in one, and which function imports it."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.timelines import begin, event, interrupted
from workshop.aws.deployed import remember
from workshop.aws.stack import Stack
from workshop.course import application, workspace
from workshop.errors import WorkshopError
from workshop.notebook import order_files, progress_line, results, session
from workshop.orders import history
from workshop.orders.history import from_history

DEPLOYED = {
    "ProcessorFunctionName": "order-processor",
    "ImportFunctionName": "order-import",
    "ImportAliasArn": "arn:order-import:live",
}
pytestmark = pytest.mark.usefixtures("folder")


class FakeLambda:
    """Keeps what it was asked."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []

    def invoke(self, **request: Any) -> None:
        self.started.append(request)


def deployed(monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str]) -> FakeLambda:
    client = FakeLambda()
    target: Any = SimpleNamespace(name="local", client=lambda _name: client)
    live = Stack(target, "shop", "1", outputs)
    monkeypatch.setattr(order_files, "stack", lambda: live)
    monkeypatch.setattr(results, "follow", lambda stack, name, **_: (stack, name))
    monkeypatch.setattr(session, "stack", lambda: live)
    return client


def test_a_file_has_as_many_lines_as_asked_and_a_name_of_its_own() -> None:
    one, other = order_files.order_file(3), order_files.order_file(3)
    assert len(one["lines"]) == 3
    assert one["lines"] == other["lines"]
    assert one["name"] != other["name"]


def test_a_broken_line_is_at_its_number() -> None:
    file = order_files.order_file(3, line_2="broken,tok_ok")
    assert file["lines"][1] == "broken,tok_ok"
    assert "broken" not in file["lines"][0] + file["lines"][2]


def test_a_card_that_does_not_exist_is_refused_before_the_import() -> None:
    with pytest.raises(WorkshopError, match="tok_crush_after"):
        order_files.order_file(1, line_1="cust-001,sku-mug,2,45.99,tok_crush_after_ship-order")


def test_an_import_starts_the_import_function_and_follows_its_execution(monkeypatch) -> None:
    client, file = deployed(monkeypatch, DEPLOYED), order_files.order_file(2)
    followed: Any = order_files.import_file(file)
    stack, execution = followed
    (started,) = client.started
    assert started["FunctionName"] == "arn:order-import:live"
    assert started["InvocationType"] == "Event"
    assert json.loads(started["Payload"]) == file
    assert started["DurableExecutionName"] == execution
    assert stack.processor == "order-import"


def test_the_same_file_is_imported_by_another_execution_each_time(monkeypatch) -> None:
    client, file = deployed(monkeypatch, DEPLOYED), order_files.order_file(2)
    order_files.import_file(file)
    order_files.import_file(file)
    assert len({start["DurableExecutionName"] for start in client.started}) == 2


def test_an_import_that_is_not_deployed_is_told_with_its_parameter(monkeypatch) -> None:
    client = deployed(monkeypatch, {"ProcessorFunctionName": "order-processor"})
    with pytest.raises(WorkshopError) as refused:
        order_files.import_file(order_files.order_file(1))
    cell = 'Run the cell above with deploy(OrderImport="ENABLED", …).'
    assert refused.value.what_to_do == cell
    assert client.started == []


def test_an_import_says_that_the_application_has_changed_since_it_was_deployed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(monkeypatch, DEPLOYED)
    monkeypatch.setattr("workshop.aws.deployed.CLOUD", folder)
    shown: list[str] = []
    monkeypatch.setattr(session, "display", lambda what: shown.append(repr(what)))
    remember(session.stack(), application.YOURS, {})
    order_files.import_file(order_files.order_file(1))
    assert shown == []
    workspace.put("workflow", "# changed\n")
    order_files.import_file(order_files.order_file(1))
    (said,) = shown
    assert "has changed since the last deploy()" in said
    assert "This import runs on what was deployed last." in said


def test_whoever_interrupts_an_import_is_told_to_send_the_file_again(monkeypatch) -> None:
    follow = results.follow
    deployed(monkeypatch, DEPLOYED)
    monkeypatch.setattr(results, "follow", follow)
    monkeypatch.setattr(history, "watch", interrupted)
    with pytest.raises(WorkshopError) as stopped:
        order_files.import_file(order_files.order_file(1))
    assert stopped.value.what_happened == "You stopped waiting. The import keeps running."
    assert "send the same file again: import_file(file)" in stopped.value.what_to_do
    assert "follow(" not in stopped.value.what_to_do


def test_an_import_shows_how_many_of_its_lines_have_ended(monkeypatch) -> None:
    deployed(monkeypatch, DEPLOYED)
    monkeypatch.delenv("WORKSHOP_PROGRESS", raising=False)
    monkeypatch.setattr(progress_line, "MOMENT_SECONDS", 0)
    shown: list[str] = []
    monkeypatch.setattr(progress_line, "display", lambda what, **_: shown.append(repr(what)))
    run = from_history("arn", [begin(), event(0, "ContextStarted", "lines"), *lines()])
    monkeypatch.setattr(results, "follow", lambda *_, show, **__: show(run))
    order_files.import_file(order_files.order_file(200))
    assert shown == ["The import: 2 of 200 lines have ended."]


def lines() -> Iterator[dict[str, Any]]:
    """The events of three lines: one has succeeded, one has failed, and one still runs."""
    for name, ends in {"line-1": ["Succeeded"], "line-2": ["Failed"], "line-3": []}.items():
        for what in ["Started", *ends]:
            yield event(1, f"Context{what}", name) | {"ParentId": "lines"}
