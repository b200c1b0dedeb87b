"""What a timeline shows of a history, event by event."""

from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest

from tests.unit.timelines import COMPENSATED, EVENTFUL, at, begin, event, ran, step
from workshop.notebook.timeline import picture, sentences, view
from workshop.notebook.timeline.view import Row, View
from workshop.orders import history, prices
from workshop.orders.contract import OPERATIONS, UNDOES, phase
from workshop.paths import ROOT

MEMORY = 512


def seen(events: list[dict[str, Any]], order: dict[str, Any] | None = None, **options: Any) -> View:
    return view.make("ord-1", history.from_history("arn", events), order, MEMORY, **options)


def row(shown: View, name: str) -> Row:
    return next(row for row in shown["rows"] if row["name"] == name)


def meter(shown: View, name: str) -> str:
    return next(m["value"] for m in shown["meters"] if name in m["name"])


def test_before_the_function_has_started_all_operations_are_to_come() -> None:
    shown = view.make("ord-1", None, {"status": "received"}, MEMORY)
    assert [row["name"] for row in shown["rows"]] == list(OPERATIONS)
    assert {row["word"] for row in shown["rows"]} == {"to come"}
    assert (shown["status"], shown["sentence"]) == ("received", sentences.NOT_STARTED)


def test_without_an_answer_of_the_status_api_the_state_of_the_execution_is_shown() -> None:
    assert (seen(EVENTFUL)["heading"], seen(EVENTFUL)["status"]) == ("Execution", "succeeded")


def test_operations_have_the_phases_of_the_contract() -> None:
    phases = [phase(name) for name in OPERATIONS]
    assert [each for each, _ in groupby(phases)] == [
        *("validation", "payment", "risk", "fulfillment", "shipping")
    ]
    assert {phase(name) for name in (*UNDOES, "close-order")} == {"compensation"}
    assert phase("thank-customer") == "other"


def test_an_operation_is_running_then_retrying_with_its_next_attempt_then_done() -> None:
    words = [row(seen(EVENTFUL[:n]), "check-inventory")["word"] for n in (3, 4, 5, 7, 8)]
    assert words == [
        "to come",
        "running",
        "retrying, attempt 2 is next",
        "running, attempt 2",
        "done, attempt 2",
    ]


def test_a_failed_attempt_is_told_with_its_reason() -> None:
    detail = row(seen(EVENTFUL), "check-inventory")["detail"]
    assert detail == ["Attempt 1 failed: Fault: no answer"]


def test_a_wait_is_waiting_until_it_is_over() -> None:
    wait = [row(seen(EVENTFUL[:n]), "warehouse-processing") for n in (12, 14)]
    assert [(each["state"], each["start"], each["end"]) for each in wait] == [
        ("waiting", 12, None),
        ("done", 12, 312),
    ]


def test_each_run_of_the_function_did_some_operations_and_skipped_those_done_before() -> None:
    runs = seen(EVENTFUL)["runs"]
    assert [(run["did"], run["skipped"]) for run in runs] == [
        (["validate-order"], []),
        (["check-inventory"], ["validate-order"]),
        (["process-payment"], ["validate-order", "check-inventory"]),
        (
            ["close-order"],
            ["validate-order", "check-inventory", "process-payment", "warehouse-processing"],
        ),
    ]
    assert [run["error"] for run in runs] == ["", "Crash: the process died", "", ""]


def test_an_operation_that_was_begun_when_its_process_died_is_done_by_the_next_run() -> None:
    assert row(seen(EVENTFUL), "process-payment")["runs"] == ["", "began", "did", "skipped"]


def test_a_run_that_goes_on_is_seen_by_what_it_does() -> None:
    assert [run["end"] for run in seen([begin()])["runs"]] == [None]
    assert [run["end"] for run in seen(EVENTFUL[:6])["runs"]] == [3.5], "it waits for its next try"
    second = seen(EVENTFUL[:7])["runs"][1]
    assert (round(second["start"]), second["end"]) == (7, None)


def test_after_a_crash_the_next_run_is_seen_by_the_first_thing_it_does() -> None:
    assert row(seen(EVENTFUL[:11]), "process-payment")["runs"] == ["", "began", "did"]


