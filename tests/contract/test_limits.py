"""AWS's limits hold, and are refused with AWS's error."""

import json

import pytest

from tests.contract.waiting import ended
from workshop.localcloud.durable.limits import EVENT_RESULT_BYTES


def failed_for(client, arn):
    found = ended(client, arn)
    assert found["Status"] == "FAILED", found
    return found["Error"]["ErrorMessage"]


def test_an_error_of_a_hundred_kilobytes_is_no_problem(client, start):
    """Only the emulator refuses errors of more than 32,768 bytes."""
    message = "no " * 33_000
    arn = start("Day", {"do": "step", "failures": 1, "attempts": 1, "message": message})
    assert failed_for(client, arn).startswith("no no no")


@pytest.mark.parametrize("name", ["x" * 257, "Bestellung prüfen", "two\nlines"])
def test_the_name_of_an_operation_is_1_to_256_printable_ascii_characters(client, start, name):
    arn = start("Day", {"do": "step", "name": name, "result": 1})
    assert "updates.1.member.name" in failed_for(client, arn)


def test_a_result_over_one_mebibyte_fails_an_execution_that_an_event_started(client, start, call):
    arn = start("Script", {"do": "give", "bytes": EVENT_RESULT_BYTES})
    assert "Execution output payload size" in failed_for(client, arn)
    answer = call("Script", {"script": [{"do": "give", "bytes": EVENT_RESULT_BYTES}]})
    assert "FunctionError" not in answer
    assert len(json.load(answer["Payload"])[0]) == EVENT_RESULT_BYTES
