"""The faults an order can ask for, and how an operation meets them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

import faults
from contract import STEPS
from faults import Fault, operation
from tests.unit.samples import ORDER_ID


class Died(BaseException):
    """Stands in for the end of the process, which nothing can catch."""


@pytest.fixture(autouse=True)
def _mortal(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def die() -> None:
        raise Died

    monkeypatch.setattr(faults, "die", die)


class Work:
    """An operation that counts how often its work is done."""

    def __init__(self, name: str) -> None:
        self.name, self.done = name, 0

    def run(self, token: object = "tok_ok", error: Exception | None = None) -> str:
        @operation(self.name)
        def body(_step: Any, _order: Any) -> str:
            self.done += 1
            if error:
                raise error
            return "result"

        return body(None, {"orderId": ORDER_ID, "paymentToken": token})


@pytest.mark.parametrize("name", STEPS)
def test_the_process_dies_once_before_the_work(name: str) -> None:
    work = Work(name)
    with pytest.raises(Died):
        work.run(f"tok_crash_before_{name}")
    assert work.done == 0
    assert work.run(f"tok_crash_before_{name}") == "result"
    assert work.done == 1


@pytest.mark.parametrize("name", STEPS)
def test_the_process_dies_once_after_the_work(name: str) -> None:
    work = Work(name)
    with pytest.raises(Died):
        work.run(f"tok_crash_after_{name}")
    assert work.done == 1
    assert work.run(f"tok_crash_after_{name}") == "result"


@pytest.mark.parametrize("name", STEPS)
def test_a_partner_times_out_twice_once_after_the_work_and_once_before(name: str) -> None:
    work = Work(name)
    done = []
    for _ in range(2):
        with pytest.raises(Fault, match=f"{name}: the partner did not answer in time"):
            work.run(f"tok_timeout_{name}")
        done.append(work.done)
    assert work.run(f"tok_timeout_{name}") == "result"
    assert [*done, work.done] == [1, 1, 2]


@pytest.mark.parametrize("name", STEPS)
def test_a_partner_that_is_down_never_does_the_work(name: str) -> None:
    work = Work(name)
    for _ in range(3):
        with pytest.raises(Fault, match=f"{name}: the partner is down"):
            work.run(f"tok_down_{name}")
    assert work.done == 0


@pytest.mark.parametrize("family", ["timeout", "down", "crash_before", "crash_after"])
def test_a_fault_meant_for_one_operation_spares_the_others(family: str) -> None:
    assert Work("ship-order").run(f"tok_{family}_package-order") == "result"


def test_every_partner_of_a_slow_order_takes_a_second_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(faults, "sleep", slept.append)
    assert [Work(name).run("tok_slow") for name in STEPS] == ["result"] * len(STEPS)
    assert slept == [faults.SLOW_SECONDS] * len(STEPS)
    assert 1 <= faults.SLOW_SECONDS <= 2


@pytest.mark.parametrize("token", ["tok_ok", "tok_declined", None, 7, ["tok_down_ship-order"]])
def test_an_order_that_asks_for_no_fault_costs_no_call(
    database_calls: list[str], token: object
) -> None:
    assert Work("ship-order").run(token) == "result"
    assert database_calls == []


def test_a_database_error_becomes_one_sentence_without_its_inner_life() -> None:
    error = ClientError(
        {"Error": {"Code": "ThrottlingException", "Message": "arn:aws:dynamodb:..."}}, "UpdateItem"
    )
    with pytest.raises(Fault, match=r"^ship-order: the database did not answer \(Throttling"):
        Work("ship-order").run(error=error)


def test_an_unreachable_database_is_a_fault() -> None:
    error = EndpointConnectionError(endpoint_url="http://nowhere")
    with pytest.raises(Fault, match="EndpointConnectionError"):
        Work("ship-order").run(error=error)


def test_a_mistake_of_our_own_is_no_fault_and_so_not_retried() -> None:
    with pytest.raises(KeyError):
        Work("ship-order").run(error=KeyError("typo"))


def test_dying_ends_the_process_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    ended: list[int] = []
    monkeypatch.setattr("os._exit", ended.append)
    faults.die()
    assert ended == [1]
