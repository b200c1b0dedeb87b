"""What ministack knows outlives it, however it ends and however slowly it began."""

import subprocess
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from tests.contract.waiting import until
from workshop.localcloud import client, ports, processes
from workshop.localcloud.client import REGION

SLOW_TO_BEGIN = """
import runpy, sys, time, types
import saving
sys.modules["ministack.app"] = types.ModuleType("ministack.app")  # as while it is imported
time.sleep(saving.SAVE_SECONDS + 1)
del sys.modules["ministack.app"]
runpy.run_path(sys.argv.pop(), run_name="__main__")
"""


BOTH_AT_ONCE = """
import json, threading
from pathlib import Path
import saving
from ministack.core import persistence

tables = {"tables": list(range(100_000))}
services = {"dynamodb": lambda: dict(tables)}
often = threading.Thread(target=lambda: [saving.save(services) for _ in range(20)])
often.start()
persistence.save_all(services)
often.join()
file = Path(persistence.STATE_DIR) / "dynamodb.json"
assert json.loads(file.read_text())["payload"] == tables
file.unlink()
saving.save(services)
assert not file.exists(), "nothing older may replace what was saved at the end"
"""

# Two tables are written at the same time: at any moment they differ in one item at most.
WRITTEN_MEANWHILE = """
import json, threading
from pathlib import Path
import saving
from ministack.core import persistence
from ministack.services import dynamodb

both = [{"items": {str(n): {"data": {"S": "x" * 50}} for n in range(5_000)}} for _ in range(2)]
for name, table in zip(("first", "second"), both):
    dynamodb._tables.set_scoped("000000000000", "us-east-2", name, table)
done = threading.Event()

def write():
    number = 5_000
    while not done.is_set():
        for table in both:
            table["items"][str(number)] = {"data": {"S": "new"}}
        for table in both:
            del table["items"][str(number - 5_000)]
        number += 1

writer = threading.Thread(target=write)
writer.start()
file = Path(persistence.STATE_DIR) / "dynamodb.json"
try:
    for _ in range(10):
        saving.save({"dynamodb": dynamodb.get_state})
        saved = json.loads(file.read_text(), object_hook=persistence._json_object_hook)["payload"]
        first, second = (table["items"].keys() for _, table in saved["tables"].all_items())
        assert len(first ^ second) <= 1, len(first ^ second)
finally:
    done.set()
    writer.join()
"""


@pytest.fixture
def slow_ministack(tmp_path):
    """A ministack of this test's own; its module is incomplete for three seconds."""
    port = ports.choose((), set())
    usual = processes.ministack({"ministack": port, "lambda": port})
    places = {"STATE_DIR": "state", "S3_DATA_DIR": "s3", "TMPDIR": "."}
    folders = {name: str(tmp_path / place) for name, place in places.items()}
    environment = usual.environment() | folders | {"AUTH": "false"}
    part = replace(
        usual,
        command=[usual.command[0], "-c", SLOW_TO_BEGIN, usual.command[1]],
    )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(part.command, env=environment, stdout=log, stderr=log)
    try:
        until(part.is_up, "ministack")
        yield part
    finally:
        process.kill()
        process.wait()


def test_a_server_that_is_slow_to_begin_saves_what_is_written(slow_ministack, tmp_path):
    where = {
        "region_name": REGION,
        "endpoint_url": f"http://127.0.0.1:{slow_ministack.port}",
    }
    own = client.owner()
    keys = {"aws_access_key_id": own.access_key, "aws_secret_access_key": own.secret}
    boto3.client("dynamodb", **where, **keys).create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    tables = tmp_path / "state" / "dynamodb.json"
    until(lambda: tables.exists() and "orders" in tables.read_text(), "the saved table")
    assert "not saved" not in (tmp_path / "log").read_text()


def test_a_save_in_between_does_not_spoil_the_last_one(tmp_path):
    run(BOTH_AT_ONCE, tmp_path)


def test_the_tables_are_saved_as_they_are_at_one_moment(tmp_path):
    run(WRITTEN_MEANWHILE, tmp_path)


def run(program: str, state: Path) -> None:
    """Run a program in ministack's environment, which must end well and say nothing."""
    part = processes.ministack({"ministack": 1, "lambda": 1})
    done = subprocess.run(
        [part.command[0], "-c", program],
        env=part.environment() | {"STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
