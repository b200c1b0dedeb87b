"""The import of a file: every line has its turn, and the result says how it went."""

import json
from typing import Any

import pytest
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

import order_import
from rules import find_problems

GOOD = "cust-001,sku-mug,2,45.99,tok_ok"
DECLINED = GOOD.replace("tok_ok", "tok_declined")
DOWN = GOOD.replace("tok_ok", "tok_down")


@pytest.fixture(autouse=True)
def invoked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The orders that an import gives to the order processor."""
    monkeypatch.setenv("PROCESSOR", "order-processor:live")  # the runner has another region
    return []


def imported(invoked: list[dict[str, Any]], *lines: str) -> dict[str, Any]:
    def processor(order: dict[str, Any], _context: object) -> dict[str, str]:
        invoked.append(order)
        if order["paymentToken"] == "tok_down":
            raise RuntimeError("the bank is away")
        return {"status": "completed" if order["paymentToken"] == "tok_ok" else "rejected"}

    with DurableFunctionTestRunner(order_import.handler, poll_interval=0.01) as runner:
        runner.register_function("order-processor", processor)
        file = {"name": "monday", "lines": lines}
        result = runner.wait_for_result(runner.run_async(input=json.dumps(file)), timeout=60)
    runner._scheduler._loop.close()  # the runner stops its event loop, and leaves it open
    assert result.error is None, result.error
    answer: dict[str, Any] = json.loads(result.result)
    return answer


def test_every_line_becomes_a_valid_order(invoked: list[dict[str, Any]]) -> None:
    assert imported(invoked, GOOD, GOOD) == {"ended": {"completed": 2}, "failed": {}}
    assert sorted(order.pop("orderId") for order in invoked) == sorted(
        order_import.order_id("monday", line) for line in (1, 2)
    )
    assert [find_problems(order) for order in invoked] == [[], []]


def test_a_broken_line_stops_no_other_and_is_named_with_its_number(
    invoked: list[dict[str, Any]],
) -> None:
    answer = imported(invoked, "no order", GOOD, DOWN, *[GOOD] * 30)
    assert answer["ended"] == {"completed": 31}
    assert answer["failed"].keys() == {"1", "3"}
    assert "not enough values" in answer["failed"]["1"]
    assert answer["failed"]["3"] == "the bank is away"


def test_a_refused_order_is_an_answer_and_not_a_failure(invoked: list[dict[str, Any]]) -> None:
    assert imported(invoked, DECLINED) == {"ended": {"rejected": 1}, "failed": {}}


def test_each_line_of_each_file_is_another_order() -> None:
    ids = {order_import.order_id(name, line) for name in ("monday", "tuesday") for line in (1, 2)}
    assert len(ids) == 4
