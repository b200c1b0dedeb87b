"""The processes of functions: how they are started, and what of them is logged."""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.contract.waiting import until
from workshop import localcloud
from workshop.localcloud.processes import PATCHES
from workshop.paths import CLOUD, python

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
    before = layers()
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: call("Ordinary", {}), range(12)))
    assert [json.load(answer["Payload"]) for answer in answers] == ["plain"] * 12
    assert layers()
    assert len(layers() - before) <= 1
    assert not list(TEMPORARY.glob("ministack-lambda-*/layer_*"))


def layers() -> set[Path]:
    """The layers that have been unpacked: this one, and those of other tests."""
    return {folder for folder in TEMPORARY.glob("layer-*") if folder.is_dir()}


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


PROGRAM = """
import os, time
from types import SimpleNamespace as Worker
os.environ.update(AWS_SECRET_ACCESS_KEY="-", WORKSHOP_INHERITED="", WORKSHOP_RUNTIME="-")
os.environ.update(WORKSHOP_SERVING="-", WORKSHOP_BOOTSTRAP="-")
import workers
from ministack.core import lambda_runtime

def worker(name, idle_seconds, in_use=False):
    return Worker(name=name, last_used=time.time() - idle_seconds, in_use=in_use)

ended = []
lambda_runtime.kill_workers = ended.extend
workers.memory_bytes = lambda _: 60
workers.machine_bytes = lambda: 4 * {share}
starting = worker("starting", 0, in_use=True)
lambda_runtime._workers.update({
    "0:r:f:2": [starting, worker("busy", 900, in_use=True)],
    "0:r:f:1": [worker("old version", 20)],
    "0:r:g:1": [worker("idle for long", 400), worker("used", 30), worker("just used", 1)],
})
workers.end_idle_workers(starting)
left = [each.name for pool in lambda_runtime._workers.values() for each in pool]
print(*(each.name for each in ended), *left, sep="|")
"""


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (9000, "idle for long|old version|starting|busy|used|just used"),
        (180, "idle for long|used|old version|starting|busy|just used"),
        (60, "idle for long|used|old version|just used|starting|busy"),
    ],
    ids=["enough memory", "little memory", "too little memory"],
)
def test_idle_workers_end_after_a_while_and_when_memory_is_short(share, expected):
    done = subprocess.run(
        [str(python("ministack")), "-c", PROGRAM.replace("{share}", str(share))],
        env={**os.environ, "PYTHONPATH": str(PATCHES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == expected, done.stderr


def workers(function: str) -> list[psutil.Process]:
    """The processes of a function in the tests' own cloud."""
    place = str(TEMPORARY / f"ministack-lambda-{function}-")
    processes = psutil.process_iter(["cmdline"])
    return [each for each in processes if (each.info["cmdline"] or [""])[-1].startswith(place)]
