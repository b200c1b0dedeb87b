"""What a notebook shows of an order, and what it says when there is no end to wait for."""

import os
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from tests.unit.own_app import own_app
from tests.unit.timelines import begin, interrupted, ran, step
from workshop.course import active_notebook
from workshop.errors import WorkshopError
from workshop.notebook import progress_line, results, session, tracebacks, verbs, views
from workshop.orders import history, ledger
from workshop.orders.history import from_history
from workshop.paths import ROOT

TIMEOUT = "Sandbox.Timedout: Task timed out after 60.00 seconds"
STUCK = [begin(), *step(1, 2, "validate-order"), ran(0, 60, error=TIMEOUT)]


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events of an order, as they are when it is waited for."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(history, "watch", lambda *_, **__: iter([from_history("arn", found)]))
    return found


def test_a_function_that_never_ends_is_told_instead_of_waited_for(events: list[Any]) -> None:
    events += STUCK
    with pytest.raises(WorkshopError, match=r"stopped your function after 60 s.*validate-order"):
        results.follow(None, "ord-1")  # type: ignore[arg-type]


def test_a_function_that_cannot_be_loaded_is_told_instead_of_waited_for(events: list[Any]) -> None:
    events += [begin(), ran(0, 1, "No module named 'x'", kind="Runtime.ImportModuleError")]
    with pytest.raises(WorkshopError, match=r"cannot load your function: .*No module named 'x'"):
        results.follow(None, "ord-1")  # type: ignore[arg-type]


def test_one_that_took_too_long_once_and_then_ended_is_waited_for(events: list[Any]) -> None:
    events += [*STUCK, *step(61, 62, "check-inventory"), ran(61, 62)]
    assert results.follow(None, "ord-1").invocations == 2  # type: ignore[arg-type]


def test_whoever_interrupts_the_waiting_is_told_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "watch", interrupted)
    with pytest.raises(WorkshopError, match=r'The order keeps running.*follow\("ord-1"\)'):
        results.follow(None, "ord-1")  # type: ignore[arg-type]


def test_the_counters_of_the_sandbox_are_no_calls_of_a_partner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = {
        "charge#ord-1:charge": {"calls": 2, "amountCents": 9934},
        "crash#process-payment": {"calls": 2, "kind": "fault"},
    }
    monkeypatch.setattr(session, "stack", lambda: None)
    monkeypatch.setattr(ledger, "records", lambda *_: records)
    assert [row[:2] for row in views.partner_calls("ord-1").rows] == [("charge#ord-…:charge", "2")]


def test_an_order_has_no_property_of_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "stack", lambda: None)
    with pytest.raises(WorkshopError, match=r"no 'qty'. It has: price, quantity"):
        session.process(qty=3)


@pytest.mark.parametrize("verb", [session.follow, views.show_order, views.partner_calls])
def test_what_is_neither_an_order_nor_an_id_is_told(
    verb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "stack", lambda: None)
    with pytest.raises(WorkshopError, match="7 is not an order"):
        verb(7)


def test_an_operation_that_an_order_does_not_have_is_told(events: list[Any]) -> None:
    events += [begin(), *step(1, 2, "validate-order"), ran(1, 2)]
    order = results.follow(None, "ord-1")  # type: ignore[arg-type]
    with pytest.raises(WorkshopError, match=r"no operation 'validate'. It has: validate-order"):
        order.result_of("validate")


def tell(source: str) -> list[str]:
    """What is shown when a cell with this code fails."""
    shell = InteractiveShell()
    tracebacks.register(shell)
    with capture_output() as shown:
        shell.run_cell(source)
    return shown.stdout.splitlines()


def test_an_interrupted_verb_shows_a_sentence_and_ones_own_code_a_traceback() -> None:
    stop = "class Stop:\n    def __str__(self): raise KeyboardInterrupt\n"
    words = tell(f"{stop}from workshop.orders.wording import plain\nplain(Stop())")
    assert words[0] == "⚠ You stopped this cell."
    own = tell("raise KeyboardInterrupt")
    assert "Traceback (most recent call last)" in "".join(own)