def test_a_run_that_begins_when_a_wait_is_over_skips_the_wait() -> None:
    assert row(seen(EVENTFUL[:14]), "warehouse-processing")["runs"][-1] == "skipped"


@pytest.mark.parametrize(
    ("events", "busy"), [(1, True), (4, True), (6, False), (7, True), (13, False), (16, True)]
)
def test_the_function_can_be_crashed_only_while_it_may_be_running(events: int, busy: bool) -> None:
    assert seen(EVENTFUL[:events])["busy"] is busy


def test_what_was_undone_is_compensated_and_a_refusal_is_no_success() -> None:
    states = {row["name"]: row["state"] for row in seen(COMPENSATED)["rows"]}
    assert states == {
        "process-payment": "compensated",
        "quality-check": "refused",
        "refund-payment": "done",
        "close-order": "done",
    }


def test_nothing_is_to_come_once_an_order_is_being_undone_or_has_ended() -> None:
    undoing = [begin(), *step(1, 2, "validate-order"), *step(2, 3, "close-order")]
    assert view.to_come(history.from_history("arn", undoing)) == ()
    assert "to come" not in {row["state"] for row in seen(EVENTFUL)["rows"]}


def test_a_stopped_execution_says_so_and_so_does_what_it_was_doing() -> None:
    shown = seen([*EVENTFUL[:4], event(5, "ExecutionStopped", "ord-1")])
    assert (shown["state"], shown["sentence"], shown["ended"]) == (
        "stopped",
        sentences.STOPPED,
        True,
    )
    assert row(shown, "check-inventory")["state"] == "stopped"


@pytest.mark.parametrize(("events", "ends"), [(1, [5]), (4, [5]), (7, [3.5, 12])])
def test_a_run_that_was_at_work_when_the_execution_was_stopped_ends_there(events, ends) -> None:
    stopped = event(max(5, ends[-1]), "ExecutionStopped", "ord-1")
    shown = seen([*EVENTFUL[:events], stopped])
    assert [run["end"] for run in shown["runs"]] == ends


def test_a_stop_in_a_wait_ends_no_run() -> None:
    cancelled = event(99, "WaitCancelled", "warehouse-processing")
    shown = seen([*EVENTFUL[:13], cancelled, event(99, "ExecutionStopped", "ord-1")])
    assert [run["end"] for run in shown["runs"]] == [3.5, 9, 13]


def test_what_runs_grows_until_now() -> None:
    assert seen(EVENTFUL[:4], now=at(20))["seconds"] == 20
    assert seen(EVENTFUL[:4], now=at(-5))["seconds"] == 2, "a skipped wait is ahead of the clock"
    assert seen(EVENTFUL, now=at(9999))["seconds"] == 315


def test_compute_and_waiting_add_up_to_the_whole() -> None:
    shown = seen(EVENTFUL)
    assert [meter(shown, name) for name in ("start to end", "compute", "waiting")] == [
        "315.00 s",
        "10.50 s",
        "304.50 s",
    ]
    assert meter(shown, "invocations") == "4, 1 crashed"


def test_a_pending_callback_can_be_answered() -> None:
    asked = [begin(), event(1, "CallbackStarted", "review", CallbackId="c-1"), ran(0, 2)]
    shown = seen(asked)
    assert (shown["pending"], shown["busy"], row(shown, "review")["state"]) == (
        "review",
        False,
        "waiting",
    )
    answered = [*asked, event(5, "CallbackSucceeded", "review", Result={"Payload": "true"})]
    assert seen(answered)["pending"] == ""


def in_review() -> list[dict[str, Any]]:
    """An order that waits in `review-order`, a child context with a callback and a step."""
    done = [each for number in range(5) for each in step(number, number + 0.5, OPERATIONS[number])]
    inside = [
        event(6, "CallbackStarted", "review-order create callback id", CallbackId="c-1"),
        *step(6, 6.5, "review-order submitter"),
    ]
    children = [each | {"ParentId": "review-order"} for each in inside]
    return [begin(), *done, event(6, "ContextStarted", "review-order"), *children, ran(0, 7)]


