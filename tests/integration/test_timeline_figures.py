"""What a timeline shows of real orders, compared with the events of their histories."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from workshop.notebook.timeline import actions, snapshot
from workshop.notebook.timeline.follow import Followed
from workshop.notebook.timeline.source import Source, memory_megabytes
from workshop.notebook.timeline.view import Row
from workshop.notebook.timeline.widget import Timeline
from workshop.orders import client as orders
from workshop.orders import history
from workshop.orders.contract import OPERATIONS, UNDOES

ORDERS = {
    "goes well": {},
    "times out twice": {"payment_token": "tok_timeout_process-payment"},
    "crashes": {"payment_token": "tok_crash_after_process-payment"},
    "is refused": {"payment_token": "tok_declined"},
    "is compensated": {"product_id": "sku-damaged"},
}


def read(stack, order_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The view in the widget's parts, and the history as the API gives it."""
    source = Source(stack, order_id, memory_megabytes(stack))
    source.read()
    widget = Timeline(source)
    shown = {**source.view(), **widget.head, "rows": widget.rows, "runs": widget.runs}
    shown["meters"] = {meter["name"]: meter["value"] for meter in widget.meters}
    widget.close()
    events = stack.target.client("lambda").get_durable_execution_history(
        DurableExecutionArn=source.arn, IncludeExecutionData=True, MaxItems=1000
    )["Events"]
    return shown, events


def seconds(events: list[dict[str, Any]], moment: Any) -> float:
    return round((moment - events[0]["EventTimestamp"]).total_seconds(), 3)


def rows_agree(rows: list[Row], events: list[dict[str, Any]]) -> None:
    """Each row is an operation at the top of the history, with its times, in its order."""
    top = [e for e in events if "Id" in e and not e.get("ParentId")]
    top = [e for e in top if not e["EventType"].startswith("Execution")]
    assert [row["name"] for row in rows] == list(dict.fromkeys(e["Name"] for e in top))
    for row in rows:
        own = [e for e in top if e["Name"] == row["name"]]
        assert row["start"] == seconds(events, own[0]["EventTimestamp"])
        assert row["end"] == seconds(events, own[-1]["EventTimestamp"])


def runs_agree(runs: list[Any], events: list[dict[str, Any]]) -> None:
    """Each run is an InvocationCompleted; it did what ended in it and skipped what had ended."""
    completed = [e for e in events if e["EventType"] == "InvocationCompleted"]
    details = [e["InvocationCompletedDetails"] for e in completed]
    assert [(run["start"], run["end"], bool(run["error"])) for run in runs] == [
        (seconds(events, d["StartTimestamp"]), seconds(events, d["EndTimestamp"]), "Error" in d)
        for d in details
    ]
    ends = {
        e["Name"]: e
        for e in events
        if "Name" in e and not e.get("ParentId") and not e["EventType"].startswith("Execution")
    }
    for run, found in zip(runs, details, strict=True):
        skipped = [n for n, e in ends.items() if e["EventTimestamp"] <= found["StartTimestamp"]]
        assert run["skipped"] == skipped
        assert set(run["did"]) == {
            name
            for name, e in ends.items()
            if found["StartTimestamp"] < e["EventTimestamp"] <= found["EndTimestamp"]
        }


def meters_agree(meters: dict[str, str], events: list[dict[str, Any]]) -> None:
    """The figures are sums over the events."""
    details = [
        e["InvocationCompletedDetails"] for e in events if e["EventType"] == "InvocationCompleted"
    ]
    spans = [d["EndTimestamp"] - d["StartTimestamp"] for d in details]
    wall = events[-1]["EventTimestamp"] - events[0]["EventTimestamp"]
    compute = sum(spans, timedelta())
    crashed = sum("Error" in d for d in details)
    kinds = Counter(e["EventType"] for e in events)
    begun = sum(kinds[f"{kind}Started"] for kind in ("Step", "Wait", "Context"))
    assert meters["from start to end"] == f"{wall.total_seconds():.2f} s"
    assert meters["compute"] == f"{compute.total_seconds():.2f} s"
    assert meters["waiting"] == f"{(wall - compute).total_seconds():.2f} s"
    assert meters["invocations"].split(",")[0] == str(len(details))
    assert meters["durable operations"] == str(1 + begun + crashed)


