"""What ministack knows outlives it, however it ends and however slowly it began."""

import subprocess
from dataclasses import replace

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
often = threading.Thread(target=lambda: [saving.save({"dynamodb": tables.copy}) for _ in range(20)])
often.start()
persistence.save_all({"dynamodb": tables.copy})
often.join()
file = Path(persistence.STATE_DIR) / "dynamodb.json"
assert json.loads(file.read_text())["payload"] == tables
file.unlink()
saving.save({"dynamodb": tables.copy})
assert not file.exists(), "nothing older may replace what was saved at the end"
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
    part = processes.ministack({"ministack": 1, "lambda": 1})
    environment = part.environment() | {"STATE_DIR": str(tmp_path)}
    done = subprocess.run(
        [part.command[0], "-c", BOTH_AT_ONCE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
