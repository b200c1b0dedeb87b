"""Histories as files: what is personal is replaced, and what is read replays as before."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aws_durable_execution_sdk_python import DurableContext, durable_execution

from tests.unit.replay.recording import events_of
from workshop.errors import WorkshopError
from workshop.replay import assert_fits, load, replay, save
from workshop.replay.process import replay_files
from workshop.replay.replayer import undecorated

CUSTOMER = {"email": "ada@example.com", "customerPhone": "+447700900123", "name": "Ada"}
CODE = """
from aws_durable_execution_sdk_python import durable_execution

print("a line at the import")


@durable_execution
def handler(event, ctx):
    ctx.step(lambda _: event, name="greet")
"""


@durable_execution
def greets(event, ctx: DurableContext):
    return ctx.step(lambda _: {"paymentToken": "tok_ok", "to": [event]}, name="greet")


@durable_execution
def renamed(event, ctx: DurableContext):
    return ctx.step(lambda _: event, name="welcome")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "histories" / "order.json"
    save(path, events_of(greets, CUSTOMER))
    return path


def test_nothing_personal_is_in_the_file(saved: Path) -> None:
    text = saved.read_text()
    assert not [word for word in ("ada@", "447700", "tok_ok") if word in text]
    assert "Ada" in text
    assert load(saved).event == {
        "email": "someone@example.com",
        "customerPhone": "+10000000000",
        "name": "Ada",
    }


def test_other_fields_can_be_personal_too(tmp_path: Path) -> None:
    save(tmp_path / "order.json", events_of(greets, CUSTOMER), personal=["name"])
    assert load(tmp_path / "order.json").event == {**CUSTOMER, "name": "removed"}


def test_a_file_replays_as_what_it_was_made_from(saved: Path) -> None:
    assert replay(load(saved), greets).fits


def test_a_history_of_boto3_can_be_saved(tmp_path: Path) -> None:
    """There, times are datetimes."""
    events = [{**e, "EventTimestamp": datetime.now(UTC)} for e in events_of(greets, CUSTOMER)]
    save(tmp_path / "order.json", events)
    assert replay(load(tmp_path / "order.json"), greets).fits


def test_all_histories_of_a_folder_must_fit(saved: Path, tmp_path: Path) -> None:
    assert_fits("histories/*.json", greets, tmp_path)
    with pytest.raises(AssertionError, match=r"order\.json: operation 1: history has greet"):
        assert_fits("histories/*.json", renamed, tmp_path)


def test_a_pattern_that_names_no_file_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nothing was replayed"):
        assert_fits("histories/*.json", greets, tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"Events": []}', '{"Events": [{}]}', '{"Events": [{"EventType": "Odd"}]}'],
)
def test_a_file_that_is_no_history_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"broken\.json is not the history"):
        load(path)


def test_a_history_without_payloads_says_how_to_get_them(saved: Path) -> None:
    history = json.loads(saved.read_text())
    for event in history["Events"]:
        for details in (value for key, value in event.items() if key.endswith("Details")):
            details |= {key: {"Truncated": True} for key in details if key in ("Input", "Result")}
    saved.write_text(json.dumps(history))
    with pytest.raises(ValueError, match="Get it with IncludeExecutionData"):
        load(saved)


def test_a_handler_that_is_not_durable_is_refused() -> None:
    with pytest.raises(TypeError, match="has no @durable_execution"):
        undecorated(lambda event, context: None)


def test_code_in_a_file_is_replayed_in_a_process_of_its_own(saved: Path, tmp_path: Path) -> None:
    code = tmp_path / "workflow.py"
    code.write_text(CODE)
    assert [str(each) for each in replay_files([saved], code)] == [
        "It fits: 1 recorded operations.\nThe result of this code differs from the recorded one."
    ]
    code.write_text(CODE.replace("greet", "welcome"))
    (found,) = replay_files([saved], code)
    assert found.misfit
    assert found.misfit.line
    assert (found.misfit.line.path, found.misfit.line.number) == (str(code), 9)


def test_code_that_cannot_be_imported_is_told_in_one_sentence(saved: Path, tmp_path: Path) -> None:
    code = tmp_path / "workflow.py"
    code.write_text("import nowhere_to_be_found")
    with pytest.raises(WorkshopError, match="No module named 'nowhere_to_be_found'"):
        replay_files([saved], code)
