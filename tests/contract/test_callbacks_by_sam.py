"""SAM CLI answers a callback of an execution in the local cloud as it does on AWS."""

import json

import pytest

from tests.contract.waiting import ended, happened


@pytest.fixture
def asking(start, client):
    """An execution that waits for an answer, and the id to answer to."""
    arn = start("Script", {"do": "callback", "timeoutSeconds": 600, "heartbeatSeconds": 300})
    return arn, happened(client, arn, "CallbackStarted")["CallbackStartedDetails"]["CallbackId"]


@pytest.mark.usefixtures("real_clock")
def test_sam_remote_callback_succeeds_it(sam, client, asking):
    arn, callback_id = asking
    sam("remote", "callback", "heartbeat", callback_id)
    sam("remote", "callback", "succeed", callback_id, "--result", "approved")
    assert json.loads(ended(client, arn)["Result"]) == ["approved"]


@pytest.mark.usefixtures("real_clock")
def test_sam_remote_callback_fails_it(sam, client, asking):
    arn, callback_id = asking
    words = ("--error-type", "Rejected", "--error-message", "too risky")
    sam("remote", "callback", "fail", callback_id, *words)
    assert "too risky" in ended(client, arn)["Result"]