@pytest.mark.parametrize("what", ORDERS)
def test_the_figures_of_an_order_agree_with_its_history(stack, place, what) -> None:
    ended = place(**ORDERS[what])
    shown, events = read(stack, ended.order["orderId"])
    assert shown["status"] == ended.status
    rows_agree(shown["rows"], events)
    runs_agree(shown["runs"], events)
    meters_agree(shown["meters"], events)


def row(shown: dict[str, Any], name: str) -> Row:
    rows: list[Row] = shown["rows"]
    return next(row for row in rows if row["name"] == name)


def test_retries_are_shown_with_their_attempts_and_reasons(stack, place) -> None:
    order = place(**ORDERS["times out twice"]).order
    payment = row(read(stack, order["orderId"])[0], "process-payment")
    assert payment["word"] == "done, attempt 3"
    failed = [line for line in payment["detail"] if "did not answer in time" in line]
    assert len(failed) == 2
    assert payment["runs"] == ["began", "began", "did", "skipped", "skipped"]


def test_a_crash_is_shown_as_a_run_that_died_and_one_that_skips_what_was_done(stack, place) -> None:
    order = place(**ORDERS["crashes"]).order
    shown, _ = read(stack, order["orderId"])
    assert [bool(run["error"]) for run in shown["runs"]] == [True, False, False, False]
    assert shown["runs"][1]["skipped"] == ["validate-order", "check-inventory"]


def test_what_was_undone_is_shown_as_compensated(stack, place) -> None:
    order = place(**ORDERS["is compensated"]).order
    shown, events = read(stack, order["orderId"])
    undone = {UNDOES[e["Name"]] for e in events if e.get("Name") in UNDOES}
    assert {r["name"] for r in shown["rows"] if r["state"] == "compensated"} == undone != set()
    assert row(shown, "quality-check")["state"] == "refused"
    assert "quality check" in shown["sentence"]


def test_looking_at_an_order_costs_as_many_requests_as_are_counted(stack, place) -> None:
    order_id, sent = place().order["orderId"], []
    client = stack.target.client("lambda")
    source = Source(stack, order_id, memory_megabytes(stack))
    client.meta.events.register("before-send", lambda **_: sent.append(1), unique_id="count")
    try:
        source.read()
        first = len(sent) + 1  # and the status API, by HTTP
        assert source.requests == first == 3
        source.read()
        assert source.requests == len(sent) - 2 == 1
    finally:
        client.meta.events.unregister("before-send", unique_id="count")


@pytest.fixture
def slow(stack) -> Source:
    """A slow order whose function has begun to work."""
    order_id = orders.submit(stack, orders.example(payment_token="tok_slow"))
    for run in history.watch(stack, order_id, timeout_seconds=30):
        if "check-inventory" in run.names:
            break
    source = Source(stack, order_id, memory_megabytes(stack))
    source.read()
    return source


def test_the_crash_button_kills_the_process_and_the_order_completes(stack, slow) -> None:
    assert actions.act("crash", slow).startswith("Crashed")
    assert orders.wait(stack, slow.order_id, timeout_seconds=60)["status"] == "completed"
    *_, _last = history.watch(stack, slow.order_id, timeout_seconds=30)
    slow.read()
    shown = slow.view()
    assert [row["name"] for row in shown["rows"]] == list(OPERATIONS)
    assert [bool(run["error"]) for run in shown["runs"]] == [True, False, False, False]
    assert "validate-order" in shown["runs"][1]["skipped"]
    assert actions.act("crash", slow) == actions.NOBODY_RUNS


def test_the_stop_button_ends_the_execution(slow) -> None:
    assert actions.act("stop", slow).startswith("Stopped")
    order = Followed(slow, lambda _trouble: None)
    order.look()
    assert order.ended
    assert slow.view()["state"] == "stopped"


def test_a_snapshot_says_the_same_as_text_and_as_a_picture(stack, place) -> None:
    drawn = snapshot(stack, place(**ORDERS["is refused"]).order["orderId"])
    text = repr(drawn)
    assert "⊘ process-payment" in text
    assert "The order is rejected: the card was declined." in text
    bundle = drawn._repr_mimebundle_()
    assert "The order is rejected" in bundle["image/svg+xml"]
    assert bundle["text/plain"] == text