def test_an_order_in_review_waits_for_a_person_and_then_goes_on_as_usual() -> None:
    shown = seen(in_review())
    assert shown["pending"] == "review-order create callback id"
    review = row(shown, "review-order")
    assert (review["phase"], review["state"]) == ("risk", "waiting")
    assert shown["sentence"] == "Waiting for an answer in review-order. No function runs."
    to_come = [each["name"] for each in shown["rows"] if each["state"] == "to come"]
    assert to_come == list(OPERATIONS[5:])


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        (4, "Working on check-inventory."),
        (6, "check-inventory failed; attempt 2 comes in 4 s."),
        (10, "The process of the function died. Lambda will invoke the function again."),
        (13, "Waiting 300 s in warehouse-processing. No function runs."),
    ],
)
def test_one_sentence_says_what_is_the_matter(events: int, sentence: str) -> None:
    assert seen(EVENTFUL[:events])["sentence"] == sentence


def test_a_rejected_order_says_why() -> None:
    order = {"status": "rejected", "errorMessage": "the card was declined"}
    sentence = seen(COMPENSATED, order)["sentence"]
    assert sentence == "The order is rejected: the card was declined."


def test_durable_operations_are_the_start_each_attempt_and_each_run_after_a_crash() -> None:
    assert prices.durable_operations(history.from_history("arn", EVENTFUL)) == 1 + 6 + 1


def test_the_cost_is_exact() -> None:
    run = history.from_history("arn", EVENTFUL)
    compute = Decimal("10.5") * Decimal("0.5") * Decimal("0.0000166667")
    assert prices.cost(run, MEMORY) == (
        compute + 4 * Decimal("0.0000002") + 8 * Decimal("0.000008")
    )


def test_a_run_is_billed_by_the_millisecond_begun() -> None:
    short = [begin(), ran(0, timedelta(microseconds=1200).total_seconds())]
    assert prices.billed_seconds(history.from_history("arn", short)) == Decimal("0.002")


def test_every_moment_of_a_history_can_be_shown() -> None:
    for events in (EVENTFUL, COMPENSATED):
        for count in range(1, len(events) + 1):
            shown = seen(events[:count])
            assert picture.svg(shown).endswith("</svg>")
            assert list(picture.lines(shown))


def test_a_picture_has_a_text_that_says_what_it_shows() -> None:
    shown = seen(COMPENSATED)
    drawn = picture.bundle(shown)
    assert "1 compensated, 1 refused, 2 done" in picture.alternative(shown)
    assert f"<desc>{picture.alternative(shown)}</desc>" in drawn["image/svg+xml"]
    assert f'alt="{picture.alternative(shown)}"' in drawn["text/html"]


def test_a_picture_and_a_followed_timeline_name_their_columns_alike() -> None:
    drawn = picture.svg(seen(COMPENSATED))
    followed = (ROOT / "workshop" / "notebook" / "timeline" / "timeline.js").read_text()
    for name in ("the function", "invocations"):
        assert f">{name}</text>" in drawn, name
        assert f">{name}</th>" in followed, name
    assert ">runs</text>" not in drawn


def test_the_picture_of_an_order_is_well_formed_whatever_its_texts() -> None:
    from xml.etree import ElementTree as ET

    order = {"status": "rejected", "errorMessage": "<b>&'\""}
    drawn = picture.svg(seen(COMPENSATED, order))
    assert ET.fromstring(drawn).tag.endswith("svg")


def test_pictures_of_the_same_order_at_another_speed_differ_in_nothing_that_is_compared() -> None:
    from workshop.authoring.sanitizing import sanitize

    slower = [
        {**e, "EventTimestamp": e["EventTimestamp"] + timedelta(seconds=place / 7)}
        for place, e in enumerate(EVENTFUL)
        if e["EventType"] != "InvocationCompleted"
    ]
    usual = [e for e in EVENTFUL if e["EventType"] != "InvocationCompleted"]
    assert picture.bundle(seen(usual)) != picture.bundle(seen(slower))
    assert sanitize(picture.bundle(seen(usual))) == sanitize(picture.bundle(seen(slower)))