@pytest.mark.parametrize("name", ["killed", "broken_file", "order_file", "books"])
def test_a_name_that_an_earlier_cell_makes_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(active_notebook, "_mine", {"notebook": "10"})
    assert tell(name)[0].startswith(f"⚠ This cell needs `{name}`, and a cell above makes it")


def test_a_name_that_no_cell_makes_is_pythons_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(active_notebook, "_mine", {"notebook": "10"})
    assert "name 'broken_flie' is not defined" in "".join(tell("broken_flie"))


def test_the_order_api_is_not_deployed_without_what_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_app(tmp_path, monkeypatch)
    session._expect_what_the_api_runs("05")
    with pytest.raises(WorkshopError, match=r"modules/status\.py is missing"):
        session._expect_what_the_api_runs("06")


@pytest.mark.parametrize("file", ["my-work/attempts/1a.py", "my-work/app/modules/payment.py"])
def test_a_file_that_cannot_be_written_is_told(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(tracebacks, "display", lambda what: shown.append(repr(what)))
    error = OSError(28, "No space left on device", f"{ROOT / file}.{os.getpid()}")
    tracebacks._explain(None, OSError, error, None)  # type: ignore[arg-type]
    assert shown[0].startswith(f"⚠ {file} cannot be read or written: No space left on device.")


@pytest.mark.parametrize("nonsense", [None, 3, ["ord-1", None]])
@pytest.mark.parametrize("verb", [session.watch, session.follow, views.partner_calls])
def test_what_is_no_order_is_told(
    verb: Any, nonsense: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "stack", lambda: None)
    with pytest.raises(WorkshopError, match="is not an order"):
        verb(nonsense)


def test_an_order_that_json_cannot_hold_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "stack", lambda: None)
    with pytest.raises(WorkshopError, match="cannot be sent as JSON"):
        session.process(price={1})


def test_an_order_that_takes_longer_than_a_moment_shows_how_far_it_is(
    events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKSHOP_PROGRESS", raising=False)
    monkeypatch.setattr(progress_line, "MOMENT_SECONDS", 0)
    shown: list[str] = []
    monkeypatch.setattr(progress_line, "display", lambda what, **_: shown.append(repr(what)))
    events += [begin(), *step(1, 2, "validate-order")]
    results.follow(None, "ord-1", show=progress_line.WaitingLine())  # type: ignore[arg-type]
    assert shown == ["The execution is at operation 1, validate-order."]


def test_an_order_that_nobody_knows_is_told_without_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "stack", lambda: None)
    monkeypatch.setattr(history, "find_execution", lambda *_: None)
    monkeypatch.setattr(results, "record", lambda *_: {})
    with pytest.raises(WorkshopError, match=r"Order ord-1 does not exist\. Is this the whole id\?"):
        session.follow("ord-1")


def test_an_order_whose_execution_is_not_there_yet_is_waited_for(
    events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    events += [begin(), *step(1, 2, "validate-order"), ran(1, 2)]
    monkeypatch.setattr(session, "stack", lambda: None)
    monkeypatch.setattr(history, "find_execution", lambda *_: None)
    monkeypatch.setattr(results, "record", lambda *_: {"status": "received"})
    assert session.follow("ord-1").operations == ["validate-order"]


def test_every_verb_of_a_learner_is_there_after_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = InteractiveShell()
    monkeypatch.setattr(session, "_place", {})
    monkeypatch.setattr(session, "get_ipython", lambda: shell)
    monkeypatch.setattr(session, "connect", lambda _: None)
    monkeypatch.setattr("workshop.notebook.session.sam.prepare", lambda _: None)
    own_app(tmp_path, monkeypatch)
    monkeypatch.setattr(session, "_where", lambda _: "")
    monkeypatch.setattr(session, "display", lambda _: None)
    session.begin("00")
    for verb in ("catch_up", "check", "hint", "progress", "reset", "solution"):
        assert shell.user_ns[verb] is getattr(verbs, verb)  # and no magic of IPython's
