"""The processes of functions: how they are started, and what of them is logged."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.contract.waiting import until
from workshop import localcloud
from workshop.paths import CLOUD

TEMPORARY = CLOUD / "ministack" / "tmp"


@pytest.fixture
def messages(target, functions):
    """The log lines of a function that match a pattern, once there are some."""

    def find(name: str, pattern: str) -> list[str]:
        group = f"/aws/lambda/{functions[name]}"
        logs = target.client("logs").get_paginator("filter_log_events")

        def matching() -> list[str]:
            pages = logs.paginate(logGroupName=group)
            lines = [event["message"] for page in pages for event in page["events"]]
            return [line for line in lines if re.search(pattern, line)]

        return until(matching, f"{pattern} in {group}")

    return find


def test_a_burst_of_requests_is_answered_whole_by_workers_that_share_one_layer(call):
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: call("Ordinary", {}), range(12)))
    assert [json.load(answer["Payload"]) for answer in answers] == ["plain"] * 12
    unpacked = [folder for folder in TEMPORARY.glob("layer-*") if folder.is_dir()]
    assert len(unpacked) == 1
    assert not list(TEMPORARY.glob("ministack-lambda-*/layer_*"))


def test_a_burst_on_a_worker_that_invokes_itself_is_no_deadlock(call):
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: call("Recursive", {"depth": 2}), range(6)))
    assert [json.load(answer["Payload"]) for answer in answers] == [0] * 6


def test_a_function_with_json_logs_is_logged_in_json(call, messages):
    call("Json", {"say": "good morning"})
    (line,) = messages("Json", '"good morning"')
    record = json.loads(line)
    assert (record["level"], record["message"]) == ("INFO", "good morning")
    assert record["requestId"]


def test_a_function_with_text_logs_is_logged_in_text_from_warnings_on(call, messages):
    call("Text", {"say": "good evening"})
    assert all(line.startswith("[WARNING]\t") for line in messages("Text", "good evening"))


def test_a_function_that_never_ends_does_not_outlive_the_local_cloud(start, functions, tmp_path):
    marker = tmp_path / "working"
    start("Script", {"do": "work", "seconds": 600, "marker": str(marker)})
    until(marker.exists, "the step to begin")
    busy = workers(functions["Script"])
    assert busy
    localcloud.stop()
    until(lambda: not any(map(psutil.Process.is_running, busy)), "the end of its processes")
    localcloud.start()


def workers(function: str) -> list[psutil.Process]:
    """The processes of a function in the tests' own cloud."""
    place = str(TEMPORARY / f"ministack-lambda-{function}-")
    processes = psutil.process_iter(["cmdline"])
    return [each for each in processes if (each.info["cmdline"] or [""])[-1].startswith(place)]
